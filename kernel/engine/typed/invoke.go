package typed

import (
	"go/types"
	"reflect"
	"unsafe"

	"golang.org/x/tools/go/ssa"
)

// methodCache is an entry of the inline cache of one interface call: what the method of a dynamic
// type is. Entries never change; the newest comes first.
type methodCache struct {
	word    unsafe.Pointer // the interface's first word
	f       *function      // nil for a method of a compiled type
	kind    receiverKind
	params  []uintptr // where the method has its parameters, without the receiver
	results []uintptr
	next    *methodCache
	depth   int // of the entries behind this one
}

// receiverKind is how a method gets its receiver from the data word of an interface.
type receiverKind uint8

const (
	behindWord receiverKind = iota // it lies where the word points
	theWord                        // it is the word
	wordBehind                     // it is the one word without pointers that lies where the word points
	noReceiver                     // it has no size
)

func newMethodCache(word unsafe.Pointer, t reflect.Type, f *function) *methodCache {
	mc := &methodCache{word: word, f: f}
	if f == nil {
		return mc
	}
	mc.params, mc.results = offsets(f.params[1:]), offsets(f.results)
	switch {
	case direct(t):
		mc.kind = theWord
	case t.Size() == 0:
		mc.kind = noReceiver
	case t.Size() == 8 && !hasPointers(t):
		mc.kind = wordBehind
	}
	return mc
}

// hasPointers says whether a value of type t holds pointers.
func hasPointers(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Struct:
		for f := range t.Fields() {
			if hasPointers(f.Type) {
				return true
			}
		}
		return false
	case reflect.Array:
		return t.Len() > 0 && hasPointers(t.Elem())
	case reflect.Complex64, reflect.Complex128:
		return false
	}
	return classOf(t) != cW
}

// receive copies the receiver into the frame of the method.
func (mc *methodCache) receive(nf *frame, data unsafe.Pointer) {
	r := &mc.f.params[0]
	switch mc.kind {
	case theWord:
		*at[unsafe.Pointer](nf, r.off) = data
	case wordBehind:
		*at[uint64](nf, r.off) = *(*uint64)(data)
	case behindWord:
		typedmemmove(rptr(r.t), nf.ptr(r.off), data)
	}
}

// maxCached is how many dynamic types one call remembers.
const maxCached = 4

// itabFun is the offset of the method table in an itab.
const itabFun = 24

// interfaceCall finds methods for the calls of one method of one interface type.
type interfaceCall struct {
	sp    *space
	m     *types.Func
	rcv   reg
	index int // of the method in the interface
	cache unsafe.Pointer
}

func (c *compiler) interfaceCall(cc *ssa.CallCommon) *interfaceCall {
	ic := &interfaceCall{sp: c.f.sp, m: cc.Method, rcv: c.reg(cc.Value), index: -1}
	for i := range ic.rcv.t.NumMethod() {
		if ic.rcv.t.Method(i).Name == cc.Method.Name() {
			ic.index = i
		}
	}
	return ic
}

func (ic *interfaceCall) find(w *eface) *methodCache {
	if w.typ == nil {
		nilPanic()
	}
	head := (*methodCache)(loadPointer(&ic.cache))
	for mc := head; mc != nil; mc = mc.next {
		if mc.word == w.typ {
			return mc
		}
	}
	t := reflect.TypeOf(ifaceToEface(unsafe.Pointer(w)))
	mc := newMethodCache(w.typ, t, ic.sp.findMethod(t, ic.m))
	if head != nil && head.depth+1 < maxCached {
		mc.next, mc.depth = head, head.depth+1
	}
	storePointer(&ic.cache, unsafe.Pointer(mc))
	return mc
}

// pass copies receiver and arguments to the frame of the method.
func (ic *interfaceCall) pass(mc *methodCache, nf, fr *frame, as []slot) {
	mc.receive(nf, at[eface](fr, ic.rcv.off).data)
	pass(nf, fr, as, 1)
}

func (c *compiler) invoke(cc *ssa.CallCommon, ar, rr []reg) op {
	ic := c.interfaceCall(cc)
	compiled := c.invokeCompiled(ic, cc, ar, rr)
	as, rs := slots(ar), slots(rr)
	wrapper := c.f.wrapper
	if m := makerOf(as, rs); m.method != nil && !wrapper {
		return m.method(ic, compiled, &callShape{args: as, results: rs})
	}
	return func(fr *frame) {
		mc := ic.find(at[eface](fr, ic.rcv.off))
		if mc.f == nil {
			compiled(fr)
			return
		}
		nf := fr.push(mc.f)
		ic.pass(mc, nf, fr, as)
		if wrapper {
			nf.deferrer = fr.deferrer
		}
		nf.run()
		nf.deferrer = nil
		take(fr, nf, rs)
	}
}

// invokeCompiled calls a method of a compiled type through the itab, or by reflection.
func (c *compiler) invokeCompiled(ic *interfaceCall, cc *ssa.CallCommon, ar, rr []reg) op {
	word := c.alloc(unsafePointerType)
	pr := append([]reg{word}, ar...)
	sc := shapeCall(pr, rr)
	ao, ro := offsets(pr), offsets(rr)
	return c.f.sp.w.methodIntrinsic(cc, ic.rcv, rr, func(fr *frame) {
		w := at[eface](fr, ic.rcv.off)
		if sc != nil && ic.index >= 0 {
			*at[unsafe.Pointer](fr, word.off) = w.data
			sc(unsafe.Add(w.typ, itabFun+8*ic.index), fr, ao, ro)
			return
		}
		reflectCall(fr.rv(ic.rcv).Method(ic.index), fr, ar, rr)
	})
}

func (c *compiler) detachedInvoke(cc *ssa.CallCommon) func(fr *frame, g *gor) func(by *frame) {
	ic := c.interfaceCall(cc)
	ar, rr := c.callRegs(cc, nil)
	as := slots(ar)
	compiled := c.snapshot(c.invokeCompiled(ic, cc, ar, rr))
	return func(fr *frame, g *gor) func(by *frame) {
		mc := ic.find(at[eface](fr, ic.rcv.off))
		if mc.f == nil {
			return compiled(fr, g)
		}
		nf := mc.f.newFrame(g)
		ic.pass(mc, nf, fr, as)
		return ready(nf)
	}
}

type methodKey struct {
	t  reflect.Type
	id string
}

// findMethod returns the interpreted method of a dynamic type, or nil for compiled types.
func (sp *space) findMethod(t reflect.Type, m *types.Func) *function {
	k := methodKey{t, m.Id()}
	if f, ok := sp.methods.Load(k); ok {
		return f.(*function)
	}
	w := sp.w
	w.mu.Lock()
	defer w.mu.Unlock()
	var f *function
	if gt := sp.declaredType(t); gt != nil {
		if sel := types.NewMethodSet(gt).Lookup(m.Pkg(), m.Name()); sel != nil {
			if sf := w.prog.MethodValue(sel); sf != nil && len(sf.Blocks) > 0 {
				f = sp.function(sf)
			}
		}
	}
	sp.methods.Store(k, f)
	return f
}

// declared is the type that t was made from, or nil for a compiled type.
func (c *typeTable) declared(t reflect.Type) types.Type {
	gt := c.rev[t]
	if gt == nil && t.Kind() == reflect.Pointer {
		if el := c.rev[t.Elem()]; el != nil {
			gt = types.NewPointer(el)
		}
	}
	return gt
}

// declaredType is declared for the code of this space.
func (sp *space) declaredType(t reflect.Type) types.Type {
	if n, ok := sp.declared[t]; ok {
		return n
	}
	if t.Kind() == reflect.Pointer {
		if n, ok := sp.declared[t.Elem()]; ok {
			return types.NewPointer(n)
		}
	}
	return sp.w.types.declared(t)
}
