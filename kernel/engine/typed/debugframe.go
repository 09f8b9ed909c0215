package typed

import (
	"cmp"
	"fmt"
	"go/token"
	"go/types"
	"reflect"
	"slices"
	"unsafe"

	"github.com/goray/goray/kernel/engine"
)

// debugFrame is a call of a stopped thread.
type debugFrame struct {
	d   *debugger
	t   *thread
	h   *hold // while which it may be looked into
	fr  *frame
	pos token.Pos
	see token.Pos // what is visible here is visible in the frame
}

var errRunning = fmt.Errorf("the thread runs; it can be looked into while it is stopped")

// Threads implements [engine.Debugging].
func (d *debugger) Threads() (out []engine.DebugThread) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, t := range d.threads {
		out = append(out, engine.DebugThread{ID: t.id, Name: t.name, Stopped: t.held != nil})
	}
	slices.SortFunc(out, func(a, b engine.DebugThread) int { return cmp.Compare(a.ID, b.ID) })
	return out
}

// thread finds a thread by its number; d.mu is held.
func (d *debugger) thread(id int) *thread {
	for _, t := range d.threads {
		if t.id == id {
			return t
		}
	}
	return nil
}

// Stack implements [engine.Debugging].
func (d *debugger) Stack(id int) (out []engine.DebugFrame, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	t := d.thread(id)
	if t == nil || t.held == nil {
		return nil, errRunning
	}
	for _, g := range t.gors {
		for _, fr := range g.active() {
			if f := fr.body.f; f == nil || f.wrapper || fr.body.native != nil {
				continue
			}
			pos := token.NoPos
			if int(fr.pc) < len(fr.body.pos) {
				pos = fr.body.pos[fr.pc]
			}
			out = append(out, &debugFrame{d, t, t.held, fr, pos, d.see(fr, pos)})
		}
	}
	slices.Reverse(out)
	return out, nil
}

// see is the place whose scope a frame at pos has: before a round of a loop, that of its body.
func (d *debugger) see(fr *frame, pos token.Pos) token.Pos {
	if fn := fr.body.f.debug; fn != nil && fn.last.t != nil {
		if i := *at[int](fr, fn.last.off); i > 0 && fn.stops[i-1].pos == pos {
			return fn.stops[i-1].see
		}
	}
	return pos
}

// Place implements [engine.DebugFrame].
func (f *debugFrame) Place() engine.DebugPlace {
	w := f.d.w
	fn := f.fr.body.f
	p := w.fset.Position(f.pos)
	w.mu.Lock()
	defer w.mu.Unlock()
	place := engine.DebugPlace{Function: functionName(fn), Cell: p.Filename, Line: p.Line, Column: p.Column, Top: fn.sf.Name() == runName}
	pkg := packageOf(fn.sf)
	if pkg == nil || w.sources[pkg.Pkg] == nil {
		place.Cell = ""
		return place
	}
	place.Path = w.sources[pkg.Pkg].path
	return place
}

// live says whether the frame may still be looked into; d.mu is held.
func (f *debugFrame) live() bool { return f.t.held == f.h }

// Variables implements [engine.DebugFrame].
func (f *debugFrame) Variables() (out []engine.Variable, own bool) {
	fn := f.fr.body.f.debug
	if fn == nil {
		return nil, false
	}
	w := f.d.w // its lock comes before that of the debugger
	w.mu.Lock()
	defer w.mu.Unlock()
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	if !f.live() {
		return nil, false
	}
	for _, v := range w.shadow.locals(fn.sf, f.see) {
		if p, t := f.address(v); p != nil {
			out = append(out, engine.Variable{Name: v.Name(), Type: typeString(t), Value: reflect.NewAt(w.types.of(t), p).Elem()})
		}
	}
	return out, true
}

// address finds a variable of the frame in memory; nil when it has none yet.
func (f *debugFrame) address(v *types.Var) (unsafe.Pointer, types.Type) {
	var p unsafe.Pointer
	var t types.Type
	for _, dv := range f.fr.body.f.debug.vars[v.Pos()] {
		a := *at[unsafe.Pointer](f.fr, dv.r.off)
		if a == nil {
			continue
		}
		if p, t = a, dv.t; dv.loop {
			break
		}
	}
	return p, t
}

// Resume implements [engine.Debugging].
func (d *debugger) Resume(id int, how engine.Resumption) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	t := d.thread(id)
	if t == nil || t.held == nil {
		return errRunning
	}
	h := t.held
	if how != engine.Continue {
		t.step = t.stepFrom(how)
	}
	d.count()
	d.release(h)
	return nil
}

// stepFrom begins a step at the innermost call that can stop.
func (t *thread) stepFrom(how engine.Resumption) *step {
	st := &step{how: how}
	for i := len(t.gors) - 1; i >= 0; i-- {
		active := t.gors[i].active()
		below := 0
		for _, g := range t.gors[:i] {
			below += g.depth
		}
		for k := len(active) - 1; k >= 0; k-- {
			fr := active[k]
			if fn := fr.body.f.debug; fn != nil && fn.last.t != nil {
				st.fn, st.depth, st.call = fn, below+k+1, *at[int](fr, fn.call.off)
				if n := *at[int](fr, fn.last.off); n > 0 {
					st.line = fn.stops[n-1].line
				}
				st.owner = below + t.gors[i].owner(k) + 1
				return st
			}
		}
	}
	return st
}

// owner is the index among the active calls of the one whose loop over a function number k is the
// body of; k itself when it is none, or when the loop's call is not of this entry.
func (g *gor) owner(k int) int {
	active := g.active()
	for i := k; ; {
		fn := active[i].body.f.debug
		if fn == nil || !fn.isLoop() {
			return i
		}
		parent := i - 1
		for ; parent >= 0; parent-- {
			if p := active[parent].body.f.debug; p != nil && p.sf == fn.sf.Parent() {
				break
			}
		}
		if parent < 0 {
			return i
		}
		i = parent
	}
}

// Pause implements [engine.Debugging].
func (d *debugger) Pause(id int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if t := d.thread(id); t != nil {
		t.pause = true
	} else {
		d.pausing = true
	}
	d.count()
}
