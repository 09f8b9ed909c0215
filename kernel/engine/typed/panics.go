package typed

import (
	"unsafe"

	"github.com/goray/goray/kernel/engine"
)

// deferRec is a deferred call.
type deferRec struct {
	run  func(by *frame)
	next *deferRec
}

// panicRec is a panic in flight.
type panicRec struct {
	val       any
	frames    []engine.Frame // where it was raised
	recovered bool
	interrupt bool // not the user's: invisible to recover
}

// runWithDefers executes a function that has deferred calls. A panic is raised again after the Go
// stack of what panicked is gone: raised inside a deferred Go function, every level of a deep
// recursion would add to the stack.
func (fr *frame) runWithDefers() {
	fr.defers, fr.pan, fr.ok = nil, nil, false
	g, b := fr.g, fr.body
	depth := g.depth
	fr.guarded()
	if fr.ok {
		return
	}
	if _, exits := fr.pan.val.(exitPanic); !exits {
		fr.unwind()
	}
	if !fr.pan.recovered {
		g.inflight = fr.pan
		panic(fr.pan.val)
	}
	fr.pan, g.inflight = nil, nil
	if b.recoverB != nil {
		g.depth-- // exec counts the call itself
		exec(fr, b.recoverB)
		g.depth = depth
		return
	}
	for _, r := range b.f.results {
		fr.rv(r).SetZero()
	}
}

// guarded executes the body; a panic is left in fr.pan.
func (fr *frame) guarded() {
	depth := fr.g.depth
	defer func() {
		if fr.ok {
			return
		}
		r := recover()
		if r == nil { // runtime.Goexit
			fr.cut(depth)
			fr.unwind()
			return
		}
		fr.pan = fr.g.caught(r)
		fr.cut(depth)
	}()
	fr.g.depth-- // exec counts the call itself
	exec(fr, fr.body.first)
	fr.g.depth = depth
	fr.ok = true
}

// caught returns the record of a panic that arrives at this goroutine's frames: the one that is
// in flight already, or a new one with the trace of this moment.
func (g *gor) caught(r any) *panicRec {
	if p := g.inflight; p != nil && sameWords(p.val, r) {
		p.recovered = false
		return p
	}
	p := &panicRec{val: r}
	if _, ok := r.(interruptPanic); ok {
		p.interrupt = true
		g.leaving, g.budget = true, leaveBudget
	} else if _, ok := r.(exitPanic); ok {
		p.interrupt = true
	} else {
		g.debugPanic(r)
		if passedOn() {
			p.frames = append(p.frames, TraceOf(r)...)
		}
		p.frames = append(p.frames, g.frames()...)
		recordTrace(r, p.frames)
	}
	g.inflight = p
	return p
}

func sameWords(a, b any) bool {
	return *(*eface)(unsafe.Pointer(&a)) == *(*eface)(unsafe.Pointer(&b))
}

// unwind runs the remaining deferred calls; a panic in one of them replaces the current one.
func (fr *frame) unwind() {
	depth := fr.g.depth
	done := false
	defer func() {
		if done {
			return
		}
		if r := recover(); r != nil {
			fr.pan = fr.g.caught(r)
		}
		fr.cut(depth)
		fr.unwind()
	}()
	fr.runDefers()
	done = true
}

func (fr *frame) runDefers() {
	for fr.defers != nil {
		d := fr.defers
		fr.defers = d.next
		d.run(fr)
	}
}

// recoverOp is the builtin recover: it works for a frame that a panicking frame runs as a
// deferred call.
func recoverOp(do uintptr) op {
	return func(fr *frame) {
		*at[any](fr, do) = nil
		if p := fr.deferrer; p != nil && p.pan != nil && !p.pan.recovered && !p.pan.interrupt {
			p.pan.recovered = true
			*at[any](fr, do) = p.pan.val
		}
	}
}

// nilPanic raises the run time's own nil dereference.
func nilPanic() { _ = *(*int)(nilPointer()) }

//go:noinline
func nilPointer() unsafe.Pointer { return nil }

// nilReceiver is the run time's error for a value method called through a nil pointer.
type nilReceiver string

func (w nilReceiver) Error() string { return string(w) }
func (nilReceiver) RuntimeError()   {}
