package typed

import (
	"go/token"
	"go/types"
	"reflect"
	"slices"
	"strconv"
	"unsafe"

	"golang.org/x/tools/go/ssa"
)

// compiler turns one ssa.Function into blocks of closures.
type compiler struct {
	f      *function
	b      *body
	regs   map[ssa.Value]reg
	tuples map[ssa.Value][]reg
	off    uintptr
	fields []reflect.StructField
	tinit  []func(fr *frame) // constants of the template
	blocks map[*ssa.BasicBlock]*block
	all    []*block
	posOf  map[*block][]token.Pos
	cur    *block
	pos    token.Pos          // of the instruction being compiled
	fused  map[ssa.Value]bool // computed by the instruction that uses them; see fuse.go

	// lateDefers: all defer statements are in bodies of range-over-func loops. go/ssa then drops
	// the instruction that runs them (golang.org/x/tools v0.52.0, lift.go), and returns do it.
	lateDefers bool
}

// layOut makes a register of type t behind off.
func layOut(fields *[]reflect.StructField, off *uintptr, t reflect.Type) reg {
	c := classOf(t)
	ft := t
	switch c {
	case cW:
		ft = reflect.TypeFor[uint64]()
	case cP:
		ft = unsafePointerType
	case cS:
		ft = reflect.TypeFor[string]()
	case cL:
		ft = reflect.TypeFor[[]byte]()
	case cI:
		ft = reflect.TypeFor[any]()
	}
	al := uintptr(ft.Align())
	*off = (*off + al - 1) &^ (al - 1)
	r := reg{*off, c, t}
	*off += ft.Size()
	*fields = append(*fields, reflect.StructField{Name: "R" + strconv.Itoa(len(*fields)), Type: ft})
	return r
}

func (f *function) addField(off *uintptr, t reflect.Type) reg { return layOut(&f.fields, off, t) }

func (c *compiler) alloc(t reflect.Type) reg { return layOut(&c.fields, &c.off, t) }

func (c *compiler) rt(t types.Type) reflect.Type { return c.f.sp.w.types.of(t) }

// reg returns the register of a value; constants, functions and globals are put into the template.
func (c *compiler) reg(v ssa.Value) reg {
	if r, ok := c.regs[v]; ok {
		return r
	}
	switch v := v.(type) {
	case *ssa.ChangeType: // same representation: the same register with another type
		r := c.reg(v.X)
		r.t = c.rt(v.Type())
		c.regs[v] = r
		return r
	case *ssa.Extract:
		r := c.tuple(v.Tuple)[v.Index]
		c.regs[v] = r
		return r
	case *ssa.Field:
		if r, ok := c.fieldReg(v); ok {
			c.regs[v] = r
			return r
		}
	}
	r := c.alloc(c.rt(v.Type()))
	c.regs[v] = r
	switch v := v.(type) {
	case *ssa.Const:
		if v.Value != nil {
			c.tinit = append(c.tinit, func(fr *frame) { setConst(fr.rv(r), v.Value) })
		}
	case *ssa.Global:
		p := c.f.sp.global(v)
		c.tinit = append(c.tinit, func(fr *frame) { *at[unsafe.Pointer](fr, r.off) = p })
	case *ssa.Function:
		p := c.f.sp.funcValue(v)
		c.tinit = append(c.tinit, func(fr *frame) { *at[unsafe.Pointer](fr, r.off) = p })
	}
	return r
}

// fieldReg is a field of a struct in a register, where it lies; not that of a phi, whose register gets
// its next value before the field may have been read, and no scalar that is narrower than a register.
func (c *compiler) fieldReg(v *ssa.Field) (r reg, ok bool) {
	x := v.X
	for {
		ct, is := x.(*ssa.ChangeType)
		if !is {
			break
		}
		x = ct.X
	}
	t := c.rt(v.Type())
	if _, phi := x.(*ssa.Phi); phi || classOf(t) == cW && t.Size() != 8 {
		return reg{}, false
	}
	s := c.reg(v.X)
	return reg{s.off + s.t.Field(v.Field).Offset, classOf(t), t}, true
}

func (c *compiler) tuple(v ssa.Value) []reg {
	if r, ok := c.tuples[v]; ok {
		return r
	}
	tt := v.Type().(*types.Tuple)
	var rs []reg
	for i := range tt.Len() {
		t := tt.At(i).Type()
		if b, ok := t.(*types.Basic); ok && b.Kind() == types.Invalid {
			rs = append(rs, reg{})
			continue
		}
		rs = append(rs, c.alloc(c.rt(t)))
	}
	c.tuples[v] = rs
	return rs
}

// compile makes the body. It needs the lock.
func (f *function) compile() *body {
	f.sp.w.types.compiling = f.sf
	defer func() { f.sp.w.types.compiling = nil }()
	b := &body{f: f, id: int(bodyIDs.Add(1))}
	c := &compiler{f: f, b: b, regs: map[ssa.Value]reg{}, tuples: map[ssa.Value][]reg{}, off: f.sigSize, fields: f.fields[:len(f.fields):len(f.fields)],
		blocks: map[*ssa.BasicBlock]*block{}, posOf: map[*block][]token.Pos{}, fused: map[ssa.Value]bool{}}
	if len(f.sf.Blocks) == 0 {
		b.native, b.entry = f.sp.external(f.sf, f.params, f.results), special
		b.pos = []token.Pos{token.NoPos}
		c.seal()
		return b
	}
	for i, p := range f.sf.Params {
		c.regs[p] = f.params[i]
	}
	for i, p := range f.sf.FreeVars {
		c.regs[p] = f.free[i]
	}
	runs := false
	for _, sb := range f.sf.Blocks {
		c.block(sb)
		for _, in := range sb.Instrs {
			switch in := in.(type) {
			case *ssa.Defer, *ssa.RunDefers:
				b.hasDefer, runs = true, true
			case *ssa.Call:
				if bi, ok := in.Call.Value.(*ssa.Builtin); ok && bi.Name() == "ssa:deferstack" {
					b.hasDefer, c.lateDefers = true, true
				}
			}
		}
	}
	c.lateDefers = c.lateDefers && !runs
	if !c.lateDefers { // returns find their results by the order of their loads
		f.sp.w.lateLoads(f.sf)
	}
	c.fuse()
	c.coalesce()
	for _, sb := range f.sf.Blocks {
		c.instrs(sb)
	}
	b.first = c.blocks[f.sf.Blocks[0]]
	b.entry = b.first
	if rb := f.sf.Recover; rb != nil {
		b.hasDefer = true
		if c.blocks[rb] == nil {
			c.block(rb)
			c.instrs(rb)
		}
		b.recoverB = c.blocks[rb]
	}
	if b.hasDefer {
		b.entry = special
	}
	c.thread()
	for _, k := range c.all {
		k.base = int32(len(b.pos))
		b.pos = append(append(b.pos, c.posOf[k]...), token.NoPos)
	}
	c.debugVariables()
	c.seal()
	return b
}

// resultLoads is the index in a returning block of the loads of named results, which must come
// after the deferred calls; -1 in other blocks.
func resultLoads(sb *ssa.BasicBlock) int {
	i := len(sb.Instrs) - 1
	ret, ok := sb.Instrs[i].(*ssa.Return)
	if !ok {
		return -1
	}
	for ; i > 0; i-- {
		u, ok := sb.Instrs[i-1].(*ssa.UnOp)
		if !ok || u.Op != token.MUL || !slices.Contains(ret.Results, ssa.Value(u)) {
			break
		}
	}
	return i
}

func (c *compiler) block(sb *ssa.BasicBlock) {
	k := &block{}
	c.blocks[sb] = k
	c.all = append(c.all, k)
}

func (c *compiler) instrs(sb *ssa.BasicBlock) {
	c.cur = c.blocks[sb]
	late := -1
	if c.lateDefers {
		late = resultLoads(sb)
	}
	for i, in := range sb.Instrs {
		if i == late {
			c.emit(func(fr *frame) { fr.runDefers() })
		}
		if p := in.Pos(); p.IsValid() {
			c.pos = p
		}
		if v, ok := in.(ssa.Value); ok && c.fused[v] {
			continue
		}
		c.instr(in, sb)
	}
}

// seal fixes the layout of the frame and fills the template.
func (c *compiler) seal() {
	c.b.rtype = reflect.StructOf(c.fields)
	c.b.template = reflect.New(c.b.rtype).UnsafePointer()
	for _, i := range c.tinit {
		i((*frame)(c.b.template))
	}
}

func (c *compiler) emit(o op) {
	c.cur.ops = append(c.cur.ops, o)
	c.posOf[c.cur] = append(c.posOf[c.cur], c.pos)
}

// jumpTo returns the block to go to for the edge from → to, with the moves of its phis.
func (c *compiler) jumpTo(from, to *ssa.BasicBlock) *block {
	moves := c.phiMoves(from, to)
	back := to.Index <= from.Index
	if len(moves) == 0 && !back {
		return c.blocks[to]
	}
	k := &block{kind: bJump, ops: moves, t: c.blocks[to], back: back}
	for range moves {
		c.posOf[k] = append(c.posOf[k], c.pos)
	}
	c.all = append(c.all, k)
	return k
}

func (c *compiler) phiMoves(from, to *ssa.BasicBlock) []op {
	idx := -1
	for i, p := range to.Preds {
		if p == from {
			idx = i
		}
	}
	type assignment struct{ d, s reg }
	var as []assignment
	for _, in := range to.Instrs {
		phi, ok := in.(*ssa.Phi)
		if !ok {
			break
		}
		d, s := c.reg(phi), c.reg(phi.Edges[idx])
		if d.off != s.off {
			as = append(as, assignment{d, s})
		}
	}
	conflict := false
	written := map[uintptr]bool{}
	for _, a := range as {
		conflict = conflict || written[a.s.off]
		written[a.d.off] = true
	}
	var ops, second []op
	for _, a := range as {
		if conflict {
			t := c.alloc(a.d.t)
			ops = append(ops, move(t, a.s))
			second = append(second, move(a.d, t))
		} else {
			ops = append(ops, move(a.d, a.s))
		}
	}
	return append(ops, second...)
}
