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
	back bool  // a jump backwards: a safepoint
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
		switch b.kind {
		case bJump:
			if b.back && stopping.Load() != 0 {
				fr.g.poll()
			}
			b = b.t
		case bIf:
			if b.cond(fr) {
				b = b.t
			} else {
				b = b.f
			}
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
