package typed

import (
	"reflect"

	"golang.org/x/tools/go/ssa"
)

//go:noinline
func conv[A, B integer | float](d, a uintptr) op {
	return func(fr *frame) { *at[B](fr, d) = B(*at[A](fr, a)) }
}

func convFrom[A integer | float](k reflect.Kind, d, a uintptr) op {
	switch k {
	case reflect.Int, reflect.Int64:
		return conv[A, int](d, a)
	case reflect.Int8:
		return conv[A, int8](d, a)
	case reflect.Int16:
		return conv[A, int16](d, a)
	case reflect.Int32:
		return conv[A, int32](d, a)
	case reflect.Uint, reflect.Uint64, reflect.Uintptr:
		return conv[A, uint](d, a)
	case reflect.Uint8:
		return conv[A, uint8](d, a)
	case reflect.Uint16:
		return conv[A, uint16](d, a)
	case reflect.Uint32:
		return conv[A, uint32](d, a)
	case reflect.Float32:
		return conv[A, float32](d, a)
	case reflect.Float64:
		return conv[A, float64](d, a)
	}
	return nil
}

func (c *compiler) convert(x ssa.Value, from ssa.Value) op {
	dr, ar := c.reg(x), c.reg(from)
	d, a := dr.off, ar.off
	k := dr.t.Kind()
	var o op
	switch ar.t.Kind() {
	case reflect.Int, reflect.Int64:
		o = convFrom[int](k, d, a)
	case reflect.Int8:
		o = convFrom[int8](k, d, a)
	case reflect.Int16:
		o = convFrom[int16](k, d, a)
	case reflect.Int32:
		o = convFrom[int32](k, d, a)
	case reflect.Uint, reflect.Uint64, reflect.Uintptr:
		o = convFrom[uint](k, d, a)
	case reflect.Uint8:
		o = convFrom[uint8](k, d, a)
	case reflect.Uint16:
		o = convFrom[uint16](k, d, a)
	case reflect.Uint32:
		o = convFrom[uint32](k, d, a)
	case reflect.Float32:
		o = convFrom[float32](k, d, a)
	case reflect.Float64:
		o = convFrom[float64](k, d, a)
	case reflect.Complex64:
		if k == reflect.Complex128 {
			o = func(fr *frame) { *at[complex128](fr, d) = complex128(*at[complex64](fr, a)) }
		}
	case reflect.Complex128:
		if k == reflect.Complex64 {
			o = func(fr *frame) { *at[complex64](fr, d) = complex64(*at[complex128](fr, a)) }
		}
	case reflect.String:
		if k == reflect.Slice {
			if dr.t.Elem().Kind() == reflect.Uint8 {
				return func(fr *frame) { *at[[]byte](fr, d) = []byte(*at[string](fr, a)) }
			}
			return func(fr *frame) { *at[[]rune](fr, d) = []rune(*at[string](fr, a)) }
		}
	case reflect.Slice:
		if k == reflect.String {
			if ar.t.Elem().Kind() == reflect.Uint8 {
				return func(fr *frame) { *at[string](fr, d) = string(*at[[]byte](fr, a)) }
			}
			return func(fr *frame) { *at[string](fr, d) = string(*at[[]rune](fr, a)) }
		}
	}
	if o != nil {
		return o
	}
	if k == reflect.String {
		if f := intOf(ar); ar.c == cW {
			return func(fr *frame) {
				i := f(fr)
				if i < 0 || i > 0x10ffff {
					i = 0xfffd
				}
				*at[string](fr, d) = string(rune(i))
			}
		}
	}
	if ar.c == cW && dr.c == cP || ar.c == cP && dr.c == cW {
		return func(fr *frame) { *at[uintptr](fr, d) = *at[uintptr](fr, a) }
	}
	if dr.c == ar.c {
		return move(dr, ar)
	}
	panic("typed: internal error: convert " + ar.t.String() + " to " + dr.t.String())
}
