package typed

import (
	"go/types"
	"reflect"
	"unsafe"

	"golang.org/x/tools/go/ssa"
)

// pass copies arguments from the registers of fr to the callee's frame, behind its first skip ones.
func pass(nf, fr *frame, args []slot, skip int) {
	ps := nf.body.f.params[skip:]
	for i, a := range args {
		if a.val != nil {
			*at[uint64](nf, ps[i].off) = a.val(fr)
			continue
		}
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
	if len(args) == len(f.params) && len(res) == len(f.results) {
		if m := makerOf(args, res); m.static != nil {
			return m.static(f, &callShape{args, res, offsets(f.params), offsets(f.results)})
		}
	}
	return func(fr *frame) {
		nf := fr.push(f)
		pass(nf, fr, args, 0)
		nf.run()
		take(fr, nf, res)
	}
}

// dynamicCall compiles a call of the func value in register fo.
func (c *compiler) dynamicCall(cc *ssa.CallCommon, ar, rr []reg) op {
	fo := c.reg(cc.Value).off
	compiled := callCompiled(fo, c.rt(cc.Value.Type()), ar, rr)
	args, res, wrapper := slots(ar), slots(rr), c.f.wrapper
	if m := makerOf(args, res); m.dynamic != nil && !wrapper {
		ps, rs := c.layout(cc.Signature())
		return m.dynamic(fo, compiled, &callShape{args, res, ps, rs})
	}
	return func(fr *frame) {
		cl := ours(*at[unsafe.Pointer](fr, fo))
		if cl == nil {
			compiled(fr)
			return
		}
		nf := fr.push(cl.target)
		pass(nf, fr, args, 0)
		cl.bind(nf)
		if wrapper {
			nf.deferrer = fr.deferrer
		}
		nf.run()
		nf.deferrer = nil
		take(fr, nf, res)
	}
}

// layout is where a function of a signature has its parameters and results.
func (c *compiler) layout(sig *types.Signature) (params, results []uintptr) {
	var fields []reflect.StructField
	off := unsafe.Sizeof(frame{})
	for v := range sig.Params().Variables() {
		params = append(params, layOut(&fields, &off, c.rt(v.Type())).off)
	}
	for v := range sig.Results().Variables() {
		results = append(results, layOut(&fields, &off, c.rt(v.Type())).off)
	}
	return
}

// callCompiled compiles a call of the func value in register fo when it is compiled code.
func callCompiled(fo uintptr, ft reflect.Type, ar, rr []reg) op {
	if sc := shapeCall(ar, rr); sc != nil {
		ao, ro := offsets(ar), offsets(rr)
		return func(fr *frame) { sc(*at[unsafe.Pointer](fr, fo), fr, ao, ro) }
	}
	return func(fr *frame) { reflectCall(reflect.NewAt(ft, fr.ptr(fo)).Elem(), fr, ar, rr) }
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
	return ar, c.resultRegs(cc, v)
}

func (c *compiler) resultRegs(cc *ssa.CallCommon, v ssa.Value) (rr []reg) {
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

func (c *compiler) call(cc *ssa.CallCommon, v ssa.Value) op { return c.noted(cc, c.plainCall(cc, v)) }

func (c *compiler) plainCall(cc *ssa.CallCommon, v ssa.Value) op {
	if b, ok := cc.Value.(*ssa.Builtin); ok {
		return c.builtin(b, cc, v)
	}
	if sf, ok := cc.Value.(*ssa.Function); ok && len(sf.Blocks) > 0 {
		var args []slot
		for _, a := range cc.Args {
			if c.fused[a] {
				args = append(args, slot{val: c.wordOf(a)})
			} else {
				args = append(args, slotOf(c.reg(a)))
			}
		}
		return staticCall(c.f.sp.function(sf), args, slots(c.resultRegs(cc, v)), c.f.wrapper)
	}
	ar, rr := c.callRegs(cc, v)
	switch f := cc.Value.(type) {
	case *ssa.Function:
		return c.f.sp.external(f, ar, rr)
	default:
		if cc.IsInvoke() {
			return c.invoke(cc, ar, rr)
		}
		return c.dynamicCall(cc, ar, rr)
	}
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
	compiled := c.snapshot(callCompiled(fo, c.rt(cc.Value.Type()), ar, rr))
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
