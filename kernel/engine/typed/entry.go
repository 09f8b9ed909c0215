package typed

import (
	"reflect"
	"runtime"
	"strings"

	"github.com/goray/goray/kernel/engine"
)

// callReflect is the way in from compiled code.
func callReflect(f *function, c *closure, args []reflect.Value) []reflect.Value {
	g := arrive()
	defer g.run.depart()
	out, p, ok := g.enter(f, c, args)
	if !ok {
		g.escape(p, f.sp.w)
		return zeros(f.results)
	}
	gorPool.Put(g)
	return out
}

// arrive is the state for an entry from compiled code; depart, which must follow, ends the entry.
func arrive() *gor {
	r := currentRun()
	if r.entries.Add(1) > maxEntries {
		r.entries.Add(-1)
		panic(overflowError{})
	}
	r.enter()
	g := gorPool.Get().(*gor)
	g.depth, g.run, g.inflight, g.leaving = 0, r, nil, false
	return g
}

func (r *run) depart() {
	r.entries.Add(-1)
	r.leave()
}

// caughtAtEntry, deferred, returns a panic through p where the call has not returned.
func (g *gor) caughtAtEntry(p *any, ok *bool) {
	if !*ok {
		if *p = recover(); *p != nil {
			g.caught(*p)
		}
	}
	g.leaveThread()
}

// enter calls f; a panic is returned rather than raised again, see runWithDefers.
func (g *gor) enter(f *function, c *closure, args []reflect.Value) (out []reflect.Value, p any, ok bool) {
	defer g.caughtAtEntry(&p, &ok)
	fr := g.root.push(f)
	for i, p := range f.params {
		fr.rv(p).Set(args[i])
	}
	if c != nil {
		c.bind(fr)
	}
	fr.run()
	out = make([]reflect.Value, len(f.results))
	for i, r := range f.results {
		v := reflect.New(r.t).Elem()
		v.Set(fr.rv(r))
		out[i] = v
	}
	return out, nil, true
}

func zeros(rs []reg) []reflect.Value {
	out := make([]reflect.Value, len(rs))
	for i, r := range rs {
		out[i] = reflect.Zero(r.t)
	}
	return out
}

// escape handles a panic that leaves interpreted code for compiled code. It goes on as it is,
// unless it would end the process of a session: an interrupt ends the goroutine, and what a library
// calls at the top of a goroutine reports its panic and returns.
func (g *gor) escape(p any, w *world) {
	rec := g.caught(p)
	if g.run.program {
		panic(p)
	}
	caller := nearestCaller()
	foreign := caller == "" || caller == unguarded // the top of a goroutine, if it is not ours
	if !foreign && !rec.interrupt || startedHere() {
		panic(p)
	}
	if rec.interrupt {
		runtime.Goexit()
	}
	err := &engine.PanicError{Value: p, Frames: rec.frames}
	switch {
	case g.run.uncaught != nil:
		g.run.uncaught(g.run.cell, err)
	case w.uncaught != nil:
		w.uncaught(g.run.cell, err)
	}
}

// unguarded calls a function at the top of a goroutine without recovering its panic for good.
const unguarded = "sync.(*WaitGroup).Go.func1"

// ownPackage begins the names of this package's functions.
const ownPackage = "github.com/goray/goray/kernel/engine/typed."

// nearestCaller is the compiled function outside the standard library's machinery that called
// interpreted code; empty when there is none close by.
func nearestCaller() string {
	var pcs [48]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs[:])])
	for more := true; more; {
		var f runtime.Frame
		f, more = frames.Next()
		if n := f.Function; n != "" && !strings.HasPrefix(n, ownPackage) && !strings.HasPrefix(n, "runtime.") && !strings.HasPrefix(n, "reflect.") {
			return n
		}
	}
	return ""
}

// startedHere says whether the interpreter started this goroutine, and so waits for its panics.
func startedHere() bool {
	pcs := make([]uintptr, 1024)
	for skip := 2; ; skip += len(pcs) {
		n := runtime.Callers(skip, pcs)
		frames := runtime.CallersFrames(pcs[:n])
		for more := n > 0; more; {
			var f runtime.Frame
			f, more = frames.Next()
			if name, own := strings.CutPrefix(f.Function, ownPackage); own && (strings.HasPrefix(name, "(*run).wait") || strings.HasPrefix(name, "(*gor).start")) {
				return true
			}
		}
		if n < len(pcs) {
			return false
		}
	}
}

// passedOn says whether the panic that is being recovered was raised again by escape, rather than
// by the code of this goroutine's frames.
func passedOn() bool {
	var pcs [24]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs[:])])
	raised := false
	for more := true; more; {
		var f runtime.Frame
		f, more = frames.Next()
		if raised {
			return f.Function == ownPackage+"(*gor).escape"
		}
		raised = f.Function == "runtime.gopanic"
	}
	return false
}
