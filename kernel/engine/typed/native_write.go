package typed

import (
	"fmt"
	"go/types"
	"maps"
	"slices"
)

// write puts the program together.
func (n *nativeWriter) write(root *nativePiece) {
	entry := n.maker(root)
	var globals []string
	for _, g := range n.d.globals {
		o := g.Object().(*types.Var)
		globals = append(globals, n.need(o))
	}
	for _, t := range n.d.captured() {
		n.program.CaptureTypes = append(n.program.CaptureTypes, n.typeText(t))
	}
	text := map[string]string{} // of the variables, by name
	for len(text) < len(n.vars) || len(n.todo) > 0 {
		for v := range maps.Clone(n.vars) { // its type may bring others
			text[n.names[v]] = fmt.Sprintf("var %s %s\n", n.names[v], n.typeText(v.Type()))
		}
		for len(n.todo) > 0 {
			p := n.todo[0]
			n.todo = n.todo[1:]
			n.visit(p)
		}
	}
	n.out.raw("package main\n")
	for _, path := range slices.Sorted(maps.Keys(n.imports)) {
		n.out.raw(fmt.Sprintf("import %s %q\n", n.imports[path], path))
		n.program.Imports = append(n.program.Imports, path)
	}
	for _, name := range slices.Sorted(maps.Keys(text)) {
		n.out.raw(text[name])
	}
	for _, p := range n.ordered() {
		n.copyPiece(p)
		n.out.raw("\n")
	}
	entry()
	n.program.Text, n.program.Places = n.out.text, n.out.places
	n.program.Globals, n.program.Maker, n.program.Free = globals, makerName, len(n.d.captures)-len(n.d.globals)
}

// ordered are the pieces in the order of their cells.
func (n *nativeWriter) ordered() []*nativePiece {
	seen := map[*nativePiece]bool{}
	var l []*nativePiece
	for _, p := range n.pieces {
		if !seen[p] {
			seen[p] = true
			l = append(l, p)
		}
	}
	slices.SortFunc(l, func(a, b *nativePiece) int {
		if a.cell != b.cell {
			return a.cell - b.cell
		}
		return a.start - b.start
	})
	return l
}

// maker returns what writes the function that makes the function.
func (n *nativeWriter) maker(root *nativePiece) func() {
	params := ""
	if n.d.sf != nil {
		for i, fv := range n.d.sf.FreeVars {
			if i > 0 {
				params += ", "
			}
			params += fv.Name() + " " + n.typeText(deref(fv.Type()))
		}
	}
	return func() {
		n.out.raw(fmt.Sprintf("func %s(%s) any { return (\n", makerName, params))
		if root == nil {
			n.out.raw(n.need(n.d.sf.Object()))
		} else {
			n.copyPiece(root)
		}
		n.out.raw(")\n}\n")
	}
}

// captured are the static types of the captures.
func (d *definition) captured() (l []types.Type) {
	for _, g := range d.globals {
		l = append(l, deref(g.Type()))
	}
	if d.sf != nil {
		for _, fv := range d.sf.FreeVars {
			l = append(l, deref(fv.Type()))
		}
	}
	return l
}
