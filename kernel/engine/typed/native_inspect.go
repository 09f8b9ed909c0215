package typed

import (
	"go/types"
	"strings"

	"golang.org/x/tools/go/ssa"
)

// nativeInspection looks at the SSA form of all that a native program runs.
type nativeInspection struct {
	n          *nativeWriter
	seen       map[*ssa.Function]bool
	types      map[types.Type]bool
	captured   map[ssa.Value]string // what leads to a captured variable, and its name
	replayable bool
	order      []*ssa.Function
	modules    map[*types.Package]bool // whether they are third-party
	actor      bool                    // what runs must leave nothing behind that the state cannot take with it
}

func (n *nativeWriter) newInspection() *nativeInspection {
	return &nativeInspection{n: n, seen: map[*ssa.Function]bool{}, types: map[types.Type]bool{}, captured: map[ssa.Value]string{}, modules: map[*types.Package]bool{}, replayable: true}
}

// inspect finds the types that values may have inside interfaces, refuses functions that change
// what they captured, and finds out whether they can be started again.
func (n *nativeWriter) inspect(in *nativeInspection) {
	d := n.d
	for _, g := range d.globals {
		in.captured[g] = g.Name()
	}
	root := d.sf
	if root == nil {
		added := d.w.prog.Package(d.units[len(d.units)-1].Pkg)
		root = added.Func(d.units[len(d.units)-1].Run)
		if v := added.Var(rootName); v != nil {
			if sig, ok := deref(v.Type()).Underlying().(*types.Signature); ok {
				in.signature(sig)
			}
		}
	} else {
		for _, fv := range root.FreeVars {
			in.captured[fv] = fv.Name()
		}
		in.signature(root.Signature)
	}
	in.visit(root)
	for again := true; again; { // a literal sees what the function around it has captured
		again = false
		for _, f := range in.order {
			again = in.follow(f) || again
		}
	}
	for _, u := range d.units {
		for _, t := range u.Types {
			if named, ok := t.Type().(*types.Named); ok && named.TypeParams().Len() == 0 && n.pieces[t] != nil {
				in.value(named)
			}
		}
	}
	in.moduleErrors()
	n.program.Replayable = in.replayable
}

// signature notes the types of results, which travel with their types, and of arguments.
func (in *nativeInspection) signature(s *types.Signature) {
	for v := range s.Results().Variables() {
		in.value(v.Type())
	}
	for v := range s.Params().Variables() {
		in.value(v.Type())
	}
}

// startsOwnCode are the functions of package ray that give a function of the user to compiled
// functions of their own, as values that a native program cannot make.
var startsOwnCode = map[string]bool{"RemoteStream": true, "NewStreamFunction": true}

func (in *nativeInspection) visit(f *ssa.Function) {
	if f == nil || in.seen[f] {
		return
	}
	in.seen[f] = true
	if newer := in.n.patched[f.Object()]; newer != nil {
		if o, ok := newer.(*types.Func); ok {
			in.visit(in.n.d.w.prog.FuncValue(o))
			return
		}
	}
	if pkg := packageOf(f); pkg != nil && in.fromModule(pkg.Pkg) {
		in.replayable, in.seen[f] = false, false
		in.moduleStays(f)
		return
	} else if pkg != nil && !in.n.d.w.own[pkg.Pkg] {
		in.replayable = in.replayable && harmless(pkg.Pkg.Path(), f.Name())
		in.stays(pkg.Pkg.Path() + "." + f.Name())
		name := f.Name()
		if o := f.Origin(); o != nil {
			name = o.Name()
		}
		if pkg.Pkg.Path() == rayPath && startsOwnCode[name] {
			refuse("it calls ray.%s, which starts code of the runtime that a native program cannot ship", name)
		}
		return // interpreted here, compiled there
	}
	in.order = append(in.order, f)
	for _, a := range f.AnonFuncs {
		in.visit(a)
	}
	var buf [16]*ssa.Value
	for _, b := range f.Blocks {
		for _, instr := range b.Instrs {
			for _, v := range instr.Operands(buf[:0]) {
				switch v := (*v).(type) {
				case *ssa.Function:
					in.visit(v)
				case *ssa.Builtin:
					in.replayable = in.replayable && v.Name() != "print" && v.Name() != "println"
				case *ssa.Global:
					in.global(v)
				}
			}
			switch i := instr.(type) {
			case *ssa.MakeInterface:
				if n, ok := types.Unalias(i.X.Type()).(*types.Named); ok && n.Obj().Pkg() != nil && n.Obj().Pkg().Path() == dataPath {
					refuse("it makes an interface's value of a data.%s, whose methods native programs lack", n.Obj().Name())
				}
				in.value(i.X.Type())
				in.methods(i.X.Type())
				in.function(i.X)
			case *ssa.TypeAssert:
				in.value(i.AssertedType)
			case *ssa.Go:
				in.replayable = false
				in.stays("go")
			case *ssa.Send, *ssa.Select:
				in.replayable = false
			}
		}
	}
}

// function looks at a function that becomes an interface's value: ray.Remote and its like take them.
func (in *nativeInspection) function(v ssa.Value) {
	if _, ok := v.Type().Underlying().(*types.Signature); !ok || in.n.imports[rayPath] == "" {
		return
	}
	switch v := v.(type) {
	case *ssa.Function:
		if v.Synthetic == "" && in.n.d.w.own[packageOf(v).Pkg] {
			in.n.remote(v)
		}
	case *ssa.Const: // nil
	default:
		refuse("it makes a function remote that has no name of its own")
	}
}

// methods visits what an interface may call.
func (in *nativeInspection) methods(t types.Type) {
	elem := t
	if p, ok := t.(*types.Pointer); ok {
		elem = p.Elem()
	}
	if n, ok := types.Unalias(elem).(*types.Named); !ok || n.Obj().Pkg() == nil || !in.n.d.w.own[n.Obj().Pkg()] {
		return
	}
	ms := types.NewMethodSet(t)
	for i := range ms.Len() {
		in.visit(in.n.d.w.prog.MethodValue(ms.At(i)))
	}
}

// follow traces captured variables through a function, and refuses to change them: a function that
// does must stay where its variables are. It reports whether it has learned something.
func (in *nativeInspection) follow(f *ssa.Function) (learned bool) {
	taint := func(v ssa.Value, from ssa.Value) {
		if name, ok := in.captured[from]; ok && in.captured[v] == "" {
			in.captured[v] = name
			learned = true
		}
	}
	for _, b := range f.Blocks {
		for _, instr := range b.Instrs {
			switch i := instr.(type) {
			case *ssa.FieldAddr:
				taint(i, i.X)
			case *ssa.IndexAddr:
				taint(i, i.X)
			case *ssa.Slice:
				taint(i, i.X)
			case *ssa.UnOp:
				if refersTo(i.Type()) {
					taint(i, i.X)
				}
			case *ssa.MakeClosure:
				for k, bound := range i.Bindings {
					taint(i.Fn.(*ssa.Function).FreeVars[k], bound)
				}
			case *ssa.Store:
				if name, ok := in.captured[i.Addr]; ok {
					refuse("it changes the captured variable %s", name)
				}
			case *ssa.MapUpdate:
				if name, ok := in.captured[i.Map]; ok {
					refuse("it changes the captured variable %s", name)
				}
			}
		}
	}
	return learned
}

// refersTo says whether a copy of a value still leads to the same memory.
func refersTo(t types.Type) bool {
	switch t.Underlying().(type) {
	case *types.Pointer, *types.Slice, *types.Map, *types.Signature:
		return true
	}
	return false
}

// value notes the named types that values of type t have or consist of.
func (in *nativeInspection) value(t types.Type) {
	t = types.Unalias(t)
	if in.types[t] {
		return
	}
	in.types[t] = true
	switch t := t.(type) {
	case *types.Named:
		in.named(t)
	case *types.Pointer:
		in.value(t.Elem())
	case *types.Slice:
		in.value(t.Elem())
	case *types.Array:
		in.value(t.Elem())
	case *types.Map:
		in.value(t.Key())
		in.value(t.Elem())
	case *types.Struct:
		for f := range t.Fields() {
			in.value(f.Type())
		}
	}
}

func (in *nativeInspection) named(t *types.Named) {
	o := t.Obj()
	if i, ok := t.Underlying().(*types.Interface); o.Pkg() == nil || ok && !i.IsMethodSet() || hasParams(t, map[types.Type]bool{}) {
		return
	}
	w := in.n.d.w
	if w.own[o.Pkg()] {
		if o.Parent() == o.Pkg().Scope() {
			in.n.types = append(in.n.types, nativeType{in.n.namedText(t), w.types.of(t)})
			if s, ok := t.Underlying().(*types.Struct); ok {
				for f := range s.Fields() {
					in.value(f.Type())
				}
			}
		}
		return
	}
	if in.fromModule(o.Pkg()) {
		in.moduleNamed(t)
		return
	}
	if !o.Exported() || t.TypeArgs().Len() > 0 || !importable(o.Pkg().Path()) {
		return
	}
	run := w.types.of(t)
	if run.String() != o.Pkg().Name()+"."+o.Name() {
		return // interpreted from source: no other process knows it by its address
	}
	in.n.program.Foreign = append(in.n.program.Foreign, in.n.namedText(t))
	in.n.program.ForeignTypes = append(in.n.program.ForeignTypes, run)
}

// hasParams says whether type parameters are among the arguments of t.
func hasParams(t types.Type, seen map[types.Type]bool) bool {
	if seen[t] {
		return false
	}
	seen[t] = true
	switch t := types.Unalias(t).(type) {
	case *types.TypeParam:
		return true
	case *types.Named:
		if t.TypeParams().Len() > 0 && t.TypeArgs().Len() == 0 {
			return true
		}
		for a := range t.TypeArgs().Types() {
			if hasParams(a, seen) {
				return true
			}
		}
	case *types.Map:
		return hasParams(t.Key(), seen) || hasParams(t.Elem(), seen)
	case interface{ Elem() types.Type }:
		return hasParams(t.Elem(), seen)
	}
	return false
}

// harmless says whether nobody can tell that a function of a package has run.
func harmless(path, name string) bool {
	switch path {
	case "math", "strings", "strconv", "sort", "slices", "maps", "bytes", "errors", "cmp", "iter", "unicode", "regexp", "time", "math/bits",
		"math/big", "math/cmplx", "math/rand", "math/rand/v2", "unicode/utf8", "unicode/utf16", "container/heap", "container/list", "container/ring",
		"encoding/json", "encoding/csv", "encoding/hex", "encoding/base64", "encoding/binary", "hash/fnv", "hash/crc32", "crypto/sha256", "crypto/md5", "crypto/sha1", "context", "reflect":
		return name != "Sleep" && name != "AfterFunc"
	case "fmt":
		return strings.HasPrefix(name, "S") || strings.HasPrefix(name, "Append") || name == "Errorf"
	}
	return false
}
