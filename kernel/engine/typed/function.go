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
	adapter   uintptr // see adapter.go
	wrapper   bool    // a promoted or bound method: transparent to recover
}

// body is the compiled form of a function.
type body struct {
	id       int // its slot in gor.pools, modulo their number
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

// poolEntry is a slot of a goroutine's frame pool: free frames of one body.
type poolEntry struct {
	b  *body
	fr *frame
}

const (
	firstPool = 16 // slots of a new goroutine; powers of two
	lastPool  = 1024
)

// newFrame takes a frame from the goroutine's pool.
func (f *function) newFrame(g *gor) *frame {
	if b := f.body.Load(); b != nil {
		if e := &g.pools[b.id&(len(g.pools)-1)]; e.b == b && e.fr != nil {
			fr := e.fr
			e.fr = fr.next
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
	g.claim(b)
	fr := (*frame)(unsafeNew(rptr(b.rtype)))
	typedmemmove(rptr(b.rtype), unsafe.Pointer(fr), b.template)
	fr.g, fr.body = g, b
	for _, i := range b.inits {
		i(fr)
	}
	return fr
}

// claim makes the pool keep frames of b. Bodies that share a slot make the pool grow; in a pool of
// full size the newer one takes the slot, and the other's frames are garbage.
func (g *gor) claim(b *body) {
	for {
		e := &g.pools[b.id&(len(g.pools)-1)]
		if e.b == b {
			return
		}
		if e.b == nil || len(g.pools) >= lastPool {
			*e = poolEntry{b: b}
			return
		}
		old := g.pools
		g.pools = make([]poolEntry, 4*len(old))
		for _, o := range old {
			if o.b != nil {
				g.pools[o.b.id&(len(g.pools)-1)] = o
			}
		}
	}
}

func freeFrame(g *gor, fr *frame) {
	if e := &g.pools[fr.body.id&(len(g.pools)-1)]; e.b == fr.body {
		fr.next = e.fr
		e.fr = fr
	}
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

type blockKind uint8

const (
	bJump blockKind = iota
	bIf
	bReturn
	bIfLess // branches on two int registers
	bIfLessEqual
	bIfEqual
	bIfNotEqual
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

func (b *block) branch(yes bool) *block {
	if yes {
		return b.t
	}
	return b.f
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
		case bIfLess:
			b = b.branch(*at[int](fr, b.x) < *at[int](fr, b.y))
		case bIfLessEqual:
			b = b.branch(*at[int](fr, b.x) <= *at[int](fr, b.y))
		case bIfEqual:
			b = b.branch(*at[int](fr, b.x) == *at[int](fr, b.y))
		case bIfNotEqual:
			b = b.branch(*at[int](fr, b.x) != *at[int](fr, b.y))
		default:
			if b.term != nil {
				fr.pc = pc
				b.term(fr)
			}
			return
		}
	}
}
