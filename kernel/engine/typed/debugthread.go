package typed

import (
	"bytes"
	"fmt"
	"runtime"
	"slices"
	"strconv"

	"github.com/goray/goray/kernel/engine"
)

// thread is a goroutine that has run code of cells while it was debugged.
type thread struct {
	owner *debugger
	id    int
	goid  int64
	name  string
	gors  []*gor // nested entries from compiled code, the newest last
	base  int    // calls in all entries but the newest
	step  *step
	pause bool // was asked for
	held  *hold
	panic any  // it is stopped for
	busy  bool // it evaluates a condition: nothing stops it
}

// step is how far a thread is to go.
type step struct {
	how   engine.Resumption
	fn    *debugFunc // where it began
	depth int        // calls on the stack there
	owner int        // the same for the call whose loop over a function it is in; or depth
	call  int
	line  int
}

// reached says whether a thread that steps stops at s, in a call at the given depth.
func (st *step) reached(s *stop, depth, call int) bool {
	elsewhere := s.line != st.line
	switch st.how {
	case engine.StepIn:
		return elsewhere || call != st.call
	case engine.StepOver:
		if depth == st.depth && call == st.call && elsewhere || depth < st.owner || depth == st.owner && depth < st.depth && elsewhere {
			return true
		}
		// The body of a loop over a function is a function that the loop's own calls.
		return s.fn.isLoop() && (s.fn == st.fn && depth == st.depth || s.fn.sf.Parent() == st.fn.sf && elsewhere)
	case engine.StepOut:
		return depth < st.owner
	}
	return false
}

func (fn *debugFunc) isLoop() bool { return fn.sf.Synthetic == "range-over-func yield" }

// hold is a run of which a thread has stopped: its other threads stop at their next statement.
type hold struct {
	run    *run
	resume chan struct{}
}

// release lets the threads of a run go on; the debugger's mutex is held.
func (d *debugger) release(h *hold) {
	if d.holds[h.run] == h {
		delete(d.holds, h.run)
		close(h.resume)
		d.count()
	}
}

// pass is a statement that may stop its thread.
func (d *debugger) pass(fr *frame, s *stop) {
	g := fr.g
	if g.run.quiet || g.leaving || g.run.stop.Load() {
		return
	}
	t := d.threadOf(g)
	if t.busy {
		return
	}
	hit := false
	if p := s.point.Load(); p != nil && !s.again(fr) {
		hit = d.hit(p, t, fr, s)
	}
	d.mu.Lock()
	for h := d.holds[g.run]; h != nil; h = d.holds[g.run] {
		d.wait(t, h, g)
	}
	reason := ""
	switch {
	case d.closed:
	case hit:
		reason = "breakpoint"
	case t.pause || d.pausing:
		reason = "pause"
	case t.step != nil && !s.again(fr) && t.step.reached(s, t.base+g.depth, *at[int](fr, s.fn.call.off)):
		reason = "step"
	}
	if reason == "" {
		d.mu.Unlock()
		return
	}
	*at[int](fr, s.fn.last.off) = s.index + 1
	d.stopped(t, g, engine.DebugEvent{Reason: reason})
}

// stopped holds a thread's run, tells of it, and waits. The debugger's mutex is held, and is not
// any more afterwards.
func (d *debugger) stopped(t *thread, g *gor, e engine.DebugEvent) {
	h := &hold{run: g.run, resume: make(chan struct{})}
	d.holds[g.run] = h
	for _, o := range d.threads {
		if o == t || len(o.gors) > 0 && o.gors[0].run == g.run {
			o.step, o.pause = nil, false
		}
	}
	d.pausing = false
	t.panic, t.held = e.Panic, h
	d.count()
	d.mu.Unlock()
	e.Kind, e.Thread, e.Cell = "stopped", t.id, g.run.cell
	d.told(e)
	d.mu.Lock()
	d.wait(t, h, g)
	t.panic = nil
	d.mu.Unlock()
}

// wait waits until h is released or its run is interrupted, which unwinds the thread. The
// debugger's mutex is held, and is again afterwards.
func (d *debugger) wait(t *thread, h *hold, g *gor) {
	t.held = h
	d.mu.Unlock()
	interrupted := false
	select {
	case <-h.resume:
	case <-g.run.done:
		interrupted = true
	}
	d.mu.Lock()
	t.held = nil
	if interrupted {
		first := d.holds[g.run] == h
		d.release(h)
		d.mu.Unlock()
		if first {
			d.told(engine.DebugEvent{Kind: "continued", Thread: t.id, Cell: g.run.cell})
		}
		g.poll()
		d.mu.Lock()
	}
}

// debugPanic stops where a panic is raised; the calls that it leaves still stand.
func (g *gor) debugPanic(v any) {
	d := g.debugger()
	if d == nil || g.run.quiet || g.leaving || g.run.stop.Load() {
		return
	}
	d.mu.Lock()
	if d.closed || !d.panics && !(d.unhandled && !g.mayRecover()) {
		d.mu.Unlock()
		return
	}
	d.mu.Unlock()
	t := d.threadOf(g)
	d.mu.Lock()
	for h := d.holds[g.run]; h != nil; h = d.holds[g.run] {
		d.wait(t, h, g)
	}
	if d.closed {
		d.mu.Unlock()
		return
	}
	d.stopped(t, g, engine.DebugEvent{Reason: "exception", Panic: v, Text: (&engine.PanicError{Value: v}).Error()})
}

// debugger is the one of the world whose code runs on this goroutine; nil without one.
func (g *gor) debugger() *debugger {
	if fr := g.root.callee; fr != noFrame && fr.body.f != nil {
		return fr.body.f.sp.w.debug.Load()
	}
	return nil
}

// mayRecover says whether a deferred call waits in one of the active calls.
func (g *gor) mayRecover() bool {
	for _, fr := range g.active() {
		if fr.body.hasDefer && fr.defers != nil {
			return true
		}
	}
	return false
}

// active lists the calls that run, outermost first.
func (g *gor) active() (out []*frame) {
	fr := g.root
	for i := 1; i <= g.depth && fr.callee != noFrame; i++ {
		fr = fr.callee
		out = append(out, fr)
	}
	return out
}

// goroutine is the number of the calling goroutine.
func goroutine() int64 {
	var buf [40]byte
	text := bytes.TrimPrefix(buf[:runtime.Stack(buf[:], false)], []byte("goroutine "))
	number, _, _ := bytes.Cut(text, []byte(" "))
	n, _ := strconv.ParseInt(string(number), 10, 64)
	return n
}

// threadOf finds the thread of the calling goroutine, whose newest entry is g.
func (d *debugger) threadOf(g *gor) *thread {
	if t := g.thread; t != nil && t.owner == d {
		return t
	}
	id := goroutine()
	d.mu.Lock()
	defer d.mu.Unlock()
	t := d.threads[id]
	if t == nil {
		d.last++
		t = &thread{owner: d, id: d.last, goid: id, name: fmt.Sprintf("%s, goroutine %d", g.run.cell.Label(), id)}
		d.threads[id] = t
	}
	t.gors = append(t.gors, g)
	t.measure()
	g.thread = t
	return t
}

// measure recomputes base.
func (t *thread) measure() {
	t.base = 0
	for _, g := range t.gors[:len(t.gors)-1] {
		t.base += g.depth
	}
}

// leaveThread is called when an entry from compiled code, or a goroutine, ends.
func (g *gor) leaveThread() {
	if g.thread != nil {
		g.thread.owner.leave(g.thread, g)
	}
}

func (d *debugger) leave(t *thread, g *gor) {
	g.thread = nil
	d.mu.Lock()
	defer d.mu.Unlock()
	if i := slices.Index(t.gors, g); i >= 0 {
		t.gors = t.gors[:i]
	}
	if len(t.gors) > 0 {
		t.measure()
		return
	}
	delete(d.threads, t.goid)
	d.count()
}
