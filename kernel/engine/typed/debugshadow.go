package typed

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"golang.org/x/tools/go/ssa"
)

// unitSource is what a cell was built from; the session's front end keeps it anyway.
type unitSource struct {
	files []*ast.File
	info  *types.Info
	path  string // engine.Cell.Path
}

// shadow is the program of a session, built a second time for a debugger: every variable has
// memory of its own (ssa.NaiveForm), and calls stand where a cell can stop. Its functions are made
// to refer to those of the first program, so that both are the same to everybody else.
type shadow struct {
	w       *world
	prog    *ssa.Program
	funcs   [len(stopNames)]*types.Func
	created map[*types.Package]bool
	paired  map[*types.Package]bool
	scopes  map[ast.Node]*types.Scope
	bodies  map[token.Pos]token.Pos         // of loops: where their variables are visible
	twins   map[*ssa.Function]*ssa.Function // of the first program → of this one
	seen    map[*ssa.Function]bool          // of this one, whose operands refer to the first
}

func newShadow(w *world) *shadow {
	s := &shadow{w: w, prog: ssa.NewProgram(w.fset, ssa.InstantiateGenerics|ssa.NaiveForm), created: map[*types.Package]bool{},
		paired: map[*types.Package]bool{}, scopes: map[ast.Node]*types.Scope{}, bodies: map[token.Pos]token.Pos{}, twins: map[*ssa.Function]*ssa.Function{}, seen: map[*ssa.Function]bool{}}
	var p *types.Package
	p, s.funcs = stopFuncs()
	s.prog.CreatePackage(p, nil, nil, false)
	return s
}

// twin is the second form of a function of a cell; nil where there is none. It needs the world's
// lock, as everything here does.
func (s *shadow) twin(sf *ssa.Function) *ssa.Function {
	if sf.Prog == s.prog {
		s.refer(sf, nil)
		return sf
	}
	if t, ok := s.twins[sf]; ok {
		return t
	}
	pkg := packageOf(sf)
	if pkg == nil || s.w.sources[pkg.Pkg] == nil || len(sf.Blocks) == 0 || sf.Name() == "init" && sf.Synthetic != "" {
		return nil
	}
	s.pair(pkg.Pkg)
	if t, ok := s.twins[sf]; ok {
		return t
	}
	for p := range s.w.sources { // an instance that another cell makes
		s.pair(p)
	}
	return s.twins[sf]
}

// create adds a package and what it needs.
func (s *shadow) create(p *types.Package) {
	if s.created[p] {
		return
	}
	s.created[p] = true
	var files []*ast.File
	var info *types.Info
	if src := s.w.sources[p]; src != nil {
		files, info = cloneFiles(src.files, src.info)
		for _, f := range files {
			instrument(f, info, s.funcs, s.bodies)
		}
		for n, scope := range info.Scopes {
			s.scopes[n] = scope
		}
	} else if f, i, ok := s.w.lib.Syntax(p); ok {
		files, info = f, i
	}
	for _, ip := range p.Imports() {
		s.create(ip)
	}
	if info != nil {
		for _, o := range info.Uses {
			if q := o.Pkg(); q != nil && q != p {
				s.create(q)
			}
		}
	}
	if s.prog.Package(p) == nil {
		s.prog.CreatePackage(p, files, info, false)
	}
}

// pair builds the second form of a cell and finds the first form of each of its functions.
func (s *shadow) pair(p *types.Package) {
	if s.paired[p] {
		return
	}
	s.paired[p] = true
	s.create(p)
	first, second := s.w.prog.Package(p), s.prog.Package(p)
	if first == nil || second == nil {
		return
	}
	second.Build()
	for name, m := range second.Members {
		switch m := m.(type) {
		case *ssa.Function:
			if f, ok := first.Members[name].(*ssa.Function); ok && name != "init" {
				s.refer(m, f)
			}
		case *ssa.Type:
			n, ok := m.Type().(*types.Named)
			if !ok {
				continue
			}
			for i := range n.NumMethods() {
				f, g := s.w.prog.FuncValue(n.Method(i)), s.prog.FuncValue(n.Method(i))
				if f != nil && g != nil {
					s.refer(g, f)
				}
			}
		}
	}
}

// refer makes a function of this program refer to functions and variables of the first one. first
// is its other form, nil when there is none.
func (s *shadow) refer(sf, first *ssa.Function) {
	if first != nil && s.twins[first] == nil {
		s.twins[first] = sf
	}
	if s.seen[sf] {
		return
	}
	s.seen[sf] = true
	var known []*ssa.Function
	if first != nil {
		if len(first.AnonFuncs) != len(sf.AnonFuncs) {
			first = nil
		} else {
			known = mentioned(first)
		}
	}
	if !defers(sf) {
		dropDefers(sf)
	}
	var buf [16]*ssa.Value
	for _, b := range sf.Blocks {
		for _, in := range b.Instrs {
			for _, v := range in.Operands(buf[:0]) {
				switch x := (*v).(type) {
				case *ssa.Function:
					if o := s.other(sf, first, x, known); o != nil {
						*v = o
					}
				case *ssa.Global:
					if o, ok := x.Object().(*types.Var); ok {
						if g := s.w.globalOf(o); g != nil {
							*v = g
						}
					}
				}
			}
		}
	}
	for i, a := range sf.AnonFuncs {
		if first != nil {
			s.refer(a, first.AnonFuncs[i])
		} else {
			s.refer(a, nil)
		}
	}
}

// other finds the first form of x, which sf mentions; nil leaves x as it is.
func (s *shadow) other(sf, first, x *ssa.Function, known []*ssa.Function) *ssa.Function {
	if x.Prog != s.prog || s.isStop(x) {
		return nil
	}
	if x.Parent() != nil {
		for i, a := range sf.AnonFuncs {
			if a == x && first != nil {
				return first.AnonFuncs[i]
			}
		}
		return nil
	}
	if o, ok := x.Object().(*types.Func); ok && x.Origin() == nil && (x.Synthetic == "" || strings.HasPrefix(x.Synthetic, "from type information")) {
		if f := s.w.prog.FuncValue(o); f != nil {
			return f
		}
	}
	for _, k := range known {
		if same(k, x) {
			if p := packageOf(k); p != nil && s.w.sources[p.Pkg] != nil {
				s.refer(x, k)
			}
			return k
		}
	}
	return nil
}

// stopOf is the kind of a call that was inserted.
func (s *shadow) stopOf(x *ssa.Function) (stopKind, bool) {
	for i, f := range s.funcs {
		if x.Object() == types.Object(f) {
			return stopKind(i), true
		}
	}
	return 0, false
}

func (s *shadow) isStop(x *ssa.Function) bool {
	_, ok := s.stopOf(x)
	return ok
}

// same compares instances and wrappers of two programs.
func same(a, b *ssa.Function) bool {
	if a.Name() != b.Name() || a.Synthetic != b.Synthetic || a.Object() != b.Object() || len(a.TypeArgs()) != len(b.TypeArgs()) || !types.Identical(a.Signature, b.Signature) {
		return false
	}
	if (a.Origin() == nil) != (b.Origin() == nil) || a.Origin() != nil && a.Origin().Object() != b.Origin().Object() {
		return false
	}
	for i, t := range a.TypeArgs() {
		if !types.Identical(t, b.TypeArgs()[i]) {
			return false
		}
	}
	for i, v := range a.FreeVars { // the receivers of method values
		if len(b.FreeVars) != len(a.FreeVars) || !types.Identical(v.Type(), b.FreeVars[i].Type()) {
			return false
		}
	}
	return len(a.Params) == len(b.Params) && (len(a.Params) == 0 || types.Identical(a.Params[0].Type(), b.Params[0].Type()))
}

// mentioned lists the instances and wrappers that a function refers to.
func mentioned(sf *ssa.Function) (out []*ssa.Function) {
	var buf [16]*ssa.Value
	for _, b := range sf.Blocks {
		for _, in := range b.Instrs {
			for _, v := range in.Operands(buf[:0]) {
				if f, ok := (*v).(*ssa.Function); ok && f.Synthetic != "" && f.Parent() == nil {
					out = append(out, f)
				}
			}
		}
	}
	return out
}

// defers says whether a function has deferred calls, also in the bodies of its range-over-func loops.
func defers(sf *ssa.Function) bool {
	for _, b := range sf.Blocks {
		for _, in := range b.Instrs {
			if _, ok := in.(*ssa.Defer); ok {
				return true
			}
		}
	}
	for _, a := range sf.AnonFuncs {
		if a.Synthetic != "" && defers(a) {
			return true
		}
	}
	return false
}

// dropDefers takes out what the builder prepares for deferred calls in every function, and takes
// out itself where it does not build the naive form.
func dropDefers(sf *ssa.Function) {
	stack := map[ssa.Value]bool{}
	for _, b := range sf.Blocks {
		kept := b.Instrs[:0]
		for _, in := range b.Instrs {
			switch x := in.(type) {
			case *ssa.RunDefers:
				continue
			case *ssa.Call:
				if bi, ok := x.Call.Value.(*ssa.Builtin); ok && bi.Name() == "ssa:deferstack" {
					stack[x] = true
					continue
				}
			case *ssa.Store:
				if stack[x.Val] {
					continue
				}
			}
			kept = append(kept, in)
		}
		b.Instrs = kept
	}
}
