package typed

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"path"
	"strings"
)

// visit finds what a piece mentions, and how the program has to write it.
func (n *nativeWriter) visit(p *nativePiece) {
	u := n.d.units[p.cell]
	selected := map[*ast.Ident]bool{} // behind a dot
	embedded := map[*ast.Ident]bool{}
	ast.Inspect(p.node, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.SelectorExpr:
			selected[node.Sel] = true
			if o := u.Info.Uses[node.Sel]; o != nil && o.Pkg() != nil && o.Pkg().Path() == dataPath && o.Name() != "Row" {
				refuse("it uses data.%s of the package %s", o.Name(), dataPath)
			}
		case *ast.KeyValueExpr:
			// A key that names a field has no object at the top level.
		case *ast.StructType:
			for _, f := range node.Fields.List {
				if len(f.Names) == 0 {
					embedded[baseIdent(f.Type)] = true
				}
			}
		case *ast.Ident:
			n.ident(p, u.Info.Uses[node], u.Info.Defs[node], node, selected[node], embedded[node])
		}
		return true
	})
	n.unused(p)
}

// baseIdent is the name at the end of an embedded field's type.
func baseIdent(e ast.Expr) *ast.Ident {
	switch e := e.(type) {
	case *ast.Ident:
		return e
	case *ast.StarExpr:
		return baseIdent(e.X)
	case *ast.IndexExpr:
		return baseIdent(e.X)
	case *ast.IndexListExpr:
		return baseIdent(e.X)
	case *ast.ParenExpr:
		return baseIdent(e.X)
	}
	return nil
}

func (n *nativeWriter) ident(p *nativePiece, used, defined types.Object, id *ast.Ident, selected, embedded bool) {
	off := n.d.units[p.cell].Offset(id.Pos())
	if off < p.start || off >= p.end { // the front end's own, or outside of the root's text
		return
	}
	o := used
	if o == nil {
		o = defined
	}
	switch o := o.(type) {
	case nil:
		return
	case *types.PkgName:
		n.edit(p, off, id, n.importName(o.Imported().Path(), o.Name()))
		return
	default:
		if o.Pkg() == nil {
			return
		}
	}
	own := n.d.w.own[o.Pkg()]
	switch {
	case own && n.isTop(o):
		name := n.need(o)
		if name != id.Name && embedded {
			refuse("it embeds %s, of which there are two", id.Name)
		}
		n.edit(p, off, id, name)
	case own && isOutside(o, p, n):
		refuse("it uses %s, which is declared in the function around it", o.Name())
	case !own && !selected && o.Parent() == o.Pkg().Scope(): // of a package that is imported by a dot
		n.edit(p, off, id, n.importName(o.Pkg().Path(), path.Base(o.Pkg().Path()))+"."+id.Name)
	}
}

func (n *nativeWriter) edit(p *nativePiece, off int, id *ast.Ident, name string) {
	if name != n.d.ship.Bundle.Cells[p.cell].Text[off:off+len(id.Name)] {
		p.edits[off] = name
	}
}

// isTop says whether a cell declares o at its top level.
func (n *nativeWriter) isTop(o types.Object) bool {
	if v, ok := o.(*types.Var); ok && v.IsField() {
		return false
	}
	if f, ok := o.(*types.Func); ok && f.Signature().Recv() != nil {
		return false
	}
	top := o.Pkg().Scope()
	s := o.Parent()
	if s == nil || s == top {
		return s == top
	}
	_, isVar := o.(*types.Var)
	// Variables that a cell declares anew have a scope of their own.
	return isVar && s.Parent() == top && s.Len() == 1
}

// isOutside says whether o is a type or constant of the function around a literal. Variables of it
// are captured.
func isOutside(o types.Object, p *nativePiece, n *nativeWriter) bool {
	switch o.(type) {
	case *types.TypeName, *types.Const:
		if tn, ok := o.(*types.TypeName); ok {
			if _, param := tn.Type().(*types.TypeParam); param {
				return false
			}
		}
		off := n.d.units[p.cell].Offset(o.Pos())
		return o.Parent() != nil && (off < p.start || off >= p.end)
	}
	return false
}

// unused takes out what the compiler refuses and cells allow: variables that nobody reads.
func (n *nativeWriter) unused(p *nativePiece) {
	u := n.d.units[p.cell]
	reads := map[types.Object]int{}
	written := map[*ast.Ident]bool{} // only assigned to
	type define struct {
		tok   token.Pos
		names []ast.Expr
	}
	var defines []define
	locals := map[types.Object][]*ast.Ident{}
	var switches []*ast.TypeSwitchStmt
	ast.Inspect(p.node, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.AssignStmt:
			if node.Tok != token.ASSIGN && node.Tok != token.DEFINE {
				return true
			}
			for _, e := range node.Lhs {
				if id, ok := e.(*ast.Ident); ok {
					written[id] = true
				}
			}
			if node.Tok == token.DEFINE {
				defines = append(defines, define{node.TokPos, node.Lhs})
			}
		case *ast.RangeStmt:
			var names []ast.Expr
			for _, e := range []ast.Expr{node.Key, node.Value} {
				if id, ok := e.(*ast.Ident); ok {
					written[id] = true
					names = append(names, id)
				}
			}
			if node.Tok == token.DEFINE {
				defines = append(defines, define{node.TokPos, names})
			}
		case *ast.ValueSpec:
			for _, id := range node.Names {
				written[id] = true
			}
		case *ast.TypeSwitchStmt:
			switches = append(switches, node)
		}
		return true
	})
	ast.Inspect(p.node, func(node ast.Node) bool {
		id, ok := node.(*ast.Ident)
		if !ok {
			return true
		}
		if o := u.Info.Uses[id]; o != nil {
			if !written[id] {
				reads[o]++
			}
			locals[o] = append(locals[o], id)
		}
		if v, ok := u.Info.Defs[id].(*types.Var); ok && written[id] && !v.IsField() && !n.isTop(v) {
			locals[v] = append(locals[v], id)
		}
		return true
	})
	blank := map[*ast.Ident]bool{}
	for o, ids := range locals {
		v, ok := o.(*types.Var)
		if !ok || v.IsField() || v.Pkg() == nil || !n.d.w.own[v.Pkg()] || n.isTop(v) || reads[o] > 0 || v.Name() == "_" {
			continue
		}
		if !n.inside(p, v) || !declaredWith(u.Info.Defs, ids, written) {
			continue // a parameter, a result, or captured
		}
		for _, id := range ids {
			p.edits[u.Offset(id.Pos())] = "_"
			blank[id] = true
		}
	}
	for _, d := range defines {
		all := len(d.names) > 0
		for _, e := range d.names {
			id, ok := e.(*ast.Ident)
			if all = all && ok && (blank[id] || id.Name == "_" || u.Info.Defs[id] == nil); !all {
				break
			}
		}
		if all {
			p.edits[u.Offset(d.tok)] = "="
		}
	}
	for _, s := range switches {
		n.unusedSwitch(p, s, reads)
	}
}

// inside says whether a variable is declared within the piece.
func (n *nativeWriter) inside(p *nativePiece, v *types.Var) bool {
	off := n.d.units[p.cell].Offset(v.Pos())
	return off >= p.start && off < p.end
}

// declaredWith says whether one of ids declares the variable in a statement.
func declaredWith(defs map[*ast.Ident]types.Object, ids []*ast.Ident, written map[*ast.Ident]bool) bool {
	for _, id := range ids {
		if defs[id] != nil && written[id] {
			return true
		}
	}
	return false
}

// unusedSwitch takes the variable out of a type switch that does not use it.
func (n *nativeWriter) unusedSwitch(p *nativePiece, s *ast.TypeSwitchStmt, reads map[types.Object]int) {
	u := n.d.units[p.cell]
	a, ok := s.Assign.(*ast.AssignStmt)
	if !ok {
		return
	}
	for _, clause := range s.Body.List {
		if o := u.Info.Implicits[clause]; o != nil && reads[o] > 0 {
			delete(p.edits, u.Offset(a.Lhs[0].Pos()))
			delete(p.edits, u.Offset(a.TokPos))
			return
		}
	}
	p.edits[u.Offset(a.Lhs[0].Pos())] = ""
	p.edits[u.Offset(a.TokPos)] = ""
}

// typeText writes a type as the program does.
func (n *nativeWriter) typeText(t types.Type) string {
	list := func(l *types.Tuple, variadic bool) string {
		var s []string
		for i := range l.Len() {
			text := ""
			if last := l.At(i).Type(); variadic && i == l.Len()-1 {
				text = "..." + n.typeText(last.(*types.Slice).Elem())
			} else {
				text = n.typeText(last)
			}
			s = append(s, text)
		}
		return strings.Join(s, ", ")
	}
	switch t := types.Unalias(t).(type) {
	case *types.Basic:
		if t.Kind() == types.UnsafePointer || t.Info()&types.IsUntyped != 0 {
			refuse("it captures a variable of type %s", t)
		}
		return t.Name()
	case *types.Named:
		return n.namedText(t)
	case *types.Pointer:
		return "*" + n.typeText(t.Elem())
	case *types.Slice:
		return "[]" + n.typeText(t.Elem())
	case *types.Array:
		return fmt.Sprintf("[%d]%s", t.Len(), n.typeText(t.Elem()))
	case *types.Map:
		return fmt.Sprintf("map[%s]%s", n.typeText(t.Key()), n.typeText(t.Elem()))
	case *types.Signature:
		return fmt.Sprintf("func(%s) (%s)", list(t.Params(), t.Variadic()), list(t.Results(), false))
	case *types.Struct:
		return n.structText(t)
	case *types.Interface:
		if t.NumMethods() == 0 && t.NumEmbeddeds() == 0 {
			return "any"
		}
		if !t.IsMethodSet() {
			refuse("it captures a variable of a constraint's type")
		}
		var s []string
		for i := range t.NumMethods() {
			m := t.Method(i)
			s = append(s, m.Name()+strings.TrimPrefix(n.typeText(m.Signature()), "func"))
		}
		return "interface{ " + strings.Join(s, "; ") + " }"
	}
	refuse("it captures a variable of type %s", t)
	return ""
}

func (n *nativeWriter) namedText(t *types.Named) string {
	o := t.Obj()
	if o.Pkg() == nil {
		return o.Name()
	}
	text := ""
	switch {
	case n.d.w.own[o.Pkg()]:
		if o.Parent() != o.Pkg().Scope() {
			refuse("it captures a variable of type %s, which is declared inside a function", o.Name())
		}
		text = n.need(t.Origin().Obj())
	case !o.Exported():
		refuse("it captures a variable of type %s, which its package does not export", t)
	default:
		text = n.importName(o.Pkg().Path(), o.Pkg().Name()) + "." + o.Name()
	}
	if args := t.TypeArgs(); args.Len() > 0 {
		var s []string
		for a := range args.Types() {
			s = append(s, n.typeText(a))
		}
		text += "[" + strings.Join(s, ", ") + "]"
	}
	return text
}

func (n *nativeWriter) structText(t *types.Struct) string {
	var s []string
	for i := range t.NumFields() {
		f := t.Field(i)
		if !f.Exported() && !n.d.w.own[f.Pkg()] {
			refuse("it captures a variable of a type with fields of another package")
		}
		text := n.typeText(f.Type())
		if !f.Embedded() {
			text = f.Name() + " " + text
		}
		if tag := t.Tag(i); tag != "" {
			text += fmt.Sprintf(" %q", tag)
		}
		s = append(s, text)
	}
	return "struct{ " + strings.Join(s, "; ") + " }"
}
