package typed

import (
	"reflect"
	"unsafe"

	"golang.org/x/tools/go/ssa"
)

func (c *compiler) makeMap(x *ssa.MakeMap) {
	d := c.reg(x)
	n := func(fr *frame) int { return 0 }
	if x.Reserve != nil {
		n = intOf(c.reg(x.Reserve))
	}
	c.emit(func(fr *frame) {
		*at[unsafe.Pointer](fr, d.off) = reflect.MakeMapWithSize(d.t, max(n(fr), 0)).UnsafePointer()
	})
}

func (c *compiler) mapUpdate(x *ssa.MapUpdate) {
	m, k, v := c.reg(x.Map), c.reg(x.Key), c.reg(x.Value)
	mt, cp := rptr(m.t), copier(v.t)
	mo, ko, vo := m.off, k.off, v.off
	c.emit(func(fr *frame) {
		p := mapassign(mt, *at[unsafe.Pointer](fr, mo), fr.ptr(ko))
		cp(p, fr.ptr(vo))
	})
}

func (c *compiler) lookup(x *ssa.Lookup) {
	m, k := c.reg(x.X), c.reg(x.Index)
	if m.c == cS {
		c.indexString(m, c.reg(x), k)
		return
	}
	var d, ok reg
	if x.CommaOk {
		t := c.tuple(x)
		d, ok = t[0], t[1]
	} else {
		d = c.reg(x)
	}
	if d.t == nil { // v, ok := m[k] with v unused
		d = c.alloc(m.t.Elem())
	}
	mt, cp := rptr(m.t), copier(d.t)
	zero := unsafeNew(rptr(d.t))
	mo, ko, do, oo := m.off, k.off, d.off, ok.off
	c.emit(func(fr *frame) {
		p, good := mapaccess2(mt, *at[unsafe.Pointer](fr, mo), fr.ptr(ko))
		if !good {
			p = zero
		}
		cp(fr.ptr(do), p)
		if oo != 0 {
			*at[bool](fr, oo) = good
		}
	})
}

// stringIter walks the runes of a string.
type stringIter struct {
	s string
	i int
}

func (c *compiler) rangeInit(x *ssa.Range) {
	s, d := c.reg(x.X), c.iterator(x)
	if s.c == cS {
		c.emit(func(fr *frame) {
			*at[unsafe.Pointer](fr, d.off) = unsafe.Pointer(&stringIter{s: *at[string](fr, s.off)})
		})
		return
	}
	c.emit(func(fr *frame) { *at[unsafe.Pointer](fr, d.off) = unsafe.Pointer(fr.rv(s).MapRange()) })
}

// iterator is the register of a range iterator; Next may be compiled before Range.
func (c *compiler) iterator(v ssa.Value) reg {
	r, ok := c.regs[v]
	if !ok {
		r = c.alloc(unsafePointerType)
		c.regs[v] = r
	}
	return r
}

func (c *compiler) next(x *ssa.Next) {
	it, t := c.iterator(x.Iter), c.tuple(x)
	if x.IsString {
		c.emit(func(fr *frame) { nextRune(fr, *at[*stringIter](fr, it.off), t) })
		return
	}
	c.emit(func(fr *frame) {
		mi := *at[*reflect.MapIter](fr, it.off)
		good := mi.Next()
		*at[bool](fr, t[0].off) = good
		if !good {
			return
		}
		if t[1].t != nil {
			fr.rv(t[1]).SetIterKey(mi)
		}
		if t[2].t != nil {
			fr.rv(t[2]).SetIterValue(mi)
		}
	})
}

func nextRune(fr *frame, si *stringIter, t []reg) {
	good := si.i < len(si.s)
	*at[bool](fr, t[0].off) = good
	if !good {
		return
	}
	for i, r := range si.s[si.i:] {
		if i > 0 {
			si.i += i
			return
		}
		if t[1].t != nil {
			*at[int](fr, t[1].off) = si.i
		}
		if t[2].t != nil {
			*at[rune](fr, t[2].off) = r
		}
	}
	si.i = len(si.s)
}
