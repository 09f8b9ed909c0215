package typed

import (
	"errors"
	"go/ast"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/goray/goray/kernel/engine"
	"github.com/goray/goray/kernel/lang"
)

var _ engine.Debugger = (*Session)(nil)

// debugger is one debugging of a session.
type debugger struct {
	s    *Session
	w    *world
	told func(engine.DebugEvent)
	// watching counts why statements must look further than at their own breakpoint: threads
	// that step, runs that are held, pauses that were asked for.
	watching atomic.Int64

	mu        sync.Mutex
	closed    bool
	funcs     map[string][]*debugFunc // by path
	points    map[string][]*breakpoint
	threads   map[int64]*thread // by goroutine
	last      int               // id of a thread
	holds     map[*run]*hold
	pausing   bool // every thread
	panics    bool // stop where one is raised
	unhandled bool // stop where one is raised that nothing can recover

	evaluations map[evaluationKey]*evaluation // guarded by the world's lock
}

// Debug implements [engine.Debugger]. What is compiled already is compiled anew when it is called
// next; calls that run go on as they are.
func (s *Session) Debug(told func(engine.DebugEvent)) (engine.Debugging, error) {
	w := s.w
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.debug.Load() != nil {
		return nil, errors.New("the session is being debugged already; disconnect first")
	}
	d := &debugger{s: s, w: w, told: told, funcs: map[string][]*debugFunc{}, points: map[string][]*breakpoint{}, threads: map[int64]*thread{}, holds: map[*run]*hold{}, evaluations: map[evaluationKey]*evaluation{}}
	w.shadow = newShadow(w)
	w.debug.Store(d)
	w.forgetBodies()
	return d, nil
}

// forgetBodies has functions of cells compiled anew at their next call. It needs the lock.
func (w *world) forgetBodies() {
	for sf, f := range w.home.funcs {
		if p := packageOf(sf); p != nil && w.own[p.Pkg] {
			f.body.Store(nil)
		}
	}
}

// Close implements [engine.Debugging].
func (d *debugger) Close() {
	d.w.mu.Lock()
	if d.w.debug.CompareAndSwap(d, nil) { // the shadow stays: functions that were made for expressions may live
		d.w.forgetBodies()
	}
	d.w.mu.Unlock()
	d.mu.Lock()
	d.closed, d.pausing = true, false
	for _, fns := range d.funcs {
		for _, fn := range fns {
			for _, s := range fn.stops {
				s.point.Store(nil)
			}
		}
	}
	for _, h := range d.holds {
		d.release(h)
	}
	for _, t := range d.threads {
		t.step = nil
	}
	d.count()
	d.mu.Unlock()
}

// count recomputes watching; d.mu is held.
func (d *debugger) count() {
	n := int64(len(d.holds))
	if d.pausing {
		n++
	}
	for _, t := range d.threads {
		if t.step != nil || t.pause {
			n++
		}
	}
	d.watching.Store(n)
}

// add makes a function known, with the breakpoints that it has. The world's lock is held.
func (d *debugger) add(fn *debugFunc) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.funcs[fn.path] = append(d.funcs[fn.path], fn)
	fn.place(d.points[fn.path])
}

// place puts breakpoints to their lines.
func (fn *debugFunc) place(points []*breakpoint) {
	for _, s := range fn.stops {
		s.point.Store(nil)
		for _, p := range points {
			if s.leader && p.Line == s.line && !p.bad {
				s.point.Store(p)
			}
		}
	}
}

// SetPanics implements [engine.Debugging].
func (d *debugger) SetPanics(all, uncaught bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.panics, d.unhandled = all, uncaught
}

// StopLines implements [engine.Debugger].
func (s *Session) StopLines(source string) []int {
	fset, file, run, ok := lang.Outline(source)
	if !ok {
		return nil
	}
	nodes := []ast.Node{file}
	if run != nil {
		nodes = append(nodes, run)
	}
	var out []int
	for line := range stopLines(fset, nodes...) {
		out = append(out, line)
	}
	slices.Sort(out)
	return out
}
