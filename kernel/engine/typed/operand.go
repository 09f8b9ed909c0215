package typed

import (
	"go/token"
	"go/types"
	"math"
	"reflect"
	"unsafe"

	"golang.org/x/tools/go/ssa"
)

type integer interface {
	int | int8 | int16 | int32 | int64 | uint | uint8 | uint16 | uint32 | uint64 | uintptr
}
type float interface{ float32 | float64 }
type complexNumber interface{ complex64 | complex128 }
type number interface {
	integer | float | complexNumber
}
type ordered interface{ integer | float | string }

// in is an operand of type T: an expression that computes it, a constant, or a register.
type in[T any] struct {
	val     func(fr *frame) T
	k       T
	isConst bool
	off     uintptr
}

// read is the expression of an operand, wherever it is.
func (x in[T]) read() func(fr *frame) T {
	k, o := x.k, x.off
	switch {
	case x.val != nil:
		return x.val
	case x.isConst:
		return func(fr *frame) T { return k }
	}
	return func(fr *frame) T { return *(*T)(fr.ptr(o)) }
}

// operand is where an instruction finds v.
func operand[T any](c *compiler, v ssa.Value) in[T] {
	if c.fused[v] {
		return in[T]{val: c.expr(v).(func(fr *frame) T)}
	}
	return in[T]{off: c.reg(v).off}
}

// rightOperand is operand for the second one of a pair, which may be a constant.
func rightOperand[T any](c *compiler, v ssa.Value) in[T] {
	if k, ok := v.(*ssa.Const); ok && k.Value != nil {
		var x T
		setConst(reflect.ValueOf(&x).Elem(), k.Value)
		return in[T]{k: x, isConst: true}
	}
	return operand[T](c, v)
}

// operands are both operands of x, exchanged where that puts a constant to the right.
func operands[T any](c *compiler, x *ssa.BinOp) (a, b in[T]) {
	l, r := x.X, x.Y
	if _, ok := l.(*ssa.Const); ok && isNumber(l.Type()) {
		switch x.Op {
		case token.ADD, token.MUL, token.AND, token.OR, token.XOR:
			l, r = r, l
		}
	}
	return operand[T](c, l), rightOperand[T](c, r)
}

// wordOf is a fused argument as the word that its register would hold.
func (c *compiler) wordOf(v ssa.Value) func(fr *frame) uint64 {
	switch f := c.expr(v).(type) {
	case func(fr *frame) int: // the same call to the processor
		return *(*func(fr *frame) uint64)(unsafe.Pointer(&f))
	case func(fr *frame) float64:
		return func(fr *frame) uint64 { return math.Float64bits(f(fr)) }
	}
	panic("typed: internal error: argument " + v.String())
}

// hasWord says whether wordOf knows values of a type.
func hasWord(t types.Type) bool {
	b, ok := t.Underlying().(*types.Basic)
	return ok && (b.Kind() == types.Int || b.Kind() == types.Int64 || b.Kind() == types.Float64)
}
