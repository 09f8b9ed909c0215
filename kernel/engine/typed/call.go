package typed

import (
	"reflect"
	"unsafe"

	"golang.org/x/tools/go/ssa"
)

// pass copies arguments from the registers of fr to the callee's frame, behind its first skip ones.
func pass(nf, fr *frame, args []slot, skip int) {
	ps := nf.body.f.params[skip:]
	for i, a := range args {
		copySlot(a.c, a.t, nf.ptr(ps[i].off), fr.ptr(a.off))
	}
}

// take copies the results from the callee's frame.
func take(fr, nf *frame, res []slot) {
	rs := nf.body.f.results
	for i, r := range res {
		copySlot(r.c, r.t, fr.ptr(r.off), nf.ptr(rs[i].off))
	}
}

// staticCall compiles a call of a known function.
func staticCall(f *function, args, res []slot, wrapper bool) op {
	if wrapper {
		return func(fr *frame) {
			nf := fr.push(f)
			pass(nf, fr, args, 0)
			nf.deferrer = fr.deferrer
			nf.run()
			nf.deferrer = nil
			take(fr, nf, res)
		}
	}
	if o := fastCall(f, args, res); o != nil {
		return o
	}
	return func(fr *frame) {
		nf := fr.push(f)
		pass(nf, fr, args, 0)
		nf.run()
		take(fr, nf, res)
	}
}

// dynamicCall compiles a call of the func value in register fo.
func dynamicCall(fo uintptr, ft reflect.Type, args, res []slot, ar, rr []reg, wrapper bool) op {
	sc := shapeCall(ar, rr)
	ao, ro := offsets(ar), offsets(rr)
	return func(fr *frame) {
		p := *at[unsafe.Pointer](fr, fo)
		if p == nil {
			nilPanic()
		}
		if c := ours(p); c != nil {
			nf := fr.push(c.target)
			pass(nf, fr, args, 0)
			c.bind(nf)
			if wrapper {
				nf.deferrer = fr.deferrer
			}
			nf.run()
			nf.deferrer = nil
			take(fr, nf, res)
			return
		}
		if sc != nil {
			sc(p, fr, ao, ro)
			return
		}
		reflectCall(reflect.NewAt(ft, unsafe.Pointer(&p)).Elem(), fr, ar, rr)
	}
}

// reflectCall calls a compiled function of an uncommon shape.
func reflectCall(fv reflect.Value, fr *frame, ar, rr []reg) {
	in := make([]reflect.Value, len(ar))
	for i, r := range ar {
		in[i] = fr.rv(r)
	}
	var out []reflect.Value
	if fv.Type().IsVariadic() {
		out = fv.CallSlice(in)
	} else {
		out = fv.Call(in)
	}
	for i, r := range rr {
		fr.rv(r).Set(out[i])
	}
}

// callRegs are the operand and result registers of a call.
func (c *compiler) callRegs(cc *ssa.CallCommon, v ssa.Value) (ar, rr []reg) {
	for _, a := range cc.Args {
		ar = append(ar, c.reg(a))
	}
	res := cc.Signature().Results()
	switch {
	case res.Len() == 0:
	case v == nil: // the results are dropped
		for i := range res.Len() {
			rr = append(rr, c.alloc(c.rt(res.At(i).Type())))
		}
	case res.Len() == 1:
		rr = []reg{c.reg(v)}
	default:
		rr = c.tuple(v)
	}
	return
}

func (c *compiler) call(cc *ssa.CallCommon, v ssa.Value) op {
	if b, ok := cc.Value.(*ssa.Builtin); ok {
		return c.builtin(b, cc, v)
	}
	ar, rr := c.callRegs(cc, v)
	if cc.IsInvoke() {
		return c.invoke(cc, ar, rr)
	}
	if sf, ok := cc.Value.(*ssa.Function); ok {
		if len(sf.Blocks) == 0 {
			return c.f.sp.external(sf, ar, rr)
		}
		return staticCall(c.f.sp.function(sf), slots(ar), slots(rr), c.f.wrapper)
	}
	return dynamicCall(c.reg(cc.Value).off, c.rt(cc.Value.Type()), slots(ar), slots(rr), ar, rr, c.f.wrapper)
}

// detached evaluates the operands of a go or defer statement now and returns the call to run
// later, on goroutine g.
func (c *compiler) detached(cc *ssa.CallCommon) func(fr *frame, g *gor) func(by *frame) {
	if b, ok := cc.Value.(*ssa.Builtin); ok {
		return c.snapshot(c.builtin(b, cc, nil))
	}
	if cc.IsInvoke() {
		return c.detachedInvoke(cc)
	}
	ar, rr := c.callRegs(cc, nil)
	as := slots(ar)
	if sf, ok := cc.Value.(*ssa.Function); ok {
		if len(sf.Blocks) == 0 {
			return c.snapshot(c.f.sp.external(sf, ar, rr))
		}
		f := c.f.sp.function(sf)
		return func(fr *frame, g *gor) func(by *frame) {
			nf := f.newFrame(g)
			pass(nf, fr, as, 0)
			return ready(nf)
		}
	}
	fo := c.reg(cc.Value).off
	compiled := c.snapshot(dynamicCall(fo, c.rt(cc.Value.Type()), as, slots(rr), ar, rr, c.f.wrapper))
	return func(fr *frame, g *gor) func(by *frame) {
		p := *at[unsafe.Pointer](fr, fo)
		if p == nil {
			if g != fr.g {
				panic(goNil{})
			}
			return func(*frame) { nilPanic() }
		}
		if cl := ours(p); cl != nil {
			nf := cl.target.newFrame(g)
			pass(nf, fr, as, 0)
			cl.bind(nf)
			return ready(nf)
		}
		return compiled(fr, g)
	}
}

type goNil struct{}

func (goNil) Error() string { return "go of nil func value" }
func (goNil) RuntimeError() {}

// ready returns the call of a frame that was filled before.
func ready(nf *frame) func(by *frame) {
	return func(by *frame) {
		if by != nil {
			by.place(nf)
		} else {
			nf.g.root.place(nf)
		}
		nf.deferrer = by
		nf.run()
		nf.deferrer = nil
	}
}

// snapshot runs o later on a copy of the frame, which keeps the operands as they are now.
func (c *compiler) snapshot(o op) func(fr *frame, g *gor) func(by *frame) {
	return func(fr *frame, g *gor) func(by *frame) {
		t := rptr(fr.body.rtype)
		snap := (*frame)(unsafeNew(t))
		typedmemmove(t, unsafe.Pointer(snap), unsafe.Pointer(fr))
		snap.g, snap.callee = g, noFrame
		return func(by *frame) {
			snap.deferrer = by
			o(snap)
		}
	}
}
