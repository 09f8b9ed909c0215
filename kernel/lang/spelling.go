package lang

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// spelled is what stands for a statement that only declares variables, where their types can be
// written: "var x int". Without the values, a bundle does not drag along whatever computed them,
// and the packages which that needs.
type spelled struct {
	text    string
	names   map[string]*types.Package // type names of other cells
	imports map[string]string
}

// spell writes the variables that an item declares by their types; ok is false when the item has
// to travel as it is: it declares something else, or a type cannot be written in this cell.
func (x *exporter) spell(pkg *types.Package, i int) (s spelled, ok bool) {
	c := x.cell(pkg)
	it := c.pieces.items[i]
	if it.decl || c.pieces.file || !c.declares(it) || c.sharesLine(i) {
		return s, false
	}
	s = spelled{names: map[string]*types.Package{}, imports: map[string]string{}}
	var vars []*types.Var
	c.inItem(x.s.pkgs.fset, i, func(id *ast.Ident) {
		if v, ok := c.info.Defs[id].(*types.Var); ok && c.names[v.Name()] == v {
			vars = append(vars, v)
		}
	})
	var texts []string
	for _, v := range vars {
		t, ok := x.spellType(c, &s, v.Type())
		if !ok {
			return s, false
		}
		texts = append(texts, fmt.Sprintf("var %s %s", v.Name(), t))
	}
	s.text = strings.Join(texts, ";")
	return s, len(texts) > 0
}

// declares says whether the item begins as a declaration of variables does.
func (c *cell) declares(it item) bool {
	text := c.source[it.start:it.end]
	if firstToken(text) == token.VAR {
		return true
	}
	for _, d := range c.file.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.VAR {
			continue
		}
		for _, s := range g.Specs {
			for _, id := range s.(*ast.ValueSpec).Names {
				if off := c.offset(c.fset, id.Pos()); it.start <= off && off < it.end {
					return true
				}
			}
		}
	}
	return false
}

// sharesLine says whether another item is on a line of this one: its columns have to stay.
func (c *cell) sharesLine(i int) bool {
	first, last := c.span(i)
	for k := range c.pieces.items {
		if a, b := c.span(k); k != i && a <= last && b >= first {
			return true
		}
	}
	return false
}

// span gives the first and the last line of an item, without what is blank around it.
func (c *cell) span(i int) (first, last int) {
	it := c.pieces.items[i]
	text := c.source[it.start:it.end]
	start := it.end - len(strings.TrimLeft(text, " \t\r\n"))
	end := it.start + len(strings.TrimRight(text, " \t\r\n"))
	return strings.Count(c.source[:start], "\n"), strings.Count(c.source[:end], "\n")
}

// spellType writes t with the names that the cell may use for it.
func (x *exporter) spellType(c *cell, s *spelled, t types.Type) (string, bool) {
	ok := true
	taken := func(name string, o types.Object) bool {
		if own := c.names[name]; own != nil && own != o {
			return true
		}
		return slices.ContainsFunc(c.visible, func(v types.Object) bool { return v.Name() == name && v != o })
	}
	var walk func(t types.Type, depth int)
	walk = func(t types.Type, depth int) {
		if depth > 20 {
			ok = false
		}
		if !ok {
			return
		}
		switch t := t.(type) {
		case *types.Basic:
			ok = t.Info()&types.IsUntyped == 0 && t.Kind() != types.Invalid && t.Kind() != types.UnsafePointer && !taken(t.Name(), nil) && c.uses[t.Name()] == ""
		case *types.Pointer:
			walk(t.Elem(), depth+1)
		case *types.Slice:
			walk(t.Elem(), depth+1)
		case *types.Array:
			walk(t.Elem(), depth+1)
		case *types.Chan:
			walk(t.Elem(), depth+1)
		case *types.Map:
			walk(t.Key(), depth+1)
			walk(t.Elem(), depth+1)
		case *types.Signature:
			for _, tuple := range []*types.Tuple{t.Params(), t.Results()} {
				for v := range tuple.Variables() {
					walk(v.Type(), depth+1)
				}
			}
		case *types.Interface:
			ok = t.Empty()
		case *types.Alias:
			ok = x.spellName(c, s, t.Obj(), taken)
			for a := range t.TypeArgs().Types() {
				walk(a, depth+1)
			}
		case *types.Named:
			ok = x.spellName(c, s, t.Obj(), taken)
			for a := range t.TypeArgs().Types() {
				walk(a, depth+1)
			}
		default: // struct literals may have fields of any package, type parameters mean nothing here
			ok = false
		}
	}
	walk(t, 0)
	if !ok {
		return "", false
	}
	return types.TypeString(t, byName), true
}

// spellName notes what the name of a type needs.
func (x *exporter) spellName(c *cell, s *spelled, o *types.TypeName, taken func(string, types.Object) bool) bool {
	if o.Pkg() == nil {
		return !taken(o.Name(), nil) && c.uses[o.Name()] == ""
	}
	if o.Pkg().Path() == "main" {
		from := x.cell(o.Pkg())
		if from == nil || from.names[o.Name()] != o || taken(o.Name(), o) || c.uses[o.Name()] != "" {
			return false
		}
		if c.names[o.Name()] != o {
			s.names[o.Name()] = o.Pkg()
		}
		return x.claim(c, o.Name(), o)
	}
	name, path := o.Pkg().Name(), o.Pkg().Path()
	if !o.Exported() || !x.s.pkgs.hasNow(path) || taken(name, nil) || c.uses[name] != "" && x.s.pkgs.full(c.uses[name]) != path {
		return false
	}
	s.imports[name] = path
	return x.claim(c, name, path)
}

// claim makes name mean one thing in all that is spelled for a cell.
func (x *exporter) claim(c *cell, name string, meaning any) bool {
	if x.claims[c] == nil {
		x.claims[c] = map[string]any{}
	}
	if old, ok := x.claims[c][name]; ok {
		return old == meaning
	}
	x.claims[c][name] = meaning
	return true
}

// full is the path that a short one stands for.
func (p *Packages) full(path string) string {
	if f := p.short[path]; f != "" {
		return f
	}
	return path
}
