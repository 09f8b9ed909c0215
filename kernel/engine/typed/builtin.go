package typed

import (
	"fmt"
	"go/types"
	"reflect"
	"unsafe"

	"golang.org/x/tools/go/ssa"
)

// minmax is the builtin min or max over registers of one ordered type.
//
//go:noinline
func minmax[T ordered](mx bool, d uintptr, as []uintptr) op {
	return func(fr *frame) {
		v := *(*T)(fr.ptr(as[0]))
		for _, a := range as[1:] {
			if mx {
				v = max(v, *(*T)(fr.ptr(a)))
			} else {
				v = min(v, *(*T)(fr.ptr(a)))
			}
		}
		*(*T)(fr.ptr(d)) = v
	}
}

// builtin compiles a call of a builtin function; v is nil where its result is dropped.
func (c *compiler) builtin(b *ssa.Builtin, cc *ssa.CallCommon, v ssa.Value) op {
	var ar []reg
	for _, a := range cc.Args {
		if a.Type() == types.Typ[types.UntypedNil] {
			ar = append(ar, c.alloc(reflect.TypeFor[any]()))
			continue
		}
		ar = append(ar, c.reg(a))
	}
	var d reg
	if cc.Signature().Results().Len() == 1 {
		if v != nil {
			d = c.reg(v)
		} else {
			d = c.alloc(c.rt(cc.Signature().Results().At(0).Type()))
		}
	}
	if d.t == nil && v != nil {
		if t, ok := v.Type().(*types.Tuple); !ok || t.Len() > 0 {
			d = c.reg(v)
		}
	}
	do := d.off
	var a reg
	if len(ar) > 0 {
		a = ar[0]
	}
	ao := a.off
	switch b.Name() {
	case "len", "cap":
		isLen := b.Name() == "len"
		switch {
		case a.c == cS:
			return func(fr *frame) { *at[int](fr, do) = len(*at[string](fr, ao)) }
		case a.c == cL && isLen:
			return func(fr *frame) { *at[int](fr, do) = at[sliceHeader](fr, ao).len }
		case a.c == cL:
			return func(fr *frame) { *at[int](fr, do) = at[sliceHeader](fr, ao).cap }
		case a.t.Kind() == reflect.Pointer || a.t.Kind() == reflect.Array:
			n := 0
			if a.t.Kind() == reflect.Array {
				n = a.t.Len()
			} else {
				n = a.t.Elem().Len()
			}
			return func(fr *frame) { *at[int](fr, do) = n }
		case isLen:
			return func(fr *frame) { *at[int](fr, do) = fr.rv(a).Len() }
		}
		return func(fr *frame) { *at[int](fr, do) = fr.rv(a).Cap() }
	case "append":
		return c.appendOp(d, ar)
	case "copy":
		return c.copyOp(d, ar)
	case "delete":
		mt := rptr(a.t)
		k := ar[1].off
		return func(fr *frame) { mapdelete(mt, *at[unsafe.Pointer](fr, ao), fr.ptr(k)) }
	case "clear":
		return func(fr *frame) { fr.rv(a).Clear() }
	case "close":
		return func(fr *frame) { fr.rv(a).Close() }
	case "panic":
		return func(fr *frame) { panic(*at[any](fr, ao)) }
	case "print", "println":
		return func(fr *frame) { printOp(fr, ar, b.Name() == "println") }
	case "recover":
		return recoverOp(do)
	case "real", "imag":
		re := b.Name() == "real"
		if a.t.Kind() == reflect.Complex64 {
			o := ao
			if !re {
				o += 4
			}
			return func(fr *frame) { *at[float32](fr, do) = *at[float32](fr, o) }
		}
		o := ao
		if !re {
			o += 8
		}
		return func(fr *frame) { *at[float64](fr, do) = *at[float64](fr, o) }
	case "complex":
		bo := ar[1].off
		if d.t.Kind() == reflect.Complex64 {
			return func(fr *frame) { *at[complex64](fr, do) = complex(*at[float32](fr, ao), *at[float32](fr, bo)) }
		}
		return func(fr *frame) { *at[complex128](fr, do) = complex(*at[float64](fr, ao), *at[float64](fr, bo)) }
	case "min", "max":
		mx, as := b.Name() == "max", offsets(ar)
		return scalars[d.t.Kind()].minmax(mx, do, as)
	case "ssa:wrapnilchk":
		return func(fr *frame) {
			p := *at[unsafe.Pointer](fr, ao)
			if p == nil {
				panic(nilReceiver(fmt.Sprintf("value method %s.%s called using nil *%s pointer", *at[string](fr, ar[1].off), *at[string](fr, ar[2].off), *at[string](fr, ar[1].off))))
			}
			*at[unsafe.Pointer](fr, do) = p
		}
	case "ssa:deferstack":
		return func(fr *frame) { *at[*frame](fr, do) = fr }
	case "Add":
		n := intOf(ar[1])
		return func(fr *frame) { *at[unsafe.Pointer](fr, do) = unsafe.Add(*at[unsafe.Pointer](fr, ao), n(fr)) }
	case "Slice", "String":
		n := intOf(ar[1])
		return func(fr *frame) {
			*at[unsafe.Pointer](fr, do) = *at[unsafe.Pointer](fr, ao)
			k := n(fr)
			*at[int](fr, do+8) = k
			if d.c == cL {
				*at[int](fr, do+16) = k
			}
		}
	case "SliceData", "StringData":
		return func(fr *frame) { *at[unsafe.Pointer](fr, do) = *at[unsafe.Pointer](fr, ao) }
	}
	panic("typed: internal error: builtin " + b.Name())
}
