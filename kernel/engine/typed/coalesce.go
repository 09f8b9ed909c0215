package typed

import (
	"go/token"

	"golang.org/x/tools/go/ssa"
)

// coalesce gives values the register they would be moved to, where that is plainly safe: results
// that a return statement computes, and the values that loop variables have in the next round.
func (c *compiler) coalesce() {
	for _, b := range c.f.sf.Blocks {
		switch last := b.Instrs[len(b.Instrs)-1].(type) {
		case *ssa.Return:
			if c.b.hasDefer {
				continue // a recovered panic must not see a result that was not returned
			}
			for i, r := range last.Results {
				if v := c.movable(r, b); v != nil {
					c.shareResult(v, i)
				}
			}
		case *ssa.Jump:
			c.coalescePhis(b, b.Succs[0])
		}
	}
}

func (c *compiler) shareResult(v ssa.Value, i int) {
	t := c.rt(v.Type())
	if r := c.f.results[i]; classOf(t) == r.c && t.Size() == r.t.Size() {
		c.regs[v] = reg{r.off, r.c, t}
	}
}

// movable returns v when it is computed in block b by an instruction that reads all operands
// before it writes its result, and is used once.
func (c *compiler) movable(v ssa.Value, b *ssa.BasicBlock) ssa.Value {
	in, ok := v.(ssa.Instruction)
	if !ok || in.Block() != b {
		return nil
	}
	if refs := v.Referrers(); refs == nil || len(*refs) != 1 {
		return nil
	}
	switch v := v.(type) {
	case *ssa.BinOp, *ssa.Convert:
		return v
	case *ssa.UnOp:
		if v.Op != token.ARROW && !v.CommaOk {
			return v
		}
	case *ssa.Call:
		if _, builtin := v.Call.Value.(*ssa.Builtin); !builtin && v.Call.Signature().Results().Len() == 1 {
			return v
		}
	}
	return nil
}

// coalescePhis lets values that block b computes for phis of its successor be computed in place.
func (c *compiler) coalescePhis(b, to *ssa.BasicBlock) {
	idx := -1
	for i, p := range to.Preds {
		if p == b {
			idx = i
		}
	}
	for _, in := range to.Instrs {
		phi, ok := in.(*ssa.Phi)
		if !ok {
			return
		}
		v := c.movable(phi.Edges[idx], b)
		if v == nil || c.regs[v].t != nil || classOf(c.rt(phi.Type())) == cX || c.usedAfter(phi, v, b, to, idx) {
			continue
		}
		r := c.reg(phi)
		c.regs[v] = reg{r.off, r.c, c.rt(v.Type())}
	}
}

// usedAfter says whether the old value of phi is read after v has been computed: by a later
// instruction of the block, or for another phi.
func (c *compiler) usedAfter(phi *ssa.Phi, v ssa.Value, b, to *ssa.BasicBlock, idx int) bool {
	def := v.(ssa.Instruction)
	after := false
	for _, in := range b.Instrs {
		if in == def {
			after = true
			continue
		}
		if v, ok := in.(ssa.Value); ok && c.fused[v] {
			continue // what it reads, its user does
		}
		if after && c.reads(in, phi) {
			return true
		}
	}
	for _, in := range to.Instrs {
		other, ok := in.(*ssa.Phi)
		if !ok {
			break
		}
		if other != phi && c.sameRegister(other.Edges[idx], phi) {
			return true
		}
	}
	return false
}

// reads says whether an instruction, with the values fused into it, reads the register of phi.
func (c *compiler) reads(in ssa.Instruction, phi *ssa.Phi) bool {
	var buf [16]*ssa.Value
	for _, p := range in.Operands(buf[:0]) {
		if *p == nil {
			continue
		}
		if c.sameRegister(*p, phi) || c.fused[*p] && c.reads((*p).(ssa.Instruction), phi) {
			return true
		}
	}
	return false
}

// sameRegister: a change of type does not copy.
func (c *compiler) sameRegister(v ssa.Value, phi *ssa.Phi) bool {
	for {
		ct, ok := v.(*ssa.ChangeType)
		if !ok {
			return v == ssa.Value(phi)
		}
		v = ct.X
	}
}

// Comparisons of ints that a branch makes itself.
var intBranches = map[token.Token]blockKind{
	token.LSS: bIfLess, token.LEQ: bIfLessEqual, token.GTR: bIfLess, token.GEQ: bIfLessEqual, token.EQL: bIfEqual, token.NEQ: bIfNotEqual,
}

// branch compiles the condition of a block's end.
func (c *compiler) branch(k *block, cond ssa.Value) {
	if !c.fused[cond] {
		o := c.reg(cond).off
		k.cond = func(fr *frame) bool { return *at[bool](fr, o) }
		return
	}
	x, ok := cond.(*ssa.BinOp)
	switch {
	case !ok:
		k.cond = c.expr(cond).(func(fr *frame) bool)
	case !c.intBranch(k, x):
		k.cond = c.condition(x)
	}
}

// intBranch compiles the branch on a comparison of ints in registers into the block itself.
func (c *compiler) intBranch(k *block, x *ssa.BinOp) bool {
	kind, ok := intBranches[x.Op]
	if !ok || c.fused[x.X] || c.fused[x.Y] || !isInt(c.rt(x.X.Type())) {
		return false
	}
	a, b := c.reg(x.X), c.reg(x.Y)
	if x.Op == token.GTR || x.Op == token.GEQ {
		a, b = b, a
	}
	k.kind, k.x, k.y = kind, a.off, b.off
	return true
}
