package worker

import (
	"fmt"
	"os"
	"reflect"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/marshal"
	"github.com/goray/goray/runtime/internal/store"
	"github.com/goray/goray/runtime/internal/transport"
)

// Process is a worker process: its queue of tasks, and its backend.
type Process struct {
	conn      *transport.Conn
	view      *store.View
	info      core.Info
	namespace string
	jobs      map[uint32]string // namespaces of jobs other than the first; under mu
	index     uint16
	sequence  atomic.Uint64
	started   time.Time

	mu      sync.Mutex
	arrived sync.Cond // queue is not empty
	queue   []*job
	running running
	ending  bool        // nothing begins any more
	exiting bool        // the actor ends after what is running
	begun   int         // tasks that have started here
	emptied []*job      // the memory of queue, when it was empty last
	spare   []*delivery // to be used again
	incoming
	unsent time.Duration // since when a result waits to be sent, by Process.now; 0 if none does
	turns
	ballast []byte        // is never touched: it makes the collector start later
	state   reflect.Value // of the actor that lives here
	methods Methods       // of state
	funcs   Funcs
	actor   core.ID
	home    *core.Options // of the actor
	fetch   func(hash string) ([]byte, error)
	lanes   lanes // of the actor's concurrency groups

	devices  devices // used by the one goroutine that runs tasks
	requests requests
	counts   counts
	opened   atomic.Int64 // bytes of shared memory since the last collection
	natives  *natives     // nil in a native program
	away     *nativeChild // that has several tasks; under mu
	together *together    // what is known of them; under mu
	guest    bool         // there is no session: nobody is asked for anything (see Guest)
	link     *link        // of a driver that has joined a session; nil in a worker
}

// job is a task in this process.
type job struct {
	spec    *core.TaskSpec
	values  []*transport.Stored
	attempt int
	gpus    []int
	expires time.Time // of Options.Timeout; zero without one
	ctx     jobContext
	stop    func()       // ends the function, if it can be; under Process.mu
	begun   bool         // the function was called
	nanos   int64        // how long it took in a native program; 0 is not known
	small   *small       // where a small result goes; nil: into memory of its own
	away    *nativeChild // that has it together with others; under Process.mu
	place   int          // in Process.running
	room    *delivery    // that it lies in; nil: in none
	usual   bool         // it ran here and has left nothing behind, so that its memory may be used again
	lent    bool         // others may still look at it; under Process.mu
	call    Call
}

// now is the time since the process began: the system tells it in half the time of time.Now.
func (p *Process) now() time.Duration { return time.Since(p.started) }

func newProcess(conn *transport.Conn, view *store.View) *Process {
	p := &Process{conn: conn, view: view, started: time.Now(), devices: newDevices(), turns: newTurns(), ballast: make([]byte, 16<<20)}
	p.arrived.L = &p.mu
	p.fetch = p.Code
	p.requests.waiting = map[uint64]func(*transport.Reader){}
	p.counts.init(conn)
	return p
}

// hello reads who this worker is.
func (p *Process) hello(r *transport.Reader) {
	p.index = uint16(r.Uint())
	p.namespace = r.String()
	r.JSON(&p.info)
}

func (p *Process) handle(f *transport.Frame) error {
	r := &f.Payload
	if f.Kind != transport.Task {
		p.admit()
	}
	switch f.Kind {
	case transport.Task:
		p.enqueue(core.ID(f.ID), r)
	case transport.Cancel:
		p.cancel(core.ID(f.ID), r.Uint())
	case transport.Recall:
		p.giveBack(int(r.Uint()))
		p.conn.Flush()
	case transport.Reply:
		if !p.natives.reply(f.ID, r) {
			p.requests.reply(f.ID, r)
		}
	case transport.Attach:
		if r.Empty() {
			return nil // the driver could not open it; what needs it says so
		}
		id, size := uint32(r.Uint()), int64(r.Uint())
		if file := r.File(); file != nil {
			p.natives.attach(id, file, size)
			if err := p.view.Attach(id, file, size); err != nil {
				return err
			}
		}
	case transport.Job:
		p.mu.Lock()
		if p.jobs == nil {
			p.jobs = map[uint32]string{}
		}
		p.jobs[uint32(f.ID)] = r.String()
		p.mu.Unlock()
	case transport.Output:
		toStderr, text := r.Bool(), r.String()
		p.link.show(toStderr, text)
	case transport.Ping:
		p.conn.Send(transport.Pong, 0, nil)
		p.conn.Flush()
	case transport.Dump:
		go p.dump(f.ID)
	case transport.Detach:
		id := uint32(r.Uint())
		p.natives.detach(id)
		p.view.Detach(id)
	case transport.Collect:
		marshal.LetGo()
		giveBack := !r.Empty() && r.Bool()
		own := !r.Empty() && r.Bool()
		p.natives.collect(giveBack, own)
		go p.letGo(giveBack, own)
	case transport.Adopt:
		p.adopt(core.ID(f.ID), r)
	case transport.Rows:
		p.rows(core.ID(f.ID), r)
	case transport.Yield:
		p.yield(core.ID(f.ID), int64(r.Uint()))
	default:
		return fmt.Errorf("frame of unknown kind %d; driver and worker must be of one build", f.Kind)
	}
	return r.Err()
}

// collect finds buffers of shared memory that nobody uses any more.
func (p *Process) collect() {
	p.opened.Store(0)
	runtime.GC()
	p.counts.flush()
	p.conn.Flush()
}

// letGo collects because the driver asks for it: what is unused goes back to the system, or what is
// mapped becomes this process's own.
func (p *Process) letGo(giveBack, own bool) {
	if giveBack {
		store.ForgetIdle()
		debug.FreeOSMemory()
		return
	}
	p.collect()
	if own && store.OwnWindows() > 0 {
		p.counts.flush()
		p.conn.Flush()
	}
}

// executors starts n goroutines that run tasks.
func (p *Process) executors(n int) {
	for range n {
		go p.execute()
	}
}

func (p *Process) execute() {
	finished := false
	var j *job
	var before time.Duration // when the job before was done, if nothing was done since; 0 is not known
	defer func() {
		if !finished { // the task ended this goroutine: runtime.Goexit
			p.executors(1)
			p.fail(j, "it ended its goroutine with runtime.Goexit; return instead")
		}
	}()
	for {
		var waited bool
		if j, waited = p.next(j); waited {
			before = 0
		}
		before = p.do(j, before)
	}
}

// begin makes a job a running one, under Process.mu.
func (p *Process) begin(j *job) {
	j.ctx = jobContext{p: p, j: j, expiry: j.expires}
	p.running.add(j)
	p.begun++
}

// namespaceOf is the namespace of a job, under Process.mu.
func (p *Process) namespaceOf(job uint32) string {
	if namespace, ok := p.jobs[job]; ok {
		return namespace
	}
	return p.namespace
}

// Namespace implements core.Namespaced: that of the job whose task runs here.
func (p *Process) Namespace() string {
	j := p.single()
	p.mu.Lock()
	defer p.mu.Unlock()
	if j == nil {
		return p.namespace
	}
	return p.namespaceOf(j.spec.Job)
}

// single returns the task that runs here when there is exactly one: code without a context
// belongs to it.
func (p *Process) single() *job {
	p.mu.Lock()
	defer p.mu.Unlock()
	var only *job
	for _, j := range p.running {
		if j.spec.Group == core.SystemGroup {
			continue
		}
		if only != nil {
			return nil
		}
		only = j
	}
	if only != nil {
		only.lent = true
	}
	return only
}

// cancel ends the context of a running task, or drops a waiting one. By force the process ends
// with a running one: here it is certain that nothing else has begun.
func (p *Process) cancel(id core.ID, how uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	j := p.running.of(id)
	if j != nil && j.away != nil {
		p.cancelAway(j, how)
		return
	}
	if j != nil {
		j.lent = true
		if how != transport.EndIfRunning && how != transport.EndDeadline {
			j.ctx.cancel()
		}
		switch {
		case how == transport.EndContext || how == transport.EndDeadline:
			time.AfterFunc(stopAfter, func() { p.stop(j) })
		case !p.ending:
			p.ending = true
			go p.end()
		}
		return
	}
	if how == transport.EndIfRunning {
		return
	}
	j = p.lanes.take(id)
	for i, q := range p.queue {
		if q.spec.ID == id {
			p.queue = append(p.queue[:i:i], p.queue[i+1:]...)
			j = q
			break
		}
	}
	if j != nil {
		p.drop(j)
		p.conn.Send(transport.Done, uint64(id), func(w *transport.Writer) {
			w.Int(0)
			w.Stored(&transport.Stored{Failure: &core.Failure{Kind: core.Cancelled, Text: "it was cancelled before it started", Func: j.spec.Label()}})
			w.Uint(0)
		})
	}
}

// stopAfter is how long a cancelled function may take to heed its context before it is stopped.
const stopAfter = 50 * time.Millisecond

// stop ends a function that goes on although it was cancelled.
func (p *Process) stop(j *job) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.running.has(j) && j.stop != nil {
		j.stop()
	}
}

// stoppable remembers how to stop a job, and does so when it was cancelled meanwhile.
func (p *Process) stoppable(j *job, stop func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if j.stop = stop; j.ctx.Err() != nil {
		stop()
	}
}

// end ends this process. What it has finished is told first: it must not run again.
func (p *Process) end() {
	p.counts.flush()
	p.conn.Drain()
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL) // nobody may stop it, and nobody has to tidy up
}

// giveBack returns up to n tasks, the last ones, that have not started.
func (p *Process) giveBack(n int) {
	p.mu.Lock()
	rest := n - len(p.queue)
	n = min(n, len(p.queue))
	if p.actor != 0 {
		n = 0 // calls of an actor run here or nowhere
	}
	back := p.queue[len(p.queue)-n:]
	p.queue = p.queue[: len(p.queue)-n : len(p.queue)-n]
	ids := make([]core.ID, len(back))
	for i, j := range back {
		ids[i] = j.spec.ID
		p.drop(j)
	}
	if c := p.away; c != nil && rest > 0 { // its answer is for all
		c.recalled = append(c.recalled, ids...)
		p.mu.Unlock()
		c.conn.Send(transport.Recall, 0, func(w *transport.Writer) { w.Uint(uint64(rest)) })
		c.conn.Flush()
		return
	}
	p.mu.Unlock()
	if n == 0 && p.actor != 0 {
		return
	}
	p.counts.flush()
	p.conn.Send(transport.Returned, 0, func(w *transport.Writer) { w.IDs(ids) })
}

// drop lets go the arguments of a task that will not run here.
func (p *Process) drop(j *job) {
	for _, v := range j.values {
		if v != nil && v.Shared {
			p.counts.unmapped(v.Object)
		}
	}
}

func (p *Process) fail(j *job, text string) {
	call := Call{Spec: j.spec, Attempt: j.attempt, Node: p.info.NodeID}
	p.done(j, p.now(), 1, &transport.Stored{Failure: call.failure(core.UserPanic, text)})
}
