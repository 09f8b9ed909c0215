package typed

import (
	"go/types"

	"golang.org/x/tools/go/ssa"
)

// reached is what the code of a function can reach: session variables, and functions that were
// patched.
type reached struct {
	globals []*ssa.Global
	patches []patchPair
}

type patchPair struct{ old, new *function }

// reach walks the SSA form of a function and of all that it may call. Conversions to an interface
// reach every method of the type, and so do results: an actor's methods are called by their names on
// what its constructor has returned.
func reach(f *function) reached {
	w := &reachWalk{sp: f.sp, seen: map[*ssa.Function]bool{}, globals: map[*ssa.Global]bool{}, types: map[types.Type]bool{}}
	w.function(f.sf)
	for v := range f.sf.Signature.Results().Variables() {
		w.methods(addressable(v.Type()))
	}
	for len(w.todo) > 0 {
		sf := w.todo[0]
		w.todo = w.todo[1:]
		w.body(sf)
	}
	return w.out
}

type reachWalk struct {
	sp      *space
	seen    map[*ssa.Function]bool
	globals map[*ssa.Global]bool
	types   map[types.Type]bool
	todo    []*ssa.Function
	out     reached
}

func (r *reachWalk) function(sf *ssa.Function) {
	if sf == nil || r.seen[sf] {
		return
	}
	r.seen[sf] = true
	if f, ok := r.sp.funcs[sf]; ok && f.patch != nil {
		g := f
		for g.patch != nil {
			g = g.patch
		}
		r.out.patches = append(r.out.patches, patchPair{f, g})
		r.function(g.sf)
		return
	}
	r.todo = append(r.todo, sf)
}

func (r *reachWalk) body(sf *ssa.Function) {
	var buf [16]*ssa.Value
	for _, b := range sf.Blocks {
		for _, in := range b.Instrs {
			for _, v := range in.Operands(buf[:0]) {
				switch v := (*v).(type) {
				case *ssa.Function:
					r.function(v)
				case *ssa.Global:
					r.global(v)
				}
			}
			if m, ok := in.(*ssa.MakeInterface); ok {
				r.methods(m.X.Type())
			}
		}
	}
	for _, a := range sf.AnonFuncs {
		r.function(a)
	}
}

func (r *reachWalk) global(g *ssa.Global) {
	if r.globals[g] || g.Pkg == nil || !r.sp.w.own[g.Pkg.Pkg] || g.Object() == nil {
		return
	}
	r.globals[g] = true
	r.out.globals = append(r.out.globals, g)
}

// addressable is the type whose methods can be called on a variable of type t.
func addressable(t types.Type) types.Type {
	if n, ok := types.Unalias(t).(*types.Named); ok && !types.IsInterface(n) && !hasParams(n, map[types.Type]bool{}) {
		return types.NewPointer(n)
	}
	return t
}

func (r *reachWalk) methods(t types.Type) {
	if r.types[t] {
		return
	}
	r.types[t] = true
	elem := t
	if p, ok := t.(*types.Pointer); ok {
		elem = p.Elem()
	}
	if n, ok := types.Unalias(elem).(*types.Named); !ok || n.Obj().Pkg() == nil || !r.sp.w.own[n.Obj().Pkg()] {
		return
	}
	ms := types.NewMethodSet(t)
	for i := range ms.Len() {
		r.function(r.sp.w.prog.MethodValue(ms.At(i)))
	}
}
