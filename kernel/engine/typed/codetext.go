package typed

import (
	"fmt"
	"go/token"
	"go/types"
	"maps"
	"slices"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/goray/goray/kernel/engine"
	"github.com/goray/goray/kernel/lang"
)

// addedKey stands for the text of the added cell in its key.
const addedKey = "expression "

// describeBase finds the roots of the outermost function, and writes the added cell for one that
// is not declared in a cell as it is.
func (x *exporter) describeBase(base, sf *ssa.Function) error {
	sig := base.Signature
	switch {
	case x.describeModule(base, sf):
	case base.Synthetic != "" && base.Pkg == nil && base.Origin() == nil: // bound method or method expression
		m := base.Object()
		if m == nil {
			return fmt.Errorf("%s has no declaration to ship; wrap it in a function literal", base)
		}
		if len(base.FreeVars) > 0 {
			x.text = fmt.Sprintf("var %s %s\n%s := %s.%s", receiverName, x.typeText(base.FreeVars[0].Type()), rootName, receiverName, m.Name())
		} else {
			x.text = fmt.Sprintf("%s := (%s).%s", rootName, x.typeText(sig.Params().At(0).Type()), m.Name())
		}
		if x.w.own[m.Pkg()] {
			x.addRoot(m)
		}
	case base.Origin() != nil && sig.Recv() != nil: // a method of an instance of a generic type
		x.addRoot(base.Origin().Object())
		x.text = fmt.Sprintf("%s := (%s).%s", rootName, x.typeText(sig.Recv().Type()), base.Object().Name())
	case base.Origin() != nil:
		var args []string
		for _, t := range base.TypeArgs() {
			args = append(args, x.typeText(t))
		}
		o := base.Origin().Object()
		x.addRoot(o)
		x.names[o.Name()] = o.Pkg()
		x.text = fmt.Sprintf("%s := %s[%s]", rootName, o.Name(), strings.Join(args, ", "))
	case base.Pkg == nil || !x.w.own[base.Pkg.Pkg]:
		return fmt.Errorf("%s is not declared in a cell; wrap the call in a function literal of the cell", base)
	case base.Object() != nil && base.Name() != runName:
		x.addRoot(base.Object())
	default: // a literal among a cell's statements
		x.roots = append(x.roots, lang.Root{Pkg: base.Pkg.Pkg, Pos: sf.Syntax().Pos()})
	}
	return x.err
}

func (x *exporter) addRoot(o types.Object) {
	if o != nil && x.w.own[o.Pkg()] {
		x.roots = append(x.roots, lang.Root{Pkg: o.Pkg(), Pos: o.Pos()})
	}
}

// typeText writes a type so that the added cell can read it.
func (x *exporter) typeText(t types.Type) string {
	x.visitNames(t, map[types.Type]bool{})
	return types.TypeString(t, func(p *types.Package) string {
		if x.w.own[p] {
			return ""
		}
		for name, path := range x.imports {
			if path == p.Path() {
				return name
			}
		}
		name := fmt.Sprintf("p%d", len(x.imports))
		x.imports[name] = p.Path()
		return name
	})
}

// visitNames notes the types of cells that t mentions.
func (x *exporter) visitNames(t types.Type, seen map[types.Type]bool) {
	if seen[t] {
		return
	}
	seen[t] = true
	switch t := types.Unalias(t).(type) {
	case *types.Named:
		for a := range t.TypeArgs().Types() {
			x.visitNames(a, seen)
		}
		o := t.Origin().Obj()
		if !x.w.own[o.Pkg()] {
			return
		}
		if o.Parent() != o.Pkg().Scope() {
			x.err = fmt.Errorf("type %s is declared inside a function; declare it at the top level of a cell to ship code that is instantiated with it", o.Name())
			return
		}
		if p, ok := x.names[o.Name()]; ok && p != o.Pkg() {
			x.err = fmt.Errorf("two declarations of type %s meet in one type; execute the older cell again", o.Name())
		}
		x.names[o.Name()] = o.Pkg()
		x.addRoot(o)
	case interface{ Elem() types.Type }:
		x.visitNames(t.Elem(), seen)
		if m, ok := t.(*types.Map); ok {
			x.visitNames(m.Key(), seen)
		}
	case *types.Struct:
		for i := range t.NumFields() {
			x.visitNames(t.Field(i).Type(), seen)
		}
	case *types.Signature:
		x.visitNames(t.Params(), seen)
		x.visitNames(t.Results(), seen)
	case *types.Tuple:
		for i := range t.Len() {
			x.visitNames(t.At(i).Type(), seen)
		}
	case *types.Interface:
		for i := range t.NumMethods() {
			x.visitNames(t.Method(i).Type(), seen)
		}
	}
}

// addCell appends the added cell to the bundle.
func (x *exporter) addCell(b *lang.Bundle) {
	c := lang.BundleCell{Text: x.text, Imports: x.imports, Names: map[string]int{}}
	key := x.text
	for name, p := range x.names {
		i := b.Index(p)
		if i < 0 {
			continue
		}
		c.Names[name] = i
	}
	for _, name := range sortedNames(c.Names) {
		key += fmt.Sprintf("\n%s %s", name, b.Cells[c.Names[name]].Key)
	}
	for _, name := range sortedNames(c.Imports) {
		key += fmt.Sprintf("\n%s %q", name, c.Imports[name])
	}
	c.Key = addedKey + key
	b.Cells = append(b.Cells, c)
}

// offset is where pos is in its cell.
func (x *exporter) offset(pos token.Pos) int { return x.w.cellOffset(pos) }

// cellOffset numbers positions within a cell by line and column, which stay when the rest of the
// cell is blanked out.
func (w *world) cellOffset(pos token.Pos) int {
	p := w.fset.Position(pos)
	return p.Line<<12 | p.Column
}

// exportType makes the snapshot of a type.
func (x *exporter) exportType(t *types.Named) (engine.Snapshot, error) {
	text := x.typeText(t)
	if x.err != nil {
		return engine.Snapshot{}, x.err
	}
	b, err := x.lang.Export(x.roots...)
	if err != nil {
		return engine.Snapshot{}, err
	}
	ship := shipment{Bundle: b, Name: text, Type: text}
	x.text = fmt.Sprintf("var %s %s", rootName, text)
	x.addCell(b)
	s, err := x.snapshot(ship, nil)
	p := x.w.fset.Position(t.Obj().Pos())
	s.Cell, s.Line = p.Filename, p.Line
	return s, err
}

func sortedNames[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
