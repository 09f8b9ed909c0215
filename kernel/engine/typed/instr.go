package typed

import (
	"fmt"
	"go/token"
	"go/types"
	"unsafe"

	"golang.org/x/tools/go/ssa"
)

// instr compiles one instruction of block b.
func (c *compiler) instr(in ssa.Instruction, b *ssa.BasicBlock) {
	switch x := in.(type) {
	case *ssa.DebugRef, *ssa.Phi, *ssa.ChangeType, *ssa.Extract:
	case *ssa.BinOp:
		c.emit(c.binop(x))
	case *ssa.UnOp:
		switch x.Op {
		case token.MUL:
			if lengthOnly(x) {
				return
			}
			c.emit(c.load(x))
		case token.ARROW:
			c.receive(x)
		default:
			c.emit(c.unop(x))
		}
	case *ssa.Store:
		if fa, ok := x.Addr.(*ssa.FieldAddr); ok && isBlank(fa) {
			return // a blank field keeps its zero value
		}
		c.emit(c.store(x))
	case *ssa.Convert:
		c.emit(c.convert(x, x.X))
	case *ssa.MultiConvert:
		c.emit(c.convert(x, x.X))
	case *ssa.Alloc:
		if c.tooLong(x) == nil {
			c.allocInstr(x)
		}
	case *ssa.FieldAddr:
		a, d := c.field(x).address(), c.reg(x).off
		c.emit(func(fr *frame) { *at[unsafe.Pointer](fr, d) = a(fr) })
	case *ssa.IndexAddr:
		a, d := c.element(x).address(), c.reg(x).off
		c.emit(func(fr *frame) { *at[unsafe.Pointer](fr, d) = a(fr) })
	case *ssa.Field:
		if _, ok := c.fieldReg(x); ok {
			return
		}
		s, d := c.reg(x.X), c.reg(x)
		fo := s.off + s.t.Field(x.Field).Offset
		cp := copier(d.t)
		c.emit(func(fr *frame) { cp(fr.ptr(d.off), fr.ptr(fo)) })
	case *ssa.Index:
		c.index(x)
	case *ssa.Slice:
		c.slice(x)
	case *ssa.MakeInterface:
		c.makeInterface(x)
	case *ssa.ChangeInterface:
		c.changeInterface(x)
	case *ssa.TypeAssert:
		c.typeAssert(x)
	case *ssa.MakeClosure:
		c.makeClosure(x)
	case *ssa.MakeMap:
		c.makeMap(x)
	case *ssa.MakeChan:
		c.makeChan(x)
	case *ssa.MakeSlice:
		c.makeSlice(x)
	case *ssa.SliceToArrayPointer:
		c.sliceToArray(x)
	case *ssa.MapUpdate:
		c.mapUpdate(x)
	case *ssa.Lookup:
		c.lookup(x)
	case *ssa.Range:
		c.rangeInit(x)
	case *ssa.Next:
		c.next(x)
	case *ssa.Send:
		c.send(x)
	case *ssa.Select:
		c.selectInstr(x)
	case *ssa.Call:
		if o, ok := c.debugStop(x); ok {
			c.emit(o)
			return
		}
		c.emit(c.call(x.Common(), x))
	case *ssa.Go:
		c.goInstr(x)
	case *ssa.Defer:
		c.deferInstr(x)
	case *ssa.RunDefers:
		c.emit(func(fr *frame) { fr.runDefers() })
	default:
		c.control(in, b)
	}
}

// control compiles the instruction that ends a block.
func (c *compiler) control(in ssa.Instruction, b *ssa.BasicBlock) {
	k := c.cur
	switch x := in.(type) {
	case *ssa.Panic:
		o := c.reg(x.X).off
		k.kind = bReturn
		if own, ok := c.rangePanic(x); ok {
			k.term = own
			return
		}
		k.term = func(fr *frame) { panic(*at[any](fr, o)) }
	case *ssa.Return:
		k.kind = bReturn
		c.returnInstr(x)
	case *ssa.Jump:
		k.kind = bJump
		t := c.jumpTo(b, b.Succs[0])
		if t != c.blocks[b.Succs[0]] { // the moves of the edge go to the end of this block
			k.ops = append(k.ops, t.ops...)
			c.posOf[k] = append(c.posOf[k], c.posOf[t]...)
			k.back = t.back
			t = t.t
		}
		k.t = t
	case *ssa.If:
		k.kind = bIf
		c.branch(k, x.Cond)
		k.t, k.f = c.jumpTo(b, b.Succs[0]), c.jumpTo(b, b.Succs[1])
	default:
		panic(fmt.Sprintf("typed: internal error: instruction %T", in))
	}
	// The block's end has a position of its own: that of a panic statement.
	c.posOf[k] = append(c.posOf[k], c.pos)
}

func (c *compiler) returnInstr(x *ssa.Return) {
	var ms []op
	for i, r := range x.Results {
		if s := c.reg(r); s.off != c.f.results[i].off {
			ms = append(ms, move(c.f.results[i], s))
		}
	}
	switch len(ms) {
	case 0:
	case 1:
		c.cur.term = ms[0]
	case 2:
		m0, m1 := ms[0], ms[1]
		c.cur.term = func(fr *frame) { m0(fr); m1(fr) }
	default:
		c.cur.term = func(fr *frame) {
			for _, m := range ms {
				m(fr)
			}
		}
	}
}

func (c *compiler) makeClosure(x *ssa.MakeClosure) {
	f := c.f.sp.function(x.Fn.(*ssa.Function))
	d := c.reg(x).off
	var bs []slot
	for _, b := range x.Bindings {
		bs = append(bs, slotOf(c.reg(b)))
	}
	c.emit(func(fr *frame) {
		free := make([]unsafe.Pointer, len(bs))
		for i, s := range bs {
			switch s.c {
			case cP:
				free[i] = *at[unsafe.Pointer](fr, s.off)
				continue
			case cW:
				free[i] = unsafe.Pointer(new(uint64))
			default:
				free[i] = unsafeNew(s.t)
			}
			copySlot(s.c, s.t, free[i], fr.ptr(s.off))
		}
		*at[unsafe.Pointer](fr, d) = unsafe.Pointer(newClosure(f, free))
	})
}

func (c *compiler) goInstr(x *ssa.Go) {
	o := c.detached(x.Common())
	c.emit(func(fr *frame) {
		g := newGor(fr.g.run)
		call := o(fr, g)
		g.run.enter()
		go g.start(call)
	})
}

func (c *compiler) deferInstr(x *ssa.Defer) {
	o := c.detached(x.Common())
	if x.DeferStack != nil {
		so := c.reg(x.DeferStack).off
		c.emit(func(fr *frame) {
			t := *at[*frame](fr, so)
			t.defers = &deferRec{o(fr, fr.g), t.defers}
		})
		return
	}
	c.emit(func(fr *frame) { fr.defers = &deferRec{o(fr, fr.g), fr.defers} })
}

func isBlank(x *ssa.FieldAddr) bool {
	return x.X.Type().Underlying().(*types.Pointer).Elem().Underlying().(*types.Struct).Field(x.Field).Name() == "_"
}

// lengthOnly: the operand of a range is an array behind a pointer, of which the length is needed. It
// is not evaluated unless the pointer comes from a call, so the pointer may be nil.
func lengthOnly(x *ssa.UnOp) bool {
	_, array := x.Type().Underlying().(*types.Array)
	_, call := x.X.(*ssa.Call)
	b := x.Block()
	return array && !call && len(*x.Referrers()) == 0 && len(b.Succs) == 1 && b.Succs[0].Comment == "rangeindex.loop" &&
		b.Instrs[len(b.Instrs)-2] == ssa.Instruction(x)
}
