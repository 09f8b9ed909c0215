package typed

import (
	"go/types"
	"math"
	"reflect"
	"unsafe"

	"golang.org/x/tools/go/ssa"
)

func (c *compiler) index(x *ssa.Index) {
	s, d, ir := c.reg(x.X), c.reg(x), c.reg(x.Index)
	idx := intOf(ir)
	if s.c == cS {
		c.indexString(s, d, ir)
		return
	}
	n, sz, cp := s.t.Len(), s.t.Elem().Size(), copier(d.t)
	c.emit(func(fr *frame) {
		i := idx(fr)
		if uint(i) >= uint(n) {
			boundsPanic(fr, ir, n, boundsIndex)
		}
		cp(fr.ptr(d.off), fr.ptr(s.off+uintptr(i)*sz))
	})
}

func (c *compiler) indexString(s, d, ir reg) {
	idx := intOf(ir)
	c.emit(func(fr *frame) {
		str, i := *at[string](fr, s.off), idx(fr)
		if uint(i) >= uint(len(str)) {
			boundsPanic(fr, ir, len(str), boundsIndex)
		}
		*at[byte](fr, d.off) = str[i]
	})
}

// sliceOp is a slice expression: its bounds, where they are written.
type sliceOp struct {
	lo, hi, mx    func(fr *frame) int
	rlo, rhi, rmx reg
	made          bool // make with a constant capacity, which go/ssa writes as a slice of an array
}

func (c *compiler) sliceOp(x *ssa.Slice) (o sliceOp) {
	bound := func(v ssa.Value) (func(fr *frame) int, reg) {
		if v == nil {
			return nil, reg{}
		}
		r := c.reg(v)
		return intOf(r), r
	}
	o.lo, o.rlo = bound(x.Low)
	o.hi, o.rhi = bound(x.High)
	o.mx, o.rmx = bound(x.Max)
	if a, ok := x.X.(*ssa.Alloc); ok && a.Comment == "makeslice" {
		o.made = true
	}
	return o
}

// bounds evaluates the bounds for an operand of length n and capacity k.
func (o *sliceOp) bounds(fr *frame, n, k int) (l, r, m int) {
	r, m = n, k
	if o.lo != nil {
		l = o.lo(fr)
	}
	if o.hi != nil {
		r = o.hi(fr)
	}
	if o.mx != nil {
		m = o.mx(fr)
	}
	return
}

// fail raises the error of bounds that are known to be wrong. Arrays and strings report their
// length where slices report their capacity.
func (o *sliceOp) fail(fr *frame, l, r, m, k int, fixed bool) {
	if o.made {
		_ = make([]byte, r, k)
	}
	length, length3 := boundsSliceCap, boundsSlice3Cap
	if fixed {
		length, length3 = boundsSliceLen, boundsSlice3Len
	}
	switch {
	case o.mx != nil && uint(m) > uint(k):
		boundsPanic(fr, o.rmx, k, length3)
	case o.mx != nil && uint(r) > uint(m):
		boundsPanic(fr, o.rhi, m, boundsSlice3High)
	case o.mx != nil:
		boundsPanic(fr, o.rlo, r, boundsSlice3Low)
	case o.hi != nil && uint(r) > uint(k):
		boundsPanic(fr, o.rhi, k, length)
	}
	boundsPanic(fr, o.rlo, r, boundsSliceLow)
}

// tooLong is the array that go/ssa allocates for a make with a constant capacity, when no array can
// be so long; nil for any other value.
func (c *compiler) tooLong(v ssa.Value) *types.Array {
	x, ok := v.(*ssa.Alloc)
	if !ok || x.Comment != "makeslice" {
		return nil
	}
	a, ok := deref(x.Type()).Underlying().(*types.Array)
	if !ok || a.Len() <= longest(c.rt(a.Elem()).Size()) {
		return nil
	}
	return a
}

// longest is how many elements of a size memory can hold.
func longest(size uintptr) int64 {
	if size == 0 {
		return math.MaxInt64
	}
	return int64(1<<47) / int64(size)
}

// makeTooLong raises the run time's error for make.
func makeTooLong(n, k, limit int) {
	if n < 0 || n > limit {
		_ = make([]int64, max(n, 1<<60))
	}
	if k < n || k > limit {
		_ = make([]int64, 0, max(k, 1<<60))
	}
}

func (c *compiler) slice(x *ssa.Slice) {
	if a := c.tooLong(x.X); a != nil {
		n, k, limit := func(*frame) int { return int(a.Len()) }, int(a.Len()), int(longest(c.rt(a.Elem()).Size()))
		if x.High != nil {
			n = intOf(c.reg(x.High))
		}
		c.emit(func(fr *frame) { makeTooLong(n(fr), k, limit) })
		return
	}
	s, d, o := c.reg(x.X), c.reg(x), c.sliceOp(x)
	if s.c == cS {
		c.emit(func(fr *frame) {
			str := *at[string](fr, s.off)
			l, r, _ := o.bounds(fr, len(str), len(str))
			if uint(r) > uint(len(str)) || uint(l) > uint(r) {
				o.fail(fr, l, r, 0, len(str), true)
			}
			*at[string](fr, d.off) = str[l:r]
		})
		return
	}
	sz := d.t.Elem().Size()
	arr := -1
	if s.c == cP {
		arr = s.t.Elem().Len()
	}
	c.emit(func(fr *frame) {
		var h sliceHeader
		if arr >= 0 {
			p := *at[unsafe.Pointer](fr, s.off)
			_ = *(*byte)(p)
			h = sliceHeader{p, arr, arr}
		} else {
			h = *at[sliceHeader](fr, s.off)
		}
		l, r, m := o.bounds(fr, h.len, h.cap)
		if uint(m) > uint(h.cap) || uint(r) > uint(m) || uint(l) > uint(r) {
			o.fail(fr, l, r, m, h.cap, arr >= 0)
		}
		p := h.p
		if m-l > 0 {
			p = unsafe.Add(p, uintptr(l)*sz)
		}
		*at[sliceHeader](fr, d.off) = sliceHeader{p, r - l, m - l}
	})
}

func (c *compiler) makeSlice(x *ssa.MakeSlice) {
	d, l, cp := c.reg(x), intOf(c.reg(x.Len)), intOf(c.reg(x.Cap))
	et, sz := rptr(d.t.Elem()), d.t.Elem().Size()
	limit := int(longest(sz))
	c.emit(func(fr *frame) {
		n, k := l(fr), cp(fr)
		makeTooLong(n, k, limit)
		*at[sliceHeader](fr, d.off) = sliceHeader{unsafeNewArray(et, k), n, k}
	})
}

func (c *compiler) sliceToArray(x *ssa.SliceToArrayPointer) {
	d, s := c.reg(x), c.reg(x.X)
	n := d.t.Elem().Len()
	c.emit(func(fr *frame) {
		h := at[sliceHeader](fr, s.off)
		if h.len < n {
			panic(boundsPanicValue(int64(n), h.len, true, boundsConvert))
		}
		*at[unsafe.Pointer](fr, d.off) = h.p
	})
}

func (c *compiler) appendOp(d reg, ar []reg) op {
	do, ao := d.off, ar[0].off
	if len(ar) == 1 {
		return move(d, ar[0])
	}
	bo := ar[1].off
	if ar[1].c == cS {
		return func(fr *frame) { *at[[]byte](fr, do) = append(*at[[]byte](fr, ao), *at[string](fr, bo)...) }
	}
	et := d.t.Elem()
	ep, sz, cp := rptr(et), et.Size(), copier(et)
	return func(fr *frame) {
		s, t := *at[sliceHeader](fr, ao), *at[sliceHeader](fr, bo)
		if t.len == 0 {
			*at[sliceHeader](fr, do) = s
			return
		}
		n := s.len
		if uint(n+t.len) > uint(s.cap) {
			s = growslice(s.p, n+t.len, s.cap, t.len, ep)
		}
		s.len = n + t.len
		if t.len == 1 && sz > 0 {
			cp(unsafe.Add(s.p, uintptr(n)*sz), t.p)
		} else {
			typedslicecopy(ep, sliceHeader{unsafe.Add(s.p, uintptr(n)*sz), t.len, t.len}, t)
		}
		*at[sliceHeader](fr, do) = s
	}
}

func (c *compiler) copyOp(d reg, ar []reg) op {
	do, ao, bo := d.off, ar[0].off, ar[1].off
	if ar[1].c == cS {
		return func(fr *frame) { *at[int](fr, do) = copy(*at[[]byte](fr, ao), *at[string](fr, bo)) }
	}
	if ar[0].t.Elem().Size() == 0 {
		return func(fr *frame) { *at[int](fr, do) = reflect.Copy(fr.rv(ar[0]), fr.rv(ar[1])) }
	}
	ep := rptr(ar[0].t.Elem())
	return func(fr *frame) {
		*at[int](fr, do) = typedslicecopy(ep, *at[sliceHeader](fr, ao), *at[sliceHeader](fr, bo))
	}
}
