package typed

import (
	"go/constant"
	"go/token"
	"reflect"

	"golang.org/x/tools/go/ssa"
)

// scalar compiles what is done with the values of one type; scalarOf is the only implementation. Types
// of the same representation share one.
type scalar interface {
	expr(c *compiler, v ssa.Value) any // a func(fr *frame) T
	assign(c *compiler, d uintptr, v ssa.Value) op
	store(c *compiler, p place, v ssa.Value) op
	condition(c *compiler, x *ssa.BinOp) func(fr *frame) bool
	conversion(to reflect.Kind) conversion
	minmax(mx bool, d uintptr, as []uintptr) op
}

type scalarOf[T any] struct {
	binary  func(o token.Token) (func(x, y in[T]) func(fr *frame) T, func(d uintptr, x, y in[T]) op)
	shift   func(o token.Token) (func(x in[T], y in[uint64]) func(fr *frame) T, func(d uintptr, x in[T], y in[uint64]) op)
	negate  func(x in[T]) func(fr *frame) T
	compare func(o token.Token) func(x, y in[T]) func(fr *frame) bool
	convert func(to reflect.Kind) conversion
	extreme func(mx bool, d uintptr, as []uintptr) op
}

var scalars map[reflect.Kind]scalar

// The table is filled here because its functions lead back to the compiler, which uses it.
func init() {
	word, uword := integerOf[int](), integerOf[uint]()
	scalars = map[reflect.Kind]scalar{
		reflect.Int: word, reflect.Int64: word, reflect.Uint: uword, reflect.Uint64: uword, reflect.Uintptr: uword,
		reflect.Int8: integerOf[int8](), reflect.Int16: integerOf[int16](), reflect.Int32: integerOf[int32](),
		reflect.Uint8: integerOf[uint8](), reflect.Uint16: integerOf[uint16](), reflect.Uint32: integerOf[uint32](),
		reflect.Float32:    scalarOf[float32]{numberOp[float32], nil, negate[float32], compareOp[float32], conversionFrom[float32], minmax[float32]},
		reflect.Float64:    scalarOf[float64]{numberOp[float64], nil, negate[float64], compareOp[float64], conversionFrom[float64], minmax[float64]},
		reflect.Complex64:  scalarOf[complex64]{binary: numberOp[complex64], negate: negate[complex64], convert: complexConversion[complex64]},
		reflect.Complex128: scalarOf[complex128]{binary: numberOp[complex128], negate: negate[complex128], convert: complexConversion[complex128]},
		reflect.String:     scalarOf[string]{binary: stringOp, compare: compareOp[string], extreme: minmax[string]},
		reflect.Bool:       scalarOf[bool]{},
	}
}

func integerOf[T integer]() scalar {
	return scalarOf[T]{integerOp[T], shiftOp[T], negate[T], compareOp[T], conversionFrom[T], minmax[T]}
}

// scalar finds the compiler of a type; nil for what is not scalar.
func (c *compiler) scalar(v ssa.Value) scalar { return scalars[c.rt(v.Type()).Kind()] }

// expr is the expression of a fused value: a func(fr *frame) T.
func (c *compiler) expr(v ssa.Value) any { return c.scalar(v).expr(c, v) }

func (s scalarOf[T]) expr(c *compiler, v ssa.Value) any {
	switch x := v.(type) {
	case *ssa.BinOp:
		if isShift(x.Op) {
			e, _ := s.shift(x.Op)
			return e(operand[T](c, x.X), c.shiftCount(x.Y))
		}
		a, b := operands[T](c, x)
		e, _ := s.binary(x.Op)
		return e(a, b)
	case *ssa.UnOp:
		if x.Op == token.MUL {
			return loadExpr[T](c.place(x.X))
		}
		return s.unary(c, x)
	case *ssa.Convert:
		return c.scalar(x.X).conversion(c.rt(x.Type()).Kind()).expr(c, x.X)
	}
	panic("typed: internal error: expression " + v.String())
}

func (s scalarOf[T]) assign(c *compiler, d uintptr, v ssa.Value) op {
	switch x := v.(type) {
	case *ssa.BinOp:
		if isShift(x.Op) {
			_, to := s.shift(x.Op)
			return to(d, operand[T](c, x.X), c.shiftCount(x.Y))
		}
		a, b := operands[T](c, x)
		if _, to := s.binary(x.Op); to != nil {
			return to(d, a, b)
		}
	case *ssa.UnOp:
		if x.Op == token.MUL {
			return loadTo[T](d, c.place(x.X))
		}
		return assignTo(d, s.unary(c, x))
	}
	panic("typed: internal error: operator in " + v.String())
}

// unary is -x, or ^x, which is x exclusive or minus one.
func (s scalarOf[T]) unary(c *compiler, x *ssa.UnOp) func(fr *frame) T {
	if x.Op == token.SUB {
		return s.negate(operand[T](c, x.X))
	}
	ones := in[T]{isConst: true}
	reflect.ValueOf(&ones.k).Elem().Set(reflect.ValueOf(-1).Convert(reflect.TypeFor[T]()))
	xor, _ := s.binary(token.XOR)
	return xor(operand[T](c, x.X), ones)
}

func (s scalarOf[T]) store(c *compiler, p place, v ssa.Value) op {
	return storeTo(p, rightOperand[T](c, v))
}

func (s scalarOf[T]) condition(c *compiler, x *ssa.BinOp) func(fr *frame) bool {
	if s.compare == nil {
		return nil
	}
	return s.compare(x.Op)(operand[T](c, x.X), rightOperand[T](c, x.Y))
}

func (s scalarOf[T]) conversion(to reflect.Kind) conversion {
	if s.convert == nil {
		return nil
	}
	return s.convert(to)
}

func (s scalarOf[T]) minmax(mx bool, d uintptr, as []uintptr) op { return s.extreme(mx, d, as) }

//go:noinline
func assignTo[T any](d uintptr, f func(fr *frame) T) op {
	return func(fr *frame) { *(*T)(fr.ptr(d)) = f(fr) }
}

//go:noinline
func negate[T number](x in[T]) func(fr *frame) T {
	a, f := x.off, x.val
	if f != nil {
		return func(fr *frame) T { return -f(fr) }
	}
	return func(fr *frame) T { return -*(*T)(fr.ptr(a)) }
}

// stringOp is the one operator of strings.
func stringOp(o token.Token) (func(x, y in[string]) func(fr *frame) string, func(d uintptr, x, y in[string]) op) {
	return nil, func(d uintptr, x, y in[string]) op {
		a, b, k := x.off, y.off, y.k
		if y.isConst {
			return func(fr *frame) { *at[string](fr, d) = *at[string](fr, a) + k }
		}
		return func(fr *frame) { *at[string](fr, d) = *at[string](fr, a) + *at[string](fr, b) }
	}
}

func isShift(o token.Token) bool { return o == token.SHL || o == token.SHR }

// shiftCount is the second operand of a shift. A negative one raises the run time's own error.
func (c *compiler) shiftCount(v ssa.Value) in[uint64] {
	if k, ok := v.(*ssa.Const); ok && k.Value != nil && constant.Sign(k.Value) >= 0 {
		return rightOperand[uint64](c, v)
	}
	r := c.reg(v)
	if r.t.Kind() == reflect.Uint || r.t.Kind() == reflect.Uint64 || r.t.Kind() == reflect.Uintptr {
		return in[uint64]{off: r.off}
	}
	f := intOf(r)
	return in[uint64]{val: func(fr *frame) uint64 {
		y := f(fr)
		if y < 0 {
			_ = 1 << y
		}
		return uint64(y)
	}}
}
