package typed

import (
	"go/types"
	"maps"
	"slices"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/goray/goray/kernel/engine"
	"github.com/goray/goray/kernel/lang/modules"
)

// importable says whether a native program may import a package.
func (n *nativeWriter) importable(path string) bool {
	return importable(path) || n.lang.Packages().FromModule(path)
}

// thirdParty are the third-party packages that the program imports, and those that they import:
// dependencies first.
func (n *nativeWriter) thirdParty() (all []*modules.Package) {
	lib := n.lang.Packages()
	seen := map[string]bool{"unsafe": true}
	var visit func(path, from string)
	visit = func(path, from string) {
		if seen[path] {
			return
		}
		seen[path] = true
		m := lib.Module(path)
		if m == nil {
			if first, _, _ := strings.Cut(path, "/"); from != "" && (strings.Contains(first, ".") || first == "C") {
				refuse("its package %s needs %s, which native programs lack", from, path)
			}
			return
		}
		for _, i := range m.Imports {
			visit(i, path)
		}
		all = append(all, m)
	}
	for _, path := range slices.Sorted(maps.Keys(n.imports)) {
		visit(path, "")
	}
	return all
}

// packages adds the third-party packages that the program is linked with.
func (n *nativeWriter) packages() {
	for _, m := range n.thirdParty() {
		files, patterns, err := m.Compiled()
		if err != nil {
			refuse("its package %s: %v", m.Path, err)
		}
		p := engine.NativePackage{Path: m.Path, Hash: m.Hash, GoVersion: m.GoVersion, Imports: m.Imports, Patterns: patterns}
		for _, f := range files {
			p.Files = append(p.Files, engine.NativeFile(f))
		}
		for _, f := range m.Embedded {
			p.Embedded = append(p.Embedded, engine.NativeFile(f))
		}
		n.program.Packages = append(n.program.Packages, p)
	}
}

// fromModule says whether a package is interpreted from the source of a module.
func (in *nativeInspection) fromModule(p *types.Package) bool {
	if p == nil {
		return false
	}
	known, ok := in.modules[p]
	if !ok {
		known = in.n.lang.Packages().FromModule(p.Path())
		in.modules[p] = known
	}
	return known
}

// global refuses later that cells change a variable of a third-party package: it would change in one
// process only, and never back in the interpreter.
func (in *nativeInspection) global(g *ssa.Global) {
	if g.Pkg != nil && in.fromModule(g.Pkg.Pkg) {
		in.captured[g] = g.Pkg.Pkg.Name() + "." + g.Name()
	}
}

// moduleNamed notes a type of a third-party package. It is made at run time here, as types of cells
// are, and travels as they do.
func (in *nativeInspection) moduleNamed(t *types.Named) {
	o := t.Obj()
	if !o.Exported() || o.Parent() != o.Pkg().Scope() {
		return
	}
	in.n.types = append(in.n.types, nativeType{in.n.namedText(t), in.n.d.w.types.of(t)})
	if s, ok := t.Underlying().(*types.Struct); ok {
		for f := range s.Fields() {
			in.value(f.Type())
		}
	}
}

// moduleErrors notes the errors of third-party packages: callers look for them by their types.
func (in *nativeInspection) moduleErrors() {
	isError := types.Universe.Lookup("error").Type().Underlying().(*types.Interface)
	for _, p := range in.n.thirdParty() {
		if slices.Contains(strings.Split(p.Path, "/"), "internal") {
			continue // the program's text cannot import it
		}
		pkg, err := in.n.lang.Packages().Import(p.Path)
		if err != nil {
			continue // it is there: the cells were checked with it
		}
		for _, name := range pkg.Scope().Names() {
			tn, ok := pkg.Scope().Lookup(name).(*types.TypeName)
			if !ok || !tn.Exported() || tn.IsAlias() || types.IsInterface(tn.Type()) || hasParams(tn.Type(), map[types.Type]bool{}) {
				continue
			}
			if types.Implements(tn.Type(), isError) || types.Implements(types.NewPointer(tn.Type()), isError) {
				in.value(tn.Type())
			}
		}
	}
}

// moduleStays looks through the functions of third-party packages that an actor runs, as far as they
// are called by name, for what cannot move with its state.
func (in *nativeInspection) moduleStays(f *ssa.Function) {
	if f == nil || !in.actor || in.seen[f] {
		return
	}
	in.seen[f] = true
	pkg := packageOf(f)
	if pkg == nil || !in.fromModule(pkg.Pkg) {
		if pkg != nil {
			in.stays(pkg.Pkg.Path() + "." + f.Name())
		}
		return
	}
	for _, a := range f.AnonFuncs {
		in.moduleStays(a)
	}
	var buf [16]*ssa.Value
	for _, b := range f.Blocks {
		for _, instr := range b.Instrs {
			if _, ok := instr.(*ssa.Go); ok {
				in.stays("go")
			}
			for _, v := range instr.Operands(buf[:0]) {
				if callee, ok := (*v).(*ssa.Function); ok {
					in.moduleStays(callee)
				}
			}
		}
	}
}
