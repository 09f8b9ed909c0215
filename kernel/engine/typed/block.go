package typed

type blockKind uint8

const (
	bJump blockKind = iota
	bIf
	bReturn
	bIfLess // branches on two int registers
	bIfLessEqual
	bIfEqual
	bIfNotEqual
	bSpecial // instead of the first block, where a call is more than its blocks: see runSpecial
)

// block is a basic block: its instructions, and how it ends.
type block struct {
	kind blockKind
	back bool  // jumps backwards: a safepoint
	base int32 // pc of the first instruction
	ops  []op
	cond func(fr *frame) bool
	t, f *block
	x, y uintptr // registers that the branch compares
	term op      // return or panic
}

// runSpecial executes a compiled function, or one with deferred calls.
func (fr *frame) runSpecial() {
	if b := fr.body; b.native != nil {
		b.native(fr)
	} else {
		fr.runWithDefers()
	}
}

func (b *block) branch(yes bool) *block {
	if yes {
		return b.t
	}
	return b.f
}

var special = &block{kind: bSpecial}

// threaded bounds the instructions of a block that is appended to those which jump to it.
const threaded = 4

// thread appends short blocks that end in a branch to the blocks that jump to them: the condition of
// a loop is then evaluated at the end of its body.
func (c *compiler) thread() {
	for _, k := range c.all {
		t := k.t
		if k.kind != bJump || t == nil || t == k || !t.branches() || len(t.ops) > threaded {
			continue
		}
		n := len(t.ops) + 1 // with the position of the block's end
		k.ops = append(k.ops, t.ops...)
		c.posOf[k] = append(c.posOf[k][:len(k.ops)-len(t.ops)], c.posOf[t][:n]...)
		k.kind, k.cond, k.x, k.y, k.t, k.f = t.kind, t.cond, t.x, t.y, t.t, t.f
	}
}

func (b *block) branches() bool { return b.kind != bJump && b.kind != bReturn && b.kind != bSpecial }

// exec executes the blocks of a call from b on, until it returns.
func exec(fr *frame, b *block) {
	fr.g.depth++
	if stopping.Load() != 0 {
		fr.g.poll()
	}
	for {
		pc := b.base
		for _, o := range b.ops {
			fr.pc = pc
			o(fr)
			pc++
		}
		if b.back && stopping.Load() != 0 {
			fr.g.poll()
		}
		switch b.kind {
		case bJump:
			b = b.t
		case bIf:
			fr.pc = pc
			b = b.branch(b.cond(fr))
		case bIfLess:
			b = b.branch(*at[int](fr, b.x) < *at[int](fr, b.y))
		case bIfLessEqual:
			b = b.branch(*at[int](fr, b.x) <= *at[int](fr, b.y))
		case bIfEqual:
			b = b.branch(*at[int](fr, b.x) == *at[int](fr, b.y))
		case bIfNotEqual:
			b = b.branch(*at[int](fr, b.x) != *at[int](fr, b.y))
		case bSpecial:
			fr.runSpecial()
			fr.g.depth--
			return
		default:
			if b.term != nil {
				fr.pc = pc
				b.term(fr)
			}
			fr.g.depth--
			return
		}
	}
}
