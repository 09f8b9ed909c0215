package typed

import (
	"go/constant"
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/ssa"
)

// A value that one instruction of its block uses need not have a register: the instruction computes
// it. "s += a[i] * 0.5" is one instruction with three expressions rather than four.
//
// Nobody may notice. What reads memory or may panic ("it acts") moves to its user only across what
// does not, within one line, as a trace names the line of the user; and an instruction computes its
// operands in their order. Everything else can be computed later, as registers do not change within
// a block; coalesce.go, which is the exception, knows what is fused.

// fuse decides which values are fused.
func (c *compiler) fuse() {
	for _, b := range c.f.sf.Blocks {
		f := fusion{c: c, instrs: b.Instrs, at: map[ssa.Instruction]int{}, user: make([]int, len(b.Instrs)), low: make([]int, len(b.Instrs))}
		for i, in := range b.Instrs {
			f.user[i], f.low[i], f.at[in] = i, i, i
			f.instruction(i, in)
		}
	}
}

// fusion is the work on one block.
type fusion struct {
	c      *compiler
	instrs []ssa.Instruction
	at     map[ssa.Instruction]int
	user   []int // into which instruction one is fused; itself if it is not
	low    []int // the first instruction that is fused into one; itself if none is
}

// instruction fuses operands of the i-th instruction, the last one first: what a later operand does
// must come after what an earlier one does.
func (f *fusion) instruction(i int, in ssa.Instruction) {
	limit := i // what an earlier operand does must come before
	for _, v := range slices.Backward(f.c.fusedOperands(in)) {
		def, ok := v.(ssa.Instruction)
		if !ok {
			continue
		}
		j, here := f.at[def]
		if !here || len(*v.Referrers()) != 1 || !f.c.canFuse(v) {
			continue
		}
		first, last := f.acts(j)
		if last >= 0 {
			if last >= limit || !f.sameLine(def, in) || !f.quiet(first, j, i) {
				continue
			}
			limit = first
		}
		f.user[j] = i
		f.low[i] = min(f.low[i], f.low[j])
		f.c.fused[v] = true
	}
}

// acts is the range of the instructions fused into the j-th, or itself, that act; -1 for none.
func (f *fusion) acts(j int) (first, last int) {
	first, last = -1, -1
	for k := f.low[j]; k <= j; k++ { // tables of packages make blocks of 100,000 instructions
		if f.root(k) == j && canAct(f.instrs[k]) {
			if first < 0 {
				first = k
			}
			last = k
		}
	}
	return
}

// root is the instruction that computes the k-th.
func (f *fusion) root(k int) int {
	for f.user[k] != k {
		k = f.user[k]
	}
	return k
}

// quiet says whether what stands between first and i does not act, but for what is fused into the
// j-th or the i-th instruction.
func (f *fusion) quiet(first, j, i int) bool {
	for k := first + 1; k < i; k++ {
		if r := f.root(k); r != j && r != i && canAct(f.instrs[k]) {
			return false
		}
	}
	return true
}

func (f *fusion) sameLine(a, b ssa.Instruction) bool {
	p, q := a.Pos(), b.Pos()
	if !p.IsValid() || !q.IsValid() || p == q {
		return true
	}
	fset := f.c.f.sp.w.fset
	return fset.Position(p).Line == fset.Position(q).Line
}

// canAct says whether an instruction does more than compute a value from registers: it reads or
// writes memory, or may panic.
func canAct(in ssa.Instruction) bool {
	switch x := in.(type) {
	case *ssa.DebugRef, *ssa.Phi, *ssa.ChangeType, *ssa.Extract:
		return false
	case *ssa.BinOp:
		return !isNumber(x.X.Type()) || mayFail(x)
	case *ssa.UnOp:
		return x.Op == token.MUL || x.Op == token.ARROW
	case *ssa.Convert:
		return !isNumber(x.Type()) || !isNumber(x.X.Type())
	}
	return true
}

// mayFail: a division by zero, or a shift by a negative count.
func mayFail(x *ssa.BinOp) bool {
	switch x.Op {
	case token.QUO, token.REM:
		if !isInteger(x.Type()) {
			return false
		}
		k, ok := x.Y.(*ssa.Const)
		return !ok || k.Value == nil || constant.Sign(k.Value) == 0
	case token.SHL, token.SHR:
		k, ok := x.Y.(*ssa.Const)
		return !ok || k.Value == nil || constant.Sign(k.Value) < 0
	}
	return false
}

// canFuse says whether there is an expression for a value.
func (c *compiler) canFuse(v ssa.Value) bool {
	switch x := v.(type) {
	case *ssa.FieldAddr, *ssa.IndexAddr:
		return true
	case *ssa.BinOp:
		return isNumber(x.X.Type()) && !mayFail(x)
	case *ssa.Convert:
		return isNumber(x.Type()) && isNumber(x.X.Type())
	case *ssa.UnOp:
		switch x.Op {
		case token.MUL:
			switch t := x.Type().Underlying().(type) {
			case *types.Basic:
				return t.Info()&(types.IsInteger|types.IsFloat|types.IsBoolean) != 0
			case *types.Pointer, *types.Slice:
				return true
			}
		case token.SUB, token.XOR:
			return isNumber(x.Type())
		}
	}
	return false
}

// fusedOperands are the operands for which an instruction takes expressions, in the order in which
// it computes them.
func (c *compiler) fusedOperands(in ssa.Instruction) []ssa.Value {
	switch x := in.(type) {
	case *ssa.BinOp:
		if !isNumber(x.X.Type()) {
			return nil
		}
		if isShift(x.Op) {
			return []ssa.Value{x.X}
		}
		return []ssa.Value{x.X, x.Y}
	case *ssa.Convert:
		if isNumber(x.Type()) && isNumber(x.X.Type()) {
			return []ssa.Value{x.X}
		}
	case *ssa.UnOp:
		if x.Op == token.MUL && addresses(x.X) || x.Op != token.MUL && isNumber(x.Type()) {
			return []ssa.Value{x.X}
		}
	case *ssa.FieldAddr:
		if addresses(x.X) {
			return []ssa.Value{x.X}
		}
	case *ssa.IndexAddr:
		return elementOperands(x)
	case *ssa.Store:
		if fa, ok := x.Addr.(*ssa.FieldAddr); ok && isBlank(fa) {
			return nil
		}
		var vs []ssa.Value
		if addresses(x.Addr) {
			vs = append(vs, x.Addr)
		}
		if isNumber(x.Val.Type()) {
			vs = append(vs, x.Val)
		}
		return vs
	case *ssa.Call:
		sf, ok := x.Call.Value.(*ssa.Function)
		if !ok || len(sf.Blocks) == 0 {
			return nil
		}
		var vs []ssa.Value
		for _, a := range x.Call.Args {
			if hasWord(a.Type()) {
				vs = append(vs, a)
			}
		}
		return vs
	case *ssa.If:
		switch cond := x.Cond.(type) {
		case *ssa.BinOp:
			if isNumber(cond.X.Type()) {
				return []ssa.Value{cond}
			}
		case *ssa.UnOp:
			if cond.Op == token.MUL {
				return []ssa.Value{cond}
			}
		}
	}
	return nil
}

// elementOperands: an index needs its value where it is out of range, for which there is a plain
// form for int.
func elementOperands(x *ssa.IndexAddr) (vs []ssa.Value) {
	if _, slice := x.X.Type().Underlying().(*types.Slice); slice || addresses(x.X) {
		vs = append(vs, x.X)
	}
	if b, ok := x.Index.Type().Underlying().(*types.Basic); ok && (b.Kind() == types.Int || b.Kind() == types.Int64) {
		vs = append(vs, x.Index)
	}
	return vs
}

// addresses says whether a pointer can be computed by a place.
func addresses(v ssa.Value) bool {
	switch x := v.(type) {
	case *ssa.FieldAddr, *ssa.IndexAddr:
		return true
	case *ssa.UnOp:
		return x.Op == token.MUL
	}
	return false
}

func isNumber(t types.Type) bool {
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Info()&(types.IsInteger|types.IsFloat) != 0
}

func isInteger(t types.Type) bool {
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Info()&types.IsInteger != 0
}
