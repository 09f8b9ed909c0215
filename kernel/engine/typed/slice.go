package typed

import (
	"reflect"
	"unsafe"

	"golang.org/x/tools/go/ssa"
)

func (c *compiler) index(x *ssa.Index) {
	s, d, idx := c.reg(x.X), c.reg(x), intOf(c.reg(x.Index))
	if s.c == cS {
		c.emit(func(fr *frame) { *at[byte](fr, d.off) = (*at[string](fr, s.off))[idx(fr)] })
		return
	}
	n, sz, cp := s.t.Len(), s.t.Elem().Size(), copier(d.t)
	c.emit(func(fr *frame) {
		i := idx(fr)
		if uint(i) >= uint(n) {
			boundsPanic(i, n)
		}
		cp(fr.ptr(d.off), fr.ptr(s.off+uintptr(i)*sz))
	})
}

// bound reads an optional bound of a slice expression.
func (c *compiler) bound(v ssa.Value) func(fr *frame) int {
	if v == nil {
		return nil
	}
	return intOf(c.reg(v))
}

func (c *compiler) slice(x *ssa.Slice) {
	s, d := c.reg(x.X), c.reg(x)
	lo, hi, mx := c.bound(x.Low), c.bound(x.High), c.bound(x.Max)
	if s.c == cS {
		c.emit(func(fr *frame) {
			str := *at[string](fr, s.off)
			switch {
			case lo == nil && hi == nil:
			case lo == nil:
				str = str[:hi(fr)]
			case hi == nil:
				str = str[lo(fr):]
			default:
				str = str[lo(fr):hi(fr)]
			}
			*at[string](fr, d.off) = str
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
		l, r, m := 0, h.len, h.cap
		if lo != nil {
			l = lo(fr)
		}
		if hi != nil {
			r = hi(fr)
		}
		if mx != nil {
			m = mx(fr)
		}
		if uint(m) > uint(h.cap) || uint(r) > uint(m) || uint(l) > uint(r) {
			slicePanic(h, arr >= 0, lo != nil, hi != nil, mx != nil, l, r, m)
		}
		p := h.p
		if m-l > 0 {
			p = unsafe.Add(p, uintptr(l)*sz)
		}
		*at[sliceHeader](fr, d.off) = sliceHeader{p, r - l, m - l}
	})
}

// slicePanic raises the run time's own error for bounds that are known to be wrong.
func slicePanic(h sliceHeader, array, lo, hi, mx bool, l, r, m int) {
	z := unsafe.Slice((*struct{})(nonNil), h.cap)[:h.len]
	switch {
	case mx:
		_ = z[l:r:m]
	case !hi:
		_ = z[l:]
	case array: // the compiler reports an array's length where it reports a slice's capacity
		arraySlicePanic(l, r, h.len)
	case !lo:
		_ = z[:r]
	}
	_ = z[l:r]
}

// arraySlicePanic: slicing a string words its errors as slicing an array does.
func arraySlicePanic(l, r, n int) {
	s := unsafe.String((*byte)(nonNil), n)
	_ = s[l:r]
}

func (c *compiler) makeSlice(x *ssa.MakeSlice) {
	d, l, cp := c.reg(x), intOf(c.reg(x.Len)), intOf(c.reg(x.Cap))
	et, sz := rptr(d.t.Elem()), d.t.Elem().Size()
	limit := int(uint(1<<47) / uint(max(sz, 1)))
	if sz == 0 {
		limit = int(^uint(0) >> 1)
	}
	c.emit(func(fr *frame) {
		n, k := l(fr), cp(fr)
		if n < 0 || n > limit {
			_ = make([]int64, max(n, 1<<60))
		}
		if k < n || k > limit {
			_ = make([]int64, 0, max(k, 1<<60))
		}
		*at[sliceHeader](fr, d.off) = sliceHeader{unsafeNewArray(et, k), n, k}
	})
}

func (c *compiler) sliceToArray(x *ssa.SliceToArrayPointer) {
	d, s := c.reg(x), c.reg(x.X)
	n := d.t.Elem().Len()
	c.emit(func(fr *frame) {
		h := at[sliceHeader](fr, s.off)
		if h.len < n {
			arrayPanic(h.len, n)
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
		if n+t.len > s.cap {
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
