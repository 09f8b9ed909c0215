package typed

import (
	"go/token"
	"reflect"
	"sync/atomic"
	"unsafe"

	"golang.org/x/tools/go/ssa"
)

// function is an interpreted function, or a compiled one with an interpreted face. Where its
// parameters and results sit in a frame depends on the signature alone, so that calls can be
// compiled before the body is, and a patched body fits all callers.
type function struct {
	sp        *space
	sf        *ssa.Function
	params    []reg
	results   []reg
	free      []reg // captured variables
	fields    []reflect.StructField
	sigSize   uintptr
	ftype     reflect.Type
	body      atomic.Pointer[body]
	patch     *function // newer declaration that takes over
	selfValue unsafe.Pointer
	wrapper   bool // a promoted or bound method: transparent to recover
}

// body is the compiled form of a function.
type body struct {
	id       int // index into gor.pools
	f        *function
	entry    *block
	recoverB *block
	special  bool // native, or with deferred calls
	hasDefer bool
	native   op
	rtype    reflect.Type
	template unsafe.Pointer
	inits    []func(fr *frame) // what a new frame needs beyond its template
	pos      []token.Pos       // by frame.pc
}

var bodyIDs atomic.Int64

// newFrame takes a frame from the goroutine's pool.
func (f *function) newFrame(g *gor) *frame {
	if b := f.body.Load(); b != nil && b.id < len(g.pools) {
		if fr := g.pools[b.id]; fr != nil {
			g.pools[b.id] = fr.next
			return fr
		}
	}
	return f.makeFrame(g)
}

func (f *function) makeFrame(g *gor) *frame {
	b := f.body.Load()
	if b == nil {
		b = f.compiled()
	}
	if b.id >= len(g.pools) {
		g.pools = append(g.pools, make([]*frame, b.id+64-len(g.pools))...)
	}
	fr := (*frame)(unsafeNew(rptr(b.rtype)))
	typedmemmove(rptr(b.rtype), unsafe.Pointer(fr), b.template)
	fr.g, fr.body = g, b
	for _, i := range b.inits {
		i(fr)
	}
	return fr
}

// compiled returns the body, compiling it at the first call.
func (f *function) compiled() *body {
	w := f.sp.w
	w.mu.Lock()
	defer w.mu.Unlock()
	g := f
	for g.patch != nil {
		g = g.patch
	}
	b := g.body.Load()
	if b == nil {
		b = g.compile()
		g.body.Store(b)
	}
	f.body.Store(b)
	return b
}

// setPatch lets g take over from f. Frames that are active finish the old body. The front end names
// every earlier declaration at each redefinition, so that chains stay short.
func (f *function) setPatch(g *function) {
	if f == g {
		return
	}
	f.patch = g
	f.body.Store(g.body.Load())
}

func freeFrame(g *gor, fr *frame) {
	id := fr.body.id
	fr.next = g.pools[id]
	g.pools[id] = fr
}

type blockKind uint8

const (
	bJump blockKind = iota
	bIf
	bReturn
)

// block is a basic block: its instructions, and how it ends.
type block struct {
	kind blockKind
	back bool  // a jump backwards: a safepoint
	base int32 // pc of the first instruction
	ops  []op
	cond func(fr *frame) bool
	t, f *block
	term op // return or panic
}

// run executes the function on a filled frame; the results are in the frame afterwards.
func (fr *frame) run() {
	g := fr.g
	d := g.depth + 1
	if d >= len(g.stack) {
		g.grow()
	}
	g.depth = d
	g.stack[d] = fr
	if stopping.Load() != 0 {
		g.poll()
	}
	if b := fr.body; b.special {
		if b.native != nil {
			b.native(fr)
		} else {
			fr.runWithDefers()
		}
	} else {
		exec(fr, b.entry)
	}
	g.depth = d - 1
}

func exec(fr *frame, b *block) {
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
		default:
			if b.term != nil {
				fr.pc = pc
				b.term(fr)
			}
			return
		}
	}
}
