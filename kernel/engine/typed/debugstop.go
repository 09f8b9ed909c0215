package typed

import (
	"go/ast"
	"go/token"
	"go/types"
	"reflect"
	"slices"
	"sync/atomic"

	"golang.org/x/tools/go/ssa"
)

// debugFunc is what is known about a function that can stop.
type debugFunc struct {
	d     *debugger
	sf    *ssa.Function
	path  string
	stops []*stop
	vars  map[token.Pos][]debugVar // by where they are declared
	last  reg                      // where the frame stopped or passed last: 1 + an index into stops
	call  reg                      // tells calls apart: frames are used again
}

// debugVar is a register that holds the address of a variable.
type debugVar struct {
	r    reg
	t    types.Type
	loop bool // of the round that runs; others of the place belong to rounds before
}

// stop is a place where a cell can stop.
type stop struct {
	fn     *debugFunc
	pos    token.Pos
	see    token.Pos // see debugFrame
	line   int
	kind   stopKind
	index  int
	leader bool // the first of its line in its function, or a later round of a loop that is
	point  atomic.Pointer[breakpoint]
}

// debugged compiles a function so that it can stop, or as ever where nobody debugs. It needs the
// lock.
func (w *world) debugged(f *function) *body {
	d := w.debug.Load()
	if d == nil {
		if w.shadow != nil && f.sf.Prog == w.shadow.prog {
			w.shadow.refer(f.sf, nil)
		}
		return f.compile()
	}
	twin := w.shadow.twin(f.sf)
	if twin == nil {
		return f.compile()
	}
	g := &function{sp: f.sp, sf: twin, params: f.params, results: f.results, free: f.free, fields: f.fields, sigSize: f.sigSize, ftype: f.ftype,
		adapter: f.adapter, wrapper: f.wrapper}
	pkg := packageOf(twin)
	g.debug = &debugFunc{d: d, sf: twin, vars: map[token.Pos][]debugVar{}}
	if pkg != nil && w.sources[pkg.Pkg] != nil {
		g.debug.path = w.sources[pkg.Pkg].path
	}
	b := g.compile()
	d.add(g.debug)
	return b
}

var debugCalls atomic.Int64

// debugStop compiles a call that was inserted; ok is false for any other.
func (c *compiler) debugStop(x *ssa.Call) (o op, ok bool) {
	fn := c.f.debug
	sf, isFunc := x.Call.Value.(*ssa.Function)
	if !isFunc || fn == nil {
		return nil, false
	}
	kind, ok := c.f.sp.w.shadow.stopOf(sf)
	if !ok {
		return nil, false
	}
	if fn.last.t == nil {
		fn.last, fn.call = c.alloc(reflect.TypeFor[int]()), c.alloc(reflect.TypeFor[int]())
	}
	last, call := fn.last.off, fn.call.off
	d := fn.d
	if kind == stopEnter {
		return func(fr *frame) {
			if t := fr.g.thread; t == nil || t.owner != d {
				d.threadOf(fr.g)
			}
			*at[int](fr, last) = 0
			*at[int](fr, call) = int(debugCalls.Add(1))
		}, true
	}
	p := c.f.sp.w.fset.Position(x.Pos())
	s := &stop{fn: fn, pos: x.Pos(), line: p.Line, kind: kind, index: len(fn.stops)}
	s.see = s.pos
	if body := c.f.sp.w.shadow.bodies[s.pos]; kind == stopRound && body.IsValid() {
		s.see = body
	}
	fn.stops = append(fn.stops, s)
	return func(fr *frame) {
		if s.point.Load() != nil || d.watching.Load() != 0 {
			d.pass(fr, s)
		}
		*at[int](fr, last) = s.index + 1
	}, true
}

// debugVariables notes where a function's variables are, at the end of its compilation.
func (c *compiler) debugVariables() {
	fn := c.f.debug
	if fn == nil {
		return
	}
	for _, fv := range c.f.sf.FreeVars {
		if p, ok := fv.Type().Underlying().(*types.Pointer); ok && fv.Pos().IsValid() { // not the receiver of a method value
			fn.vars[fv.Pos()] = append(fn.vars[fv.Pos()], debugVar{c.regs[fv], p.Elem(), true})
		}
	}
	for _, b := range c.f.sf.Blocks {
		for _, in := range b.Instrs {
			switch x := in.(type) {
			case *ssa.Alloc:
				if x.Pos().IsValid() && x.Comment != "" && c.regs[x].t != nil {
					fn.vars[x.Pos()] = append(fn.vars[x.Pos()], debugVar{c.regs[x], deref(x.Type()), false})
				}
			case *ssa.Phi:
				if p, ok := x.Type().Underlying().(*types.Pointer); ok && x.Pos().IsValid() && c.regs[x].t != nil {
					fn.vars[x.Pos()] = append(fn.vars[x.Pos()], debugVar{c.regs[x], p.Elem(), true})
				}
			}
		}
	}
	first := map[int]token.Pos{} // of a line
	for _, s := range fn.stops {
		if p, ok := first[s.line]; s.kind == stopHere && (!ok || s.pos < p) {
			first[s.line] = s.pos
		}
	}
	for _, s := range fn.stops {
		s.leader = first[s.line] == s.pos
	}
}

// again says whether a stop is the first round of a loop whose statement was passed just before.
func (s *stop) again(fr *frame) bool {
	i := *at[int](fr, s.fn.last.off)
	return s.kind == stopRound && i > 0 && s.fn.stops[i-1].kind == stopHere && s.fn.stops[i-1].pos == s.pos
}

// scopeAt is the innermost scope at a place in a function.
func (s *shadow) scopeAt(sf *ssa.Function, pos token.Pos) *types.Scope {
	for ; sf != nil; sf = sf.Parent() {
		from := originOf(sf)
		var t *ast.FuncType
		switch n := from.Syntax().(type) {
		case *ast.FuncDecl:
			t = n.Type
		case *ast.FuncLit:
			t = n.Type
		}
		if scope := s.scopes[t]; t != nil && scope != nil {
			if in := scope.Innermost(pos); in != nil {
				return in
			}
			return scope
		}
	}
	return nil
}

// local is the object that name means at a place in a function: a variable, constant or type that
// the function declares, or what its cell sees; nil when it sees none.
func (s *shadow) local(sf *ssa.Function, pos token.Pos, name string) types.Object {
	scope := s.scopeAt(sf, pos)
	if scope == nil {
		return nil
	}
	_, o := scope.LookupParent(name, pos)
	if o != nil && o.Parent() == types.Universe {
		return nil
	}
	return o
}

// locals lists the function's own variables that are visible at a place, in their order.
func (s *shadow) locals(sf *ssa.Function, pos token.Pos) (out []*types.Var) {
	innermost := s.scopeAt(sf, pos)
	for scope := innermost; scope != nil && !isFileScope(scope); scope = scope.Parent() {
		for _, name := range scope.Names() {
			_, o := innermost.LookupParent(name, pos)
			if v, ok := o.(*types.Var); ok && scope.Lookup(name) == o {
				out = append(out, v)
			}
		}
	}
	slices.SortFunc(out, func(a, b *types.Var) int { return int(a.Pos() - b.Pos()) })
	return out
}

// isFileScope says whether a scope is outside functions.
func isFileScope(s *types.Scope) bool {
	return s == types.Universe || s.Parent() == types.Universe || s.Parent() != nil && s.Parent().Parent() == types.Universe
}
