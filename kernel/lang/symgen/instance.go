package main

import (
	"bytes"
	"fmt"
	"go/format"
	"go/types"
	"slices"
	"strings"
)

// instances writes the instantiated types that the packages' exported API mentions, such as
// iter.Seq[string]: compiled code has them, and interpreted code must mean the same.
func instances(pkgs []*types.Package) ([]byte, error) {
	found := map[string]*types.Named{}
	for _, p := range pkgs {
		seen := map[types.Type]bool{}
		for _, n := range p.Scope().Names() {
			if o := p.Scope().Lookup(n); o.Exported() && !generic(o) {
				walk(o.Type(), p, seen, found)
			}
		}
	}
	var keys []string
	for k := range found {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	aliases := map[string]string{}
	var paths []string
	qualify := func(p *types.Package) string {
		if aliases[p.Path()] == "" {
			aliases[p.Path()] = identifier(p.Path())
			paths = append(paths, p.Path())
		}
		return aliases[p.Path()]
	}
	var body bytes.Buffer
	for _, k := range keys {
		n := found[k]
		name := strings.TrimPrefix(types.TypeString(n, (*types.Package).Path), n.Obj().Pkg().Path()+".")
		fmt.Fprintf(&body, "\t{%q, engine.Symbol{Name: %q, Value: (*%s)(nil)}},\n", n.Obj().Pkg().Path(), name, types.TypeString(n, qualify))
	}
	slices.Sort(paths)
	var f bytes.Buffer
	fmt.Fprintf(&f, "package symbols\n\nimport (\n")
	for _, p := range paths {
		fmt.Fprintf(&f, "\t%s %q\n", aliases[p], p)
	}
	fmt.Fprintf(&f, "\n\t\"github.com/goray/goray/kernel/engine\"\n)\n\nvar instances = [...]instance{\n%s}\n", body.Bytes())
	return format.Source(f.Bytes())
}

// walk collects the instances that t mentions and that other packages can name; of p's own types
// it visits what is exported.
func walk(t types.Type, p *types.Package, seen map[types.Type]bool, found map[string]*types.Named) {
	if seen[t] {
		return
	}
	seen[t] = true
	visit := func(t types.Type) { walk(t, p, seen, found) }
	switch t := t.(type) {
	case *types.Alias:
		visit(types.Unalias(t))
	case *types.Pointer:
		visit(t.Elem())
	case *types.Slice:
		visit(t.Elem())
	case *types.Array:
		visit(t.Elem())
	case *types.Chan:
		visit(t.Elem())
	case *types.Map:
		visit(t.Key())
		visit(t.Elem())
	case *types.Tuple:
		for v := range t.Variables() {
			visit(v.Type())
		}
	case *types.Signature:
		visit(t.Params())
		visit(t.Results())
	case *types.Struct:
		for f := range t.Fields() {
			if f.Exported() {
				visit(f.Type())
			}
		}
	case *types.Interface:
		for m := range t.Methods() {
			visit(m.Type())
		}
	case *types.Named:
		if t.TypeArgs().Len() > 0 && nameable(t) {
			found[types.TypeString(t, (*types.Package).Path)] = t
		}
		if t.Obj().Pkg() == p && t.TypeParams().Len() == 0 {
			visit(t.Underlying())
			for m := range t.Methods() {
				if m.Exported() {
					visit(m.Type())
				}
			}
		}
	}
}

// nameable says whether any package could write t.
func nameable(t types.Type) bool {
	switch t := types.Unalias(t).(type) {
	case *types.Basic:
		return true
	case *types.Pointer:
		return nameable(t.Elem())
	case *types.Slice:
		return nameable(t.Elem())
	case *types.Interface:
		return t.Empty()
	case *types.Named:
		if t.Obj().Pkg() != nil && (!t.Obj().Exported() || !public(t.Obj().Pkg().Path())) {
			return false
		}
		for a := range t.TypeArgs().Types() {
			if !nameable(a) {
				return false
			}
		}
		return true
	}
	return false
}
