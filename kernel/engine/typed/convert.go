package typed

import (
	"reflect"

	"golang.org/x/tools/go/ssa"
)

// conversion compiles conversions from one scalar type to another.
type conversion interface {
	expr(c *compiler, from ssa.Value) any
	assign(c *compiler, d uintptr, from ssa.Value) op
}

type realNumber interface{ integer | float }

type realConversion[A, B realNumber] struct{}

func (realConversion[A, B]) expr(c *compiler, from ssa.Value) any {
	return convExpr[A, B](operand[A](c, from))
}

func (realConversion[A, B]) assign(c *compiler, d uintptr, from ssa.Value) op {
	return convTo[A, B](d, operand[A](c, from))
}

//go:noinline
func convExpr[A, B realNumber](x in[A]) func(fr *frame) B {
	a, f := x.off, x.val
	if f != nil {
		return func(fr *frame) B { return B(f(fr)) }
	}
	return func(fr *frame) B { return B(*(*A)(fr.ptr(a))) }
}

//go:noinline
func convTo[A, B realNumber](d uintptr, x in[A]) op {
	a, f := x.off, x.val
	if f != nil {
		return func(fr *frame) { *(*B)(fr.ptr(d)) = B(f(fr)) }
	}
	return func(fr *frame) { *(*B)(fr.ptr(d)) = B(*(*A)(fr.ptr(a))) }
}

func conversionFrom[A realNumber](to reflect.Kind) conversion {
	switch to {
	case reflect.Int, reflect.Int64:
		return realConversion[A, int]{}
	case reflect.Int8:
		return realConversion[A, int8]{}
	case reflect.Int16:
		return realConversion[A, int16]{}
	case reflect.Int32:
		return realConversion[A, int32]{}
	case reflect.Uint, reflect.Uint64, reflect.Uintptr:
		return realConversion[A, uint]{}
	case reflect.Uint8:
		return realConversion[A, uint8]{}
	case reflect.Uint16:
		return realConversion[A, uint16]{}
	case reflect.Uint32:
		return realConversion[A, uint32]{}
	case reflect.Float32:
		return realConversion[A, float32]{}
	case reflect.Float64:
		return realConversion[A, float64]{}
	}
	return nil
}

type complexConv[A, B complexNumber] struct{}

func (complexConv[A, B]) expr(c *compiler, from ssa.Value) any {
	a := c.reg(from).off
	return func(fr *frame) B { return B(*(*A)(fr.ptr(a))) }
}

func (x complexConv[A, B]) assign(c *compiler, d uintptr, from ssa.Value) op {
	return assignTo(d, x.expr(c, from).(func(fr *frame) B))
}

func complexConversion[A complexNumber](to reflect.Kind) conversion {
	if to == reflect.Complex64 {
		return complexConv[A, complex64]{}
	}
	return complexConv[A, complex128]{}
}

func (c *compiler) convert(x ssa.Value, from ssa.Value) op {
	dr := c.reg(x)
	k := dr.t.Kind()
	if s := c.scalar(from); s != nil {
		if cv := s.conversion(k); cv != nil {
			return cv.assign(c, dr.off, from)
		}
	}
	ar := c.reg(from)
	d, a := dr.off, ar.off
	switch ar.t.Kind() {
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
