package typed

//go:generate go run gen/arith.go

import (
	"go/token"

	"golang.org/x/tools/go/ssa"
)

func (c *compiler) binop(x *ssa.BinOp) op {
	d := c.reg(x).off
	if cond := c.condition(x); cond != nil {
		return assignTo(d, cond)
	}
	return c.scalar(x.X).assign(c, d, x)
}

func (c *compiler) unop(x *ssa.UnOp) op {
	d := c.reg(x).off
	if x.Op == token.NOT {
		a := c.reg(x.X).off
		return func(fr *frame) { *at[bool](fr, d) = !*at[bool](fr, a) }
	}
	return c.scalar(x).assign(c, d, x)
}
