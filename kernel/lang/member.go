package lang

import (
	"go/types"
	"slices"
	"strings"
)

// members lists the fields and methods of t, promoted ones too, that code in pkg can select; the
// shallowest of each name.
func members(t types.Type, pkg *types.Package) []types.Object {
	found := map[string]types.Object{}
	add := func(o types.Object) {
		if o.Exported() || o.Pkg() != nil && o.Pkg().Path() == pkg.Path() {
			if found[o.Name()] == nil {
				found[o.Name()] = o
			}
		}
	}
	seen := map[types.Type]bool{}
	current := []types.Type{t}
	for depth := 0; len(current) > 0 && depth < 8; depth++ {
		var next []types.Type
		for _, embedded := range current {
			t := types.Unalias(embedded)
			if p, ok := t.Underlying().(*types.Pointer); ok {
				t = types.Unalias(p.Elem())
			}
			if seen[t] {
				continue
			}
			seen[t] = true
			if n, ok := t.(*types.Named); ok {
				for m := range n.Methods() {
					add(m)
				}
			}
			switch x := t.Underlying().(type) {
			case *types.Struct:
				for f := range x.Fields() {
					add(f)
					if f.Embedded() {
						next = append(next, f.Type())
					}
				}
			case *types.Interface:
				for m := range x.Methods() {
					add(m)
				}
			}
		}
		current = next
	}
	l := make([]types.Object, 0, len(found))
	for _, o := range found {
		l = append(l, o)
	}
	slices.SortFunc(l, func(a, b types.Object) int { return strings.Compare(a.Name(), b.Name()) })
	return l
}
