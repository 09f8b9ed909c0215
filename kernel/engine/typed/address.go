package typed

import (
	"go/types"
	"math"
	"reflect"
	"slices"
	"unsafe"

	"golang.org/x/tools/go/ssa"
)

// place is where a load reads and a store writes. The commonest kinds are known to the closures that
// use them; for the others addr computes the address.
type place struct {
	kind   placeKind
	base   uintptr // register of the pointer or the slice
	offset uintptr // of the field
	index  uintptr // register of the index
	size   uintptr // of an element
	addr   func(fr *frame) unsafe.Pointer
}

type placeKind uint8

const (
	inAddr  placeKind = iota
	inPtr             // behind a pointer in a register
	inField           // a field of the struct behind it
	inSlice           // an element of a slice in a register, with an int index in another
)

// place finds the place behind a pointer: a fused address computation, or one in a register.
func (c *compiler) place(v ssa.Value) place {
	if c.fused[v] {
		switch v := v.(type) {
		case *ssa.FieldAddr:
			return c.field(v)
		case *ssa.IndexAddr:
			return c.element(v)
		case *ssa.UnOp:
			return place{addr: loadExpr[unsafe.Pointer](c.place(v.X))}
		}
		panic("typed: internal error: address " + v.String())
	}
	return place{kind: inPtr, base: c.reg(v).off}
}

// address computes the address of a place.
func (p place) address() func(fr *frame) unsafe.Pointer {
	o, fo, x, sz := p.base, p.offset, p.index, p.size
	switch p.kind {
	case inPtr:
		return func(fr *frame) unsafe.Pointer { return *at[unsafe.Pointer](fr, o) }
	case inField:
		return func(fr *frame) unsafe.Pointer {
			p := *at[unsafe.Pointer](fr, o)
			_ = *(*byte)(p)
			return unsafe.Add(p, fo)
		}
	case inSlice:
		return func(fr *frame) unsafe.Pointer {
			s, i := at[sliceHeader](fr, o), *at[int](fr, x)
			if uint(i) >= uint(s.len) {
				indexPanic(i, s.len)
			}
			return unsafe.Add(s.p, uintptr(i)*sz)
		}
	}
	return p.addr
}

func (c *compiler) field(v *ssa.FieldAddr) place {
	st := c.rt(v.X.Type().Underlying().(*types.Pointer).Elem())
	fo := st.Field(v.Field).Offset
	x := c.place(v.X)
	switch {
	case x.kind == inPtr:
		return place{kind: inField, base: x.base, offset: fo}
	case x.kind == inField: // a field of a field
		x.offset += fo
		return x
	}
	a := x.address()
	return place{addr: func(fr *frame) unsafe.Pointer {
		p := a(fr)
		_ = *(*byte)(p)
		return unsafe.Add(p, fo)
	}}
}

func indexPanic(i, n int) { panic(boundsPanicValue(int64(i), n, true, boundsIndex)) }

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

// element is the place of an element of a slice or of an array behind a pointer.
func (c *compiler) element(v *ssa.IndexAddr) place {
	if t, ok := v.X.Type().Underlying().(*types.Pointer); ok {
		a := t.Elem().Underlying().(*types.Array)
		return place{addr: c.arrayElement(v, c.rt(a.Elem()).Size(), int(a.Len()))}
	}
	sz := c.rt(v.X.Type().Underlying().(*types.Slice).Elem()).Size()
	if c.fused[v.X] { // a slice in memory, which is not copied to a register
		return place{addr: c.elementOf(c.place(v.X.(*ssa.UnOp).X).address(), v, sz)}
	}
	xo := c.reg(v.X).off
	if !c.fused[v.Index] {
		if ir := c.reg(v.Index); isInt(ir.t) {
			return place{kind: inSlice, base: xo, index: ir.off, size: sz}
		}
	}
	return place{addr: c.elementOf(func(fr *frame) unsafe.Pointer { return fr.ptr(xo) }, v, sz)}
}

// elementOf indexes the slice whose header is where header says.
func (c *compiler) elementOf(header func(fr *frame) unsafe.Pointer, v *ssa.IndexAddr, sz uintptr) func(fr *frame) unsafe.Pointer {
	if c.fused[v.Index] {
		index := c.expr(v.Index).(func(fr *frame) int)
		return func(fr *frame) unsafe.Pointer {
			s := (*sliceHeader)(header(fr))
			n, i := s.len, index(fr)
			if uint(i) >= uint(n) {
				indexPanic(i, n)
			}
			return unsafe.Add(s.p, uintptr(i)*sz)
		}
	}
	ir := c.reg(v.Index)
	if isInt(ir.t) {
		io := ir.off
		return func(fr *frame) unsafe.Pointer {
			s, i := (*sliceHeader)(header(fr)), *at[int](fr, io)
			if uint(i) >= uint(s.len) {
				indexPanic(i, s.len)
			}
			return unsafe.Add(s.p, uintptr(i)*sz)
		}
	}
	index := intOf(ir)
	return func(fr *frame) unsafe.Pointer {
		s, i := (*sliceHeader)(header(fr)), index(fr)
		if uint(i) >= uint(s.len) {
			boundsPanic(fr, ir, s.len, boundsIndex)
		}
		return unsafe.Add(s.p, uintptr(i)*sz)
	}
}

func (c *compiler) arrayElement(v *ssa.IndexAddr, sz uintptr, n int) func(fr *frame) unsafe.Pointer {
	array := c.place(v.X).address()
	if c.fused[v.Index] {
		index := c.expr(v.Index).(func(fr *frame) int)
		return func(fr *frame) unsafe.Pointer {
			p, i := array(fr), index(fr)
			if uint(i) >= uint(n) {
				indexPanic(i, n)
			}
			_ = *(*byte)(p)
			return unsafe.Add(p, uintptr(i)*sz)
		}
	}
	ir := c.reg(v.Index)
	index := intOf(ir)
	return func(fr *frame) unsafe.Pointer {
		p, i := array(fr), index(fr)
		if uint(i) >= uint(n) {
			boundsPanic(fr, ir, n, boundsIndex)
		}
		_ = *(*byte)(p)
		return unsafe.Add(p, uintptr(i)*sz)
	}
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
	case t.Size() == 0 || filledNext(x):
	case classOf(t) == cW:
		c.emit(func(fr *frame) { *at[uint64](fr, s) = 0 })
	default:
		zero := unsafeNew(tp)
		c.emit(func(fr *frame) { typedmemmove(tp, fr.ptr(s), zero) })
	}
}

// filledNext says whether a variable gets its first value from the next instruction, as parameters do.
func filledNext(x *ssa.Alloc) bool {
	instrs := x.Block().Instrs
	i := slices.Index(instrs, ssa.Instruction(x))
	if i+1 >= len(instrs) {
		return false
	}
	st, ok := instrs[i+1].(*ssa.Store)
	return ok && st.Addr == x
}

// allocMemory lays out a variable of type t in the frame.
func (c *compiler) allocMemory(t reflect.Type) uintptr { return c.alloc(t).off }
