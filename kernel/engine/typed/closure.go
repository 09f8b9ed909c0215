package typed

import (
	"reflect"
	"sync"
	"unsafe"
)

// closure is a func value of interpreted code. Its first six words are those of the object that
// reflect.MakeFunc makes, so that compiled code can call it; interpreted code recognises it and
// calls the target directly.
type closure struct {
	makeFunc
	target *function
	free   []unsafe.Pointer // captured variables: the pointer itself, or a pointer to the copy
}

// makeFunc has the layout of the object that reflect.MakeFunc makes.
type makeFunc struct {
	fn     uintptr
	stack  unsafe.Pointer
	argLen uintptr
	regs   uintptr
	ftyp   unsafe.Pointer
	f      func([]reflect.Value) []reflect.Value
}

var (
	stubPC  uintptr  // code of every reflect.MakeFunc value
	entryPC uintptr  // code of every closure.f of ours
	protos  sync.Map // reflect.Type → makeFunc, the words that depend on the type only
)

// entry makes the function that reflect's stub calls. It must not be inlined: its code address
// is how a closure of ours is recognised.
//
//go:noinline
func entry(c *closure) func([]reflect.Value) []reflect.Value {
	return func(a []reflect.Value) []reflect.Value { return callReflect(c.target, c, a) }
}

func init() {
	nothing := func([]reflect.Value) []reflect.Value { return nil }
	v := reflect.MakeFunc(reflect.TypeFor[func()](), nothing)
	stubPC = v.Pointer()
	t := entry(nil)
	entryPC = **(**uintptr)(unsafe.Pointer(&t))
	// The layout above is reflect's own business: refuse to run on a release that changed it.
	w := (*makeFunc)(funcWord(v))
	if w.fn != stubPC || **(**uintptr)(unsafe.Pointer(&w.f)) != **(**uintptr)(unsafe.Pointer(&nothing)) {
		panic("typed: reflect.MakeFunc has another layout in this Go release")
	}
}

// funcWord is the pointer that a func value is.
func funcWord(v reflect.Value) unsafe.Pointer {
	i := v.Interface()
	return (*eface)(unsafe.Pointer(&i)).data
}

func newClosure(t *function, free []unsafe.Pointer) *closure {
	p, ok := protos.Load(t.ftype)
	if !ok {
		v := reflect.MakeFunc(t.ftype, func([]reflect.Value) []reflect.Value { return nil })
		w := *(*makeFunc)(funcWord(v))
		w.f = nil
		p = w
		protos.Store(t.ftype, p)
	}
	c := &closure{makeFunc: p.(makeFunc), target: t, free: free}
	if t.adapter != 0 {
		c.fn, c.stack = t.adapter, unsafe.Pointer(c)
		return c
	}
	c.f = entry(c)
	return c
}

// ours returns the closure that a func value is, or nil for compiled code.
func ours(p unsafe.Pointer) *closure {
	switch *(*uintptr)(p) {
	case stubPC:
	case adapterW, adapterWW:
		return (*closure)(p)
	default:
		return nil
	}
	f := (*makeFunc)(p).f
	if **(**uintptr)(unsafe.Pointer(&f)) != entryPC {
		return nil
	}
	return (*closure)(p)
}

// bind copies the captured variables into a frame of the target, unless they are there from an
// earlier call: nothing else writes to their registers.
func (c *closure) bind(fr *frame) {
	if fr.bound == c {
		return
	}
	fr.bound = c
	for i, r := range c.target.free {
		if r.c == cP {
			*at[unsafe.Pointer](fr, r.off) = c.free[i]
		} else {
			copySlot(r.c, rptr(r.t), fr.ptr(r.off), c.free[i])
		}
	}
}
