package typed

import (
	"go/token"
	"reflect"
	"unsafe"

	"golang.org/x/tools/go/ssa"
)

// condition compiles a comparison; nil for other operators.
func (c *compiler) condition(x *ssa.BinOp) func(fr *frame) bool {
	if !isComparison(x.Op) {
		return nil
	}
	if s := c.scalar(x.X); s != nil {
		if cond := s.condition(c, x); cond != nil {
			return cond
		}
	}
	ar, br := c.reg(x.X), c.reg(x.Y)
	eq := c.equal(ar, br)
	if x.Op == token.NEQ {
		return func(fr *frame) bool { return !eq(fr) }
	}
	return eq
}

func isComparison(o token.Token) bool {
	switch o {
	case token.EQL, token.NEQ, token.LSS, token.LEQ, token.GTR, token.GEQ:
		return true
	}
	return false
}

func (c *compiler) equal(ar, br reg) func(fr *frame) bool {
	a, b := ar.off, br.off
	switch ar.t.Kind() {
	case reflect.Bool:
		return func(fr *frame) bool { return *at[bool](fr, a) == *at[bool](fr, b) }
	case reflect.Slice: // with nil only
		return func(fr *frame) bool { return *at[unsafe.Pointer](fr, a) == *at[unsafe.Pointer](fr, b) }
	case reflect.Interface:
		ea, eb := toEface(ar), toEface(br)
		return func(fr *frame) bool { return ea(fr) == eb(fr) }
	}
	if ar.c == cP {
		return func(fr *frame) bool { return *at[unsafe.Pointer](fr, a) == *at[unsafe.Pointer](fr, b) }
	}
	t, dir := rptr(ar.t), direct(ar.t)
	return func(fr *frame) bool { return pack(t, dir, fr.ptr(a)) == pack(t, dir, fr.ptr(b)) }
}

// direct reports whether an interface holds a value of type t itself rather than a pointer to it.
func direct(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Pointer, reflect.UnsafePointer, reflect.Map, reflect.Chan, reflect.Func:
		return true
	case reflect.Array:
		return t.Len() == 1 && direct(t.Elem())
	case reflect.Struct:
		v := reflect.Zero(t).Interface()
		return (*eface)(unsafe.Pointer(&v)).data == nil
	}
	return false
}

// pack makes an interface of the value at p without copying it.
func pack(t unsafe.Pointer, direct bool, p unsafe.Pointer) (r any) {
	e := (*eface)(unsafe.Pointer(&r))
	e.typ = t
	if direct {
		e.data = *(*unsafe.Pointer)(p)
	} else {
		e.data = p
	}
	return
}

// toEface reads an interface register as an any.
func toEface(r reg) func(fr *frame) any {
	o := r.off
	if r.t.NumMethod() == 0 {
		return func(fr *frame) any { return *at[any](fr, o) }
	}
	return func(fr *frame) (v any) { return ifaceToEface(fr.ptr(o)) }
}

// itabType is the offset of the dynamic type in an itab.
const itabType = 8

func ifaceToEface(p unsafe.Pointer) (v any) {
	w := (*eface)(p)
	if w.typ == nil {
		return nil
	}
	e := (*eface)(unsafe.Pointer(&v))
	e.typ = *(*unsafe.Pointer)(unsafe.Add(w.typ, itabType))
	e.data = w.data
	return
}
