package typed

import "unsafe"

// A func value whose parameters and result are integer words, such as a comparison for sort.Slice,
// is a Go closure of that shape instead of a reflect.MakeFunc object: compiled code then enters
// interpreted code without reflection. Its one captured variable lies where makeFunc has stack,
// and is the closure itself.

//go:noinline
func adaptW(c *closure) func(a uint64) uint64 {
	return func(a uint64) uint64 { return c.callWords(a, 0) }
}

//go:noinline
func adaptWW(c *closure) func(a, b uint64) uint64 {
	return func(a, b uint64) uint64 { return c.callWords(a, b) }
}

// The code addresses of the adapters, by which their closures are recognised.
var adapterW, adapterWW uintptr

func init() {
	f, g := adaptW(nil), adaptWW(nil)
	adapterW, adapterWW = **(**uintptr)(unsafe.Pointer(&f)), **(**uintptr)(unsafe.Pointer(&g))
	// The layout of closures is the compiler's business: refuse to run on a release that changed it.
	probe := &closure{}
	h := adaptW(probe)
	if w := *(**makeFunc)(unsafe.Pointer(&h)); *(*unsafe.Pointer)(unsafe.Add(unsafe.Pointer(w), unsafe.Offsetof(w.stack))) != unsafe.Pointer(probe) {
		panic("typed: closures have another layout in this Go release")
	}
}

// adapterFor is the code address of the adapter for a function, 0 for none.
func adapterFor(f *function) uintptr {
	switch shapeKey(f.params) + ":" + shapeKey(f.results) {
	case "W:W":
		return adapterW
	case "WW:W":
		return adapterWW
	}
	return 0
}

// callWords is callReflect for integer words.
func (c *closure) callWords(a, b uint64) uint64 {
	g := arrive()
	defer g.run.depart()
	out, p, ok := g.enterWords(c, a, b)
	if !ok {
		g.escape(p, c.target.sp.w)
		return 0
	}
	gorPool.Put(g)
	return out
}

func (g *gor) enterWords(c *closure, a, b uint64) (out uint64, p any, ok bool) {
	defer g.caughtAtEntry(&p, &ok)
	f := c.target
	fr := g.root.push(f)
	*at[uint64](fr, f.params[0].off) = a
	if len(f.params) > 1 {
		*at[uint64](fr, f.params[1].off) = b
	}
	c.bind(fr)
	fr.run()
	out = *at[uint64](fr, f.results[0].off)
	return out, nil, true
}
