package typed

import (
	"unsafe"

	"golang.org/x/tools/go/ssa"
)

// Loads and stores.

// loadExpr reads a T.
//
//go:noinline
func loadExpr[T any](p place) func(fr *frame) T {
	o, fo, x := p.base, p.offset, p.index
	switch p.kind {
	case inPtr:
		return func(fr *frame) T { return **(**T)(fr.ptr(o)) }
	case inField:
		return func(fr *frame) T {
			p := *at[unsafe.Pointer](fr, o)
			_ = *(*byte)(p)
			return *(*T)(unsafe.Add(p, fo))
		}
	case inSlice:
		return func(fr *frame) T {
			s, i := *(*[]T)(fr.ptr(o)), *at[int](fr, x)
			if uint(i) >= uint(len(s)) {
				indexPanic(i, len(s))
			}
			return s[i]
		}
	}
	a := p.addr
	return func(fr *frame) T { return *(*T)(a(fr)) }
}

// loadTo reads a T into register d.
//
//go:noinline
func loadTo[T any](d uintptr, p place) op {
	o, fo, x := p.base, p.offset, p.index
	switch p.kind {
	case inPtr:
		return func(fr *frame) { *(*T)(fr.ptr(d)) = **(**T)(fr.ptr(o)) }
	case inField:
		return func(fr *frame) {
			p := *at[unsafe.Pointer](fr, o)
			_ = *(*byte)(p)
			*(*T)(fr.ptr(d)) = *(*T)(unsafe.Add(p, fo))
		}
	case inSlice:
		return func(fr *frame) {
			s, i := *(*[]T)(fr.ptr(o)), *at[int](fr, x)
			if uint(i) >= uint(len(s)) {
				indexPanic(i, len(s))
			}
			*(*T)(fr.ptr(d)) = s[i]
		}
	}
	a := p.addr
	return func(fr *frame) { *(*T)(fr.ptr(d)) = *(*T)(a(fr)) }
}

// storeTo writes a T.
//
//go:noinline
func storeTo[T any](p place, v in[T]) op {
	f, s, k := v.val, v.off, v.k
	o, x := p.base, p.index
	a := p.address()
	switch {
	case v.isConst && p.kind == inSlice:
		return func(fr *frame) {
			s, i := *(*[]T)(fr.ptr(o)), *at[int](fr, x)
			if uint(i) >= uint(len(s)) {
				indexPanic(i, len(s))
			}
			s[i] = k
		}
	case v.isConst:
		return func(fr *frame) { *(*T)(a(fr)) = k }
	case f != nil && p.kind == inPtr:
		return func(fr *frame) { p := *(**T)(fr.ptr(o)); *p = f(fr) }
	case f != nil:
		return func(fr *frame) { p := a(fr); *(*T)(p) = f(fr) }
	case p.kind == inPtr:
		return func(fr *frame) { **(**T)(fr.ptr(o)) = *(*T)(fr.ptr(s)) }
	}
	return func(fr *frame) { *(*T)(a(fr)) = *(*T)(fr.ptr(s)) }
}

// load compiles d = *addr.
func (c *compiler) load(x *ssa.UnOp) op {
	d := c.reg(x)
	do := d.off
	if d.c == cW {
		return scalars[d.t.Kind()].assign(c, do, x)
	}
	p := c.place(x.X)
	switch d.c {
	case cP:
		return loadTo[unsafe.Pointer](do, p)
	case cS:
		return loadTo[string](do, p)
	case cL:
		return loadTo[[]byte](do, p)
	case cI:
		return loadTo[any](do, p)
	}
	a := p.address()
	if d.t.Size() == 0 {
		return func(fr *frame) {
			if a(fr) == nil {
				nilPanic()
			}
		}
	}
	cp := copier(d.t)
	return func(fr *frame) { p := a(fr); cp(fr.ptr(do), p) }
}

// store compiles *addr = s.
func (c *compiler) store(x *ssa.Store) op {
	p := c.place(x.Addr)
	if classOf(c.rt(x.Val.Type())) == cW {
		return c.scalar(x.Val).store(c, p, x.Val)
	}
	s := c.reg(x.Val)
	so := s.off
	a := p.address()
	if s.t.Size() == 0 {
		return func(fr *frame) {
			if a(fr) == nil {
				nilPanic()
			}
		}
	}
	switch s.c {
	case cP:
		return storeTo(p, in[unsafe.Pointer]{off: so})
	case cS:
		return storeTo(p, in[string]{off: so})
	}
	cp := copier(s.t)
	return func(fr *frame) { p := a(fr); cp(p, fr.ptr(so)) }
}
