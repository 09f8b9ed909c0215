package typed

import (
	"go/token"
	"reflect"

	"golang.org/x/tools/go/ssa"
)

type integer interface {
	int | int8 | int16 | int32 | int64 | uint | uint8 | uint16 | uint32 | uint64 | uintptr
}
type float interface{ float32 | float64 }
type complexNumber interface{ complex64 | complex128 }
type ordered interface{ integer | float | string }

//go:noinline
func arith[T integer | float | complexNumber](o token.Token, d, a, b uintptr) op {
	switch o {
	case token.ADD:
		return func(fr *frame) { *at[T](fr, d) = *at[T](fr, a) + *at[T](fr, b) }
	case token.SUB:
		return func(fr *frame) { *at[T](fr, d) = *at[T](fr, a) - *at[T](fr, b) }
	case token.MUL:
		return func(fr *frame) { *at[T](fr, d) = *at[T](fr, a) * *at[T](fr, b) }
	case token.QUO:
		return func(fr *frame) { *at[T](fr, d) = *at[T](fr, a) / *at[T](fr, b) }
	}
	return nil
}

func intArith[T integer](o token.Token, d, a, b uintptr) op {
	switch o {
	case token.REM:
		return func(fr *frame) { *at[T](fr, d) = *at[T](fr, a) % *at[T](fr, b) }
	case token.AND:
		return func(fr *frame) { *at[T](fr, d) = *at[T](fr, a) & *at[T](fr, b) }
	case token.OR:
		return func(fr *frame) { *at[T](fr, d) = *at[T](fr, a) | *at[T](fr, b) }
	case token.XOR:
		return func(fr *frame) { *at[T](fr, d) = *at[T](fr, a) ^ *at[T](fr, b) }
	case token.AND_NOT:
		return func(fr *frame) { *at[T](fr, d) = *at[T](fr, a) &^ *at[T](fr, b) }
	}
	return arith[T](o, d, a, b)
}

//go:noinline
func shift[T integer](o token.Token, d, a uintptr, y func(fr *frame) uint64) op {
	if o == token.SHL {
		return func(fr *frame) { *at[T](fr, d) = *at[T](fr, a) << y(fr) }
	}
	return func(fr *frame) { *at[T](fr, d) = *at[T](fr, a) >> y(fr) }
}

func shiftCount(r reg) func(fr *frame) uint64 {
	o := r.off
	switch r.t.Kind() {
	case reflect.Uint8:
		return func(fr *frame) uint64 { return uint64(*at[uint8](fr, o)) }
	case reflect.Uint16:
		return func(fr *frame) uint64 { return uint64(*at[uint16](fr, o)) }
	case reflect.Uint32:
		return func(fr *frame) uint64 { return uint64(*at[uint32](fr, o)) }
	case reflect.Uint, reflect.Uint64, reflect.Uintptr:
		return func(fr *frame) uint64 { return *at[uint64](fr, o) }
	}
	f := intOf(r)
	return func(fr *frame) uint64 {
		y := f(fr)
		if y < 0 {
			_ = 1 << y // the run time's own error
		}
		return uint64(y)
	}
}

func (c *compiler) binop(x *ssa.BinOp) op {
	if cond := c.condition(x); cond != nil {
		d := c.reg(x).off
		return func(fr *frame) { *at[bool](fr, d) = cond(fr) }
	}
	dr, ar, br := c.reg(x), c.reg(x.X), c.reg(x.Y)
	d, a, b := dr.off, ar.off, br.off
	if x.Op == token.SHL || x.Op == token.SHR {
		y := shiftCount(br)
		switch ar.t.Kind() {
		case reflect.Int, reflect.Int64:
			return shift[int](x.Op, d, a, y)
		case reflect.Int8:
			return shift[int8](x.Op, d, a, y)
		case reflect.Int16:
			return shift[int16](x.Op, d, a, y)
		case reflect.Int32:
			return shift[int32](x.Op, d, a, y)
		case reflect.Uint, reflect.Uint64, reflect.Uintptr:
			return shift[uint](x.Op, d, a, y)
		case reflect.Uint8:
			return shift[uint8](x.Op, d, a, y)
		case reflect.Uint16:
			return shift[uint16](x.Op, d, a, y)
		case reflect.Uint32:
			return shift[uint32](x.Op, d, a, y)
		}
	}
	switch ar.t.Kind() {
	case reflect.Int, reflect.Int64:
		return intArith[int](x.Op, d, a, b)
	case reflect.Int8:
		return intArith[int8](x.Op, d, a, b)
	case reflect.Int16:
		return intArith[int16](x.Op, d, a, b)
	case reflect.Int32:
		return intArith[int32](x.Op, d, a, b)
	case reflect.Uint, reflect.Uint64, reflect.Uintptr:
		return intArith[uint](x.Op, d, a, b)
	case reflect.Uint8:
		return intArith[uint8](x.Op, d, a, b)
	case reflect.Uint16:
		return intArith[uint16](x.Op, d, a, b)
	case reflect.Uint32:
		return intArith[uint32](x.Op, d, a, b)
	case reflect.Float32:
		return arith[float32](x.Op, d, a, b)
	case reflect.Float64:
		return arith[float64](x.Op, d, a, b)
	case reflect.Complex64:
		return arith[complex64](x.Op, d, a, b)
	case reflect.Complex128:
		return arith[complex128](x.Op, d, a, b)
	case reflect.String:
		return func(fr *frame) { *at[string](fr, d) = *at[string](fr, a) + *at[string](fr, b) }
	}
	panic("typed: internal error: operator in " + x.String())
}

//go:noinline
func negate[T float | complexNumber](d, a uintptr) op {
	return func(fr *frame) { *at[T](fr, d) = -*at[T](fr, a) }
}

func (c *compiler) unop(x *ssa.UnOp) op {
	dr, ar := c.reg(x), c.reg(x.X)
	d, a := dr.off, ar.off
	switch x.Op {
	case token.NOT:
		return func(fr *frame) { *at[bool](fr, d) = !*at[bool](fr, a) }
	case token.SUB:
		switch ar.t.Kind() {
		case reflect.Float32:
			return negate[float32](d, a)
		case reflect.Float64:
			return negate[float64](d, a)
		case reflect.Complex64:
			return negate[complex64](d, a)
		case reflect.Complex128:
			return negate[complex128](d, a)
		}
		// Two's complement: the low bits are right for every width.
		return func(fr *frame) { *at[int](fr, d) = -*at[int](fr, a) }
	case token.XOR:
		return func(fr *frame) { *at[int](fr, d) = ^*at[int](fr, a) }
	}
	panic("typed: internal error: operator in " + x.String())
}
