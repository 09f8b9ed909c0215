package typed

import (
	"io"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/goray/goray/kernel/engine"
)

// gor is the interpreter's state of one goroutine, or of one entry from compiled code.
type gor struct {
	pools    []poolEntry
	root     *frame // no call: the list of active frames begins behind it
	depth    int    // how many they are
	run      *run
	inflight *panicRec // the panic that is on its way up
	leaving  bool      // an interrupt unwinds this goroutine; deferred calls may still run
	budget   int       // safepoints left to deferred calls while leaving
	thread   *thread   // of a debugger
}

// run is one execution: a cell or a program. Goroutines that it starts belong to it.
type run struct {
	cell     engine.Cell
	uncaught func(engine.Cell, *engine.PanicError)
	output   func(engine.Cell, string) io.Writer // see engine.Config
	quiet    bool                                // evaluates for a debugger, which does not stop it
	program  bool                                // a whole program: panics and os.Exit end the process
	stop     atomic.Bool                         // set by interrupt
	done     chan struct{}                       // closed by interrupt
	once     sync.Once
	gone     atomic.Bool            // interrupted and left by everyone
	live     atomic.Int64           // goroutines that execute for this run
	entries  atomic.Int64           // nested entries from compiled code
	site     atomic.Pointer[string] // see CallSite
}

const (
	// maxDepth bounds interpreted calls on one goroutine of a cell, so that deep recursion is an
	// error long before memory is short; programDepth, which uses about 1 GB of stack, is the
	// same for whole programs.
	maxDepth     = 200_000
	programDepth = 1_000_000
	// maxEntries bounds entries from compiled code, which use more stack: String methods that
	// print themselves come this way.
	maxEntries = 20_000
	// leaveBudget is how many safepoints deferred calls may pass while an interrupt unwinds.
	leaveBudget = 1 << 20
)

// lateEntry is how long after an interrupt compiled code that was started by the run, and calls
// interpreted code, is stopped as well. Later calls come from what outlives the cell on purpose.
const lateEntry = time.Second

// stopping counts runs that are interrupted and not yet gone: while it is zero, a safepoint is one
// load and a branch that is never taken.
var stopping atomic.Int64

func newRun(cell engine.Cell) *run { return &run{cell: cell, done: make(chan struct{})} }

// interrupt makes every goroutine of the run leave at its next safepoint.
func (r *run) interrupt() {
	r.once.Do(func() {
		r.live.Add(1) // held for a while: goroutines that were just started must find the flag
		stopping.Add(1)
		r.stop.Store(true)
		close(r.done)
		time.AfterFunc(lateEntry, r.leave)
	})
}

func (r *run) enter() { r.live.Add(1) }

// leave is called when a goroutine of the run ends.
func (r *run) leave() {
	if r.live.Add(-1) == 0 && r.stop.Load() && r.gone.CompareAndSwap(false, true) {
		stopping.Add(-1)
	}
}

// interruptPanic unwinds an interrupted goroutine. User code cannot recover it.
type interruptPanic struct{}

func (interruptPanic) Error() string { return "interrupted" }

// exitPanic is os.Exit in a cell.
type exitPanic struct{ code int }

// overflowError is a call depth that would overflow the stack of a compiled program.
type overflowError struct{}

func (overflowError) Error() string { return "stack overflow" }
func (overflowError) RuntimeError() {}

// poll is a safepoint taken while some run is being interrupted.
func (g *gor) poll() {
	if !g.run.stop.Load() {
		return
	}
	if g.leaving {
		if g.budget--; g.budget > 0 {
			return
		}
		g.budget = leaveBudget
	}
	panic(interruptPanic{})
}

// checkDepth raises stack overflow where the list of frames would become too long.
func (g *gor) checkDepth() {
	if g.depth >= maxDepth && (!g.run.program || g.depth >= programDepth) {
		panic(overflowError{})
	}
}

func newGor(r *run) *gor {
	g := &gor{run: r, pools: make([]poolEntry, firstPool)}
	g.root = &frame{g: g, body: noFrame.body, callee: noFrame}
	return g
}

var gorPool = sync.Pool{New: func() any { return newGor(nil) }}

// runs finds the run of a goroutine by its profiler labels, which goroutines inherit, also
// through compiled code: a callback knows in this way which cell it belongs to.
var runs origins

// background takes entries from goroutines that no run started.
var background = newRun(engine.Cell{})

func currentRun() *run {
	if p := profLabel(); p != nil {
		if r := runs.load(p); r != nil && !r.gone.Load() {
			return r
		}
	}
	return background
}

func loadPointer(p *unsafe.Pointer) unsafe.Pointer { return atomic.LoadPointer(p) }
