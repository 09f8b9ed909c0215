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
	adapter   uintptr    // see adapter.go
	wrapper   bool       // a promoted or bound method: transparent to recover
	debug     *debugFunc // set where a debugger can stop it
}

// body is the compiled form of a function.
type body struct {
	id       int // its slot in gor.pools, modulo their number
	f        *function
	entry    *block // where a call begins
	first    *block // of the function's own blocks: the entry, unless that is special
	recoverB *block // where a recovered panic goes on, to return the named results
	hasDefer bool
	native   op // a compiled function; no blocks
	rtype    reflect.Type
	template unsafe.Pointer
	inits    []func(fr *frame) // what a new frame needs beyond its template
	pos      []token.Pos       // by frame.pc
}

var bodyIDs atomic.Int64

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
		b = w.debugged(g)
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
