package typed

import (
	"go/types"
	"math"
	"reflect"
	"unsafe"

	"golang.org/x/tools/go/ssa"
)

// addressOf computes the address that a load or store uses: a fused address computation, or a
// pointer in a register.
func (c *compiler) addressOf(v ssa.Value) func(fr *frame) unsafe.Pointer {
	if c.fused[v] {
		switch v := v.(type) {
		case *ssa.FieldAddr:
			return c.fieldAddr(v)
		case *ssa.IndexAddr:
			return c.indexAddr(v)
		}
	}
	o := c.reg(v).off
	return func(fr *frame) unsafe.Pointer { return *at[unsafe.Pointer](fr, o) }
}

func (c *compiler) fieldAddr(v *ssa.FieldAddr) func(fr *frame) unsafe.Pointer {
	st := c.rt(v.X.Type().Underlying().(*types.Pointer).Elem())
	fo := st.Field(v.Field).Offset
	o := c.reg(v.X).off
	return func(fr *frame) unsafe.Pointer {
		p := *at[unsafe.Pointer](fr, o)
		_ = *(*byte)(p)
		return unsafe.Add(p, fo)
	}
}

func isInt(t reflect.Type) bool { return t.Kind() == reflect.Int || t.Kind() == reflect.Int64 }

// intOf reads an integer register of any kind as int; what does not fit becomes -1, which no
// index, length or size may be.
func intOf(r reg) func(fr *frame) int {
	o := r.off
	switch r.t.Kind() {
	case reflect.Int, reflect.Int64:
		return func(fr *frame) int { return *at[int](fr, o) }
	case reflect.Int8:
		return func(fr *frame) int { return int(*at[int8](fr, o)) }
	case reflect.Int16:
		return func(fr *frame) int { return int(*at[int16](fr, o)) }
	case reflect.Int32:
		return func(fr *frame) int { return int(*at[int32](fr, o)) }
	case reflect.Uint8:
		return func(fr *frame) int { return int(*at[uint8](fr, o)) }
	case reflect.Uint16:
		return func(fr *frame) int { return int(*at[uint16](fr, o)) }
	case reflect.Uint32:
		return func(fr *frame) int { return int(*at[uint32](fr, o)) }
	}
	return func(fr *frame) int {
		u := *at[uint64](fr, o)
		if u > math.MaxInt64 {
			return -1
		}
		return int(u)
	}
}

func (c *compiler) indexAddr(v *ssa.IndexAddr) func(fr *frame) unsafe.Pointer {
	xo := c.reg(v.X).off
	ir := c.reg(v.Index)
	io := ir.off
	idx := intOf(ir)
	switch t := v.X.Type().Underlying().(type) {
	case *types.Slice:
		sz := c.rt(t.Elem()).Size()
		switch {
		case isInt(ir.t) && sz == 8:
			return func(fr *frame) unsafe.Pointer {
				s, i := at[sliceHeader](fr, xo), *at[int](fr, io)
				if uint(i) >= uint(s.len) {
					boundsPanic(fr, ir, s.len, boundsIndex)
				}
				return unsafe.Add(s.p, i*8)
			}
		case isInt(ir.t):
			return func(fr *frame) unsafe.Pointer {
				s, i := at[sliceHeader](fr, xo), *at[int](fr, io)
				if uint(i) >= uint(s.len) {
					boundsPanic(fr, ir, s.len, boundsIndex)
				}
				return unsafe.Add(s.p, uintptr(i)*sz)
			}
		}
		return func(fr *frame) unsafe.Pointer {
			s, i := at[sliceHeader](fr, xo), idx(fr)
			if uint(i) >= uint(s.len) {
				boundsPanic(fr, ir, s.len, boundsIndex)
			}
			return unsafe.Add(s.p, uintptr(i)*sz)
		}
	case *types.Pointer:
		a := t.Elem().Underlying().(*types.Array)
		sz, n := c.rt(a.Elem()).Size(), int(a.Len())
		return func(fr *frame) unsafe.Pointer {
			p, i := *at[unsafe.Pointer](fr, xo), idx(fr)
			if uint(i) >= uint(n) {
				boundsPanic(fr, ir, n, boundsIndex)
			}
			_ = *(*byte)(p)
			return unsafe.Add(p, uintptr(i)*sz)
		}
	}
	panic("typed: internal error: index of " + v.X.Type().String())
}

// load emits d = *addr.
func (c *compiler) load(d reg, a func(fr *frame) unsafe.Pointer) op {
	do := d.off
	switch d.c {
	case cW:
		switch d.t.Size() {
		case 1:
			return func(fr *frame) { *at[uint8](fr, do) = *(*uint8)(a(fr)) }
		case 4:
			return func(fr *frame) { *at[uint32](fr, do) = *(*uint32)(a(fr)) }
		case 8:
			return func(fr *frame) { *at[uint64](fr, do) = *(*uint64)(a(fr)) }
		}
	case cP:
		return func(fr *frame) { *at[unsafe.Pointer](fr, do) = *(*unsafe.Pointer)(a(fr)) }
	case cS:
		return func(fr *frame) { *at[string](fr, do) = *(*string)(a(fr)) }
	case cL:
		return func(fr *frame) { *at[[]byte](fr, do) = *(*[]byte)(a(fr)) }
	}
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

// store emits *addr = s.
func (c *compiler) store(a func(fr *frame) unsafe.Pointer, s reg) op {
	so := s.off
	if s.c == cW {
		switch s.t.Size() {
		case 1:
			return func(fr *frame) { *(*uint8)(a(fr)) = *at[uint8](fr, so) }
		case 4:
			return func(fr *frame) { *(*uint32)(a(fr)) = *at[uint32](fr, so) }
		case 8:
			return func(fr *frame) { *(*uint64)(a(fr)) = *at[uint64](fr, so) }
		}
	}
	if s.t.Size() == 0 {
		return func(fr *frame) {
			if a(fr) == nil {
				nilPanic()
			}
		}
	}
	cp := copier(s.t)
	return func(fr *frame) { p := a(fr); cp(p, fr.ptr(so)) }
}

// allocInstr makes a variable: on the heap, or in the frame when it does not escape.
func (c *compiler) allocInstr(x *ssa.Alloc) {
	d := c.reg(x)
	t := d.t.Elem()
	tp := rptr(t)
	if x.Heap {
		c.emit(func(fr *frame) { *at[unsafe.Pointer](fr, d.off) = unsafeNew(tp) })
		return
	}
	s := c.allocMemory(t)
	c.b.inits = append(c.b.inits, func(fr *frame) { *at[unsafe.Pointer](fr, d.off) = fr.ptr(s) })
	switch {
	case t.Size() == 0:
	case classOf(t) == cW:
		c.emit(func(fr *frame) { *at[uint64](fr, s) = 0 })
	default:
		zero := unsafeNew(tp)
		c.emit(func(fr *frame) { typedmemmove(tp, fr.ptr(s), zero) })
	}
}

// allocMemory lays out a variable of type t in the frame.
func (c *compiler) allocMemory(t reflect.Type) uintptr { return c.alloc(t).off }
