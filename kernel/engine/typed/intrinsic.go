package typed

import (
	"fmt"
	"reflect"
	"runtime"
	"sync/atomic"
	"unsafe"

	"golang.org/x/tools/go/ssa"
)

func storePointer(p *unsafe.Pointer, v unsafe.Pointer) { atomic.StorePointer(p, v) }

// compiledFunc is the compiled function behind an SSA function without a body.
func (w *world) compiledFunc(sf *ssa.Function) reflect.Value {
	o := sf.Object()
	if len(sf.Blocks) > 0 || sf.Signature.Recv() != nil || o == nil || o.Pkg() == nil {
		return reflect.Value{}
	}
	if !w.program {
		if v, ok := contained[o.Pkg().Path()+"."+o.Name()]; ok {
			return v
		}
	}
	if v := w.symbol(o.Pkg(), o.Name()); v.IsValid() && v.Kind() == reflect.Func {
		return v
	}
	return reflect.Value{}
}

// external finds the implementation of a function without a body.
func (sp *space) external(sf *ssa.Function, ar, rr []reg) op {
	w := sp.w
	name := sf.RelString(nil)
	if o := sf.Origin(); o != nil {
		name = o.RelString(nil)
	}
	if o := w.intrinsic(sf, name, ar, rr); o != nil {
		return o
	}
	if sf.Name() == "init" && len(ar) == 0 {
		return func(fr *frame) {}
	}
	if r := sf.Signature.Recv(); r != nil {
		t := w.types.of(r.Type())
		if t.Kind() == reflect.Interface {
			return func(fr *frame) { reflectCall(fr.rv(ar[0]).MethodByName(sf.Name()), fr, ar[1:], rr) }
		}
		if m, ok := t.MethodByName(sf.Name()); ok {
			return nativeCall(m.Func, ar, rr)
		}
	} else if v := w.compiledFunc(sf); v.IsValid() {
		return nativeCall(v, ar, rr)
	}
	return func(fr *frame) { panic(fmt.Errorf("typed: %s is not available in interpreted code", name)) }
}

// intrinsic implements what neither compiled code nor interpreted source can.
func (w *world) intrinsic(sf *ssa.Function, name string, ar, rr []reg) op {
	switch name {
	case "runtime.Goexit":
		return func(fr *frame) { runtime.Goexit() }
	}
	if !w.program {
		return cellIntrinsic(name, ar, rr)
	}
	return nil
}

// methodIntrinsic implements Method and MethodByName of reflect.Type, through whatever interface
// they are called: for a type of a cell they return a Func that reflect cannot call. next is the
// plain call.
func (w *world) methodIntrinsic(cc *ssa.CallCommon, rcv reg, rr []reg, next op) op {
	n := cc.Method.Name()
	if n != "Method" && n != "MethodByName" || len(rr) == 0 || rr[0].t != reflect.TypeFor[reflect.Method]() {
		return next
	}
	value := toEface(rcv)
	return func(fr *frame) {
		next(fr)
		m := at[reflect.Method](fr, rr[0].off)
		if t, ok := value(fr).(reflect.Type); ok && m.Func.IsValid() {
			*m = w.callable(t, *m)
		}
	}
}

// callable gives a method of a cell's type a Func that goes through the method's entry point.
func (w *world) callable(t reflect.Type, m reflect.Method) reflect.Method {
	w.mu.Lock()
	ours := w.types.declared(t) != nil
	w.mu.Unlock()
	if !ours || t.Kind() == reflect.Interface {
		return m
	}
	m.Func = reflect.MakeFunc(m.Type, func(a []reflect.Value) []reflect.Value {
		f := a[0].Method(m.Index)
		if m.Type.IsVariadic() {
			return f.CallSlice(a[1:])
		}
		return f.Call(a[1:])
	})
	return m
}
