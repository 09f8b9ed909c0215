package typed

import (
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"unsafe"

	"golang.org/x/tools/go/ssa"
)

// itab returns the first word of an interface of type it that holds a t.
func itab(it, t reflect.Type) unsafe.Pointer {
	if it.NumMethod() == 0 {
		return rptr(t)
	}
	v := reflect.New(it)
	v.Elem().Set(reflect.Zero(t))
	return *(*unsafe.Pointer)(v.UnsafePointer())
}

func (c *compiler) makeInterface(x *ssa.MakeInterface) {
	s, d := c.reg(x.X), c.reg(x)
	t := rptr(s.t)
	so, do := s.off, d.off
	var w unsafe.Pointer
	if d.t.NumMethod() == 0 {
		w = t
	} else { // its methods are complete only after the types of this function are
		c.f.sp.w.types.whenComplete(func() { w = itab(d.t, s.t) })
	}
	switch {
	case direct(s.t):
		c.emit(func(fr *frame) { *at[eface](fr, do) = eface{w, *at[unsafe.Pointer](fr, so)} })
	case s.t.Kind() == reflect.String:
		c.emit(func(fr *frame) {
			p := new(string)
			*p = *at[string](fr, so)
			*at[eface](fr, do) = eface{w, unsafe.Pointer(p)}
		})
	case s.t.Kind() == reflect.Int:
		c.emit(func(fr *frame) {
			a := any(*at[int](fr, so)) // small values are not allocated
			*at[eface](fr, do) = eface{w, (*eface)(unsafe.Pointer(&a)).data}
		})
	default:
		c.emit(func(fr *frame) {
			p := unsafeNew(t)
			typedmemmove(t, p, fr.ptr(so))
			*at[eface](fr, do) = eface{w, p}
		})
	}
}

func (c *compiler) changeInterface(x *ssa.ChangeInterface) {
	d, s := c.reg(x), c.reg(x.X)
	e := toEface(s)
	if d.t.NumMethod() == 0 {
		c.emit(func(fr *frame) { *at[any](fr, d.off) = e(fr) })
		return
	}
	t := d.t
	c.emit(func(fr *frame) { *at[any](fr, d.off) = toIface(t, e(fr)) })
}

type itabKey struct{ it, t unsafe.Pointer }

var itabs sync.Map // itabKey → unsafe.Pointer, nil when the type does not implement the interface

// toIface converts an interface value to the non-empty interface type it; what does not implement
// it, and nil, become nil.
func toIface(it reflect.Type, v any) (r any) {
	if v == nil {
		return nil
	}
	e := (*eface)(unsafe.Pointer(&v))
	k := itabKey{rptr(it), e.typ}
	w, ok := itabs.Load(k)
	if !ok {
		w = unsafe.Pointer(nil)
		if t := reflect.TypeOf(v); t.Implements(it) {
			w = itab(it, t)
		}
		itabs.Store(k, w)
	}
	if w.(unsafe.Pointer) == nil {
		return nil
	}
	*(*eface)(unsafe.Pointer(&r)) = eface{w.(unsafe.Pointer), e.data}
	return
}

// typeAssertionError has the layout of runtime.TypeAssertionError.
type typeAssertionError struct {
	iface, concrete, asserted unsafe.Pointer
	missing                   string
}

func assertPanic(it, asserted reflect.Type, v any) {
	e := &typeAssertionError{asserted: rptr(asserted)}
	if v != nil || asserted.Kind() != reflect.Interface { // of nil to an interface, the run time says less
		e.iface = rptr(it)
	}
	if v != nil {
		t := reflect.TypeOf(v)
		e.concrete = rptr(t)
		if asserted.Kind() == reflect.Interface {
			e.missing = missingMethod(t, asserted)
		}
	}
	panic((*runtime.TypeAssertionError)(unsafe.Pointer(e)))
}

func missingMethod(t, it reflect.Type) string {
	for i := range it.NumMethod() {
		m := it.Method(i)
		if have, ok := t.MethodByName(m.Name); !ok || have.Type == nil {
			return m.Name
		}
	}
	return it.Method(0).Name
}

func (c *compiler) typeAssert(x *ssa.TypeAssert) {
	s := c.reg(x.X)
	st, t := s.t, c.rt(x.AssertedType)
	value := toEface(s)
	comma := x.CommaOk
	bound := checksReceiver(x)
	var d, ok reg
	if comma {
		tu := c.tuple(x)
		d, ok = tu[0], tu[1]
	} else {
		d = c.reg(x)
	}
	do, oo := d.off, ok.off
	if t.Kind() == reflect.Interface {
		empty := t.NumMethod() == 0
		c.emit(func(fr *frame) {
			v := value(fr)
			r := v
			if !empty {
				r = toIface(t, v)
			}
			good := (*eface)(unsafe.Pointer(&r)).typ != nil
			if !comma && !good {
				if bound {
					nilPanic()
				}
				assertPanic(st, t, v)
			}
			*at[any](fr, do) = r
			if comma {
				*at[bool](fr, oo) = good
			}
		})
		return
	}
	tp, dir, cp := rptr(t), direct(t), copier(t)
	zero := unsafeNew(tp)
	c.emit(func(fr *frame) {
		v := value(fr)
		e := (*eface)(unsafe.Pointer(&v))
		good := e.typ == tp
		switch {
		case !good && !comma:
			assertPanic(st, t, v)
		case !good:
			cp(fr.ptr(do), zero)
		case dir:
			cp(fr.ptr(do), unsafe.Pointer(&e.data))
		default:
			cp(fr.ptr(do), e.data)
		}
		if comma {
			*at[bool](fr, oo) = good
		}
	})
}

// checksReceiver: go/ssa asserts the receiver of a method value to its own type, where a compiled
// program dereferences nil.
func checksReceiver(x *ssa.TypeAssert) bool {
	instrs := x.Block().Instrs
	i := slices.Index(instrs, ssa.Instruction(x))
	if i+1 >= len(instrs) || len(*x.Referrers()) > 0 {
		return false
	}
	mc, ok := instrs[i+1].(*ssa.MakeClosure)
	return ok && strings.HasSuffix(mc.Fn.Name(), "$bound") && mc.Bindings[0] == x.X
}
