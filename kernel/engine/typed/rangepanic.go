package typed

import (
	"go/constant"

	"golang.org/x/tools/go/ssa"
)

// The values of the variable in which go/ssa keeps the state of a loop over a function.
const (
	rangeBusy = -1 // the body runs, or has panicked
	rangeDone = -2
)

// rangePanic compiles the panics that go/ssa writes for iterators that misbehave: they become the
// run time's own errors. ok is false for any other panic.
func (c *compiler) rangePanic(x *ssa.Panic) (o op, ok bool) {
	mi, isMake := x.X.(*ssa.MakeInterface)
	if !isMake || x.Pos().IsValid() {
		return nil, false
	}
	text, isConst := mi.X.(*ssa.Const)
	if !isConst || text.Value == nil || text.Value.Kind() != constant.String {
		return nil, false
	}
	switch constant.StringVal(text.Value) {
	case "yield function called after range loop exit":
		preds := x.Block().Preds
		if len(preds) != 1 {
			return nil, false
		}
		branch, _ := preds[0].Instrs[len(preds[0].Instrs)-1].(*ssa.If)
		if branch == nil {
			return nil, false
		}
		cmp, _ := branch.Cond.(*ssa.BinOp)
		if cmp == nil {
			return nil, false
		}
		state := operand[int](c, cmp.X).read()
		return func(fr *frame) {
			switch state(fr) {
			case rangeBusy:
				yieldAfterPanic()
			case rangeDone:
				yieldAfterExit()
			default:
				yieldAfterBreak()
			}
		}, true
	case "iterator call did not preserve panic":
		return func(*frame) { swallowPanic() }, true
	}
	return nil, false
}

// These misuse an iterator, for the error that a compiled program gets.

func yieldAfterBreak() {
	for range func(yield func() bool) { yield(); yield() } {
		break
	}
}

func yieldAfterExit() {
	var kept func() bool
	for range func(yield func() bool) { kept = yield } {
	}
	kept()
}

func yieldAfterPanic() {
	for range func(yield func() bool) {
		func() {
			defer func() { _ = recover() }()
			yield()
		}()
		yield()
	} {
		panic("")
	}
}

func swallowPanic() {
	for range func(yield func() bool) {
		defer func() { _ = recover() }()
		yield()
	} {
		panic("")
	}
}
