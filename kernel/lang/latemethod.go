package lang

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"path"
	"slices"
)

// chunk is a declaration of an earlier cell that a later one repeats, with the place it is from.
type chunk struct {
	name         string // of a method; empty for the type itself
	cell         string // "In[1]", or a file
	line, column int
	text         string
}

// inherit deals with methods of types that an earlier cell declares. A type's methods are fixed
// when it is made, so the cell declares the type anew: as it was, with the methods that it had
// and the new ones. Values made before keep the older type.
func (u *unit) inherit() {
	own := map[string]bool{}
	alias := map[string]string{}  // of this cell → what it stands for
	late := map[string][]string{} // type → methods declared here
	var order []string
	var specs []*ast.TypeSpec
	for _, d := range u.file.Decls {
		if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.TYPE {
			for _, s := range g.Specs {
				s := s.(*ast.TypeSpec)
				own[s.Name.Name] = true
				if s.Assign.IsValid() {
					alias[s.Name.Name] = receiverName(s.Type)
				}
				specs = append(specs, s)
			}
		}
	}
	for _, s := range specs {
		// The checker follows names to find cycles, and would look for the declaration of an
		// earlier cell's type; into parentheses it does not follow.
		if id, ok := s.Type.(*ast.Ident); ok && !own[id.Name] {
			s.Type = &ast.ParenExpr{Lparen: id.Pos(), X: id, Rparen: id.End()}
		}
	}
	for _, d := range slices.Clone(u.file.Decls) {
		f, ok := d.(*ast.FuncDecl)
		if !ok || f.Recv == nil || len(f.Recv.List) == 0 {
			continue
		}
		name := receiverName(f.Recv.List[0].Type)
		through := name
		for range len(alias) {
			if to, ok := alias[through]; ok {
				through = to
			}
		}
		if b := u.lookup(through); through != name && !own[through] && b != nil && b.obj != nil {
			u.refuseMethods(name, fmt.Sprintf("it stands for %s; declare them on that", through))
			continue
		}
		if name == "" || own[name] {
			continue
		}
		if late[name] == nil {
			order = append(order, name)
		}
		late[name] = append(late[name], f.Name.Name)
	}
	for _, name := range order {
		b := u.lookup(name)
		if b == nil || b.obj == nil {
			continue // the checker says what is wrong
		}
		tn, ok := b.obj.(*types.TypeName)
		from := u.s.cellOf(b.obj)
		if !ok || tn.IsAlias() || from == nil {
			u.refuseMethods(name, fmt.Sprintf("%s is not a type that a cell declares", name))
			continue
		}
		for _, c := range from.chunks(u.s.pkgs.fset, name) {
			if c.name == "" || !slices.Contains(late[name], c.name) {
				u.repeat(c)
			}
		}
		u.inherited[name] = tn
	}
}

// refuseMethods reports the methods that cannot be declared, and drops them: the checker takes
// every type in its scope for one of its own.
func (u *unit) refuseMethods(name, why string) {
	u.file.Decls = slices.DeleteFunc(u.file.Decls, func(d ast.Decl) bool {
		f, ok := d.(*ast.FuncDecl)
		if !ok || f.Recv == nil || len(f.Recv.List) == 0 || receiverName(f.Recv.List[0].Type) != name {
			return false
		}
		start := u.offset(f.Name.Pos())
		u.src.report(start, start+len(f.Name.Name), "cannot define new methods on "+name, why)
		return true
	})
}

// repeat adds an earlier declaration to the cell.
func (u *unit) repeat(c chunk) {
	keyword := "type "
	if c.name != "" {
		keyword = ""
	}
	text := fmt.Sprintf("package main;%s/*line %s:%d:%d*/%s", keyword, c.cell, c.line, c.column, c.text)
	f, err := parser.ParseFile(u.s.pkgs.fset, path.Base(c.cell), text, parser.ParseComments)
	if err != nil || len(f.Decls) == 0 {
		u.src.report(0, 0, fmt.Sprintf("cannot repeat what %s declares: %v", c.cell, err), "")
		return
	}
	u.file.Decls = append(u.file.Decls, f.Decls...)
	u.free = append(u.free, f.Unresolved...)
	u.repeated = append(u.repeated, c)
}

// chunks are the declarations that make up a type of this cell, the type itself first.
func (c *cell) chunks(fset *token.FileSet, name string) []chunk {
	var l []chunk
	add := func(method string, n ast.Node) {
		p := fset.Position(n.Pos())
		from, to := c.offset(fset, n.Pos()), c.offset(fset, n.End())
		if from >= 0 && from < to && to <= len(c.source) {
			l = append(l, chunk{method, p.Filename, p.Line, p.Column, c.source[from:to]})
			return
		}
		for _, r := range c.repeated { // came from an earlier cell itself
			if r.cell == p.Filename && r.line == p.Line && r.column == p.Column {
				l = append(l, r)
			}
		}
	}
	for _, d := range c.file.Decls {
		if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.TYPE {
			for _, s := range g.Specs {
				if s := s.(*ast.TypeSpec); s.Name.Name == name {
					add("", s)
				}
			}
		}
	}
	for _, d := range c.file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Recv != nil && len(f.Recv.List) > 0 && receiverName(f.Recv.List[0].Type) == name {
			add(f.Name.Name, f)
		}
	}
	return l
}

// cellOf is the cell that declares o, or nil.
func (s *Session) cellOf(o types.Object) *cell {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.cells[o.Pkg()]
}

// outdated explains a missing member of a value whose type has been declared again since.
func (u *unit) outdated(t types.Type, member, expr string) string {
	if p, ok := types.Unalias(t).(*types.Pointer); ok {
		t = p.Elem()
	}
	n, ok := types.Unalias(t).(*types.Named)
	if !ok {
		return ""
	}
	b := u.lookup(n.Obj().Name())
	old := u.s.cellOf(n.Obj())
	if b == nil || b.obj == nil || b.obj == n.Obj() || old == nil {
		return ""
	}
	for _, m := range members(b.obj.Type(), u.pkg) {
		if m.Name() == member {
			return fmt.Sprintf("%s has the %s of %s, from before %s declared it again; make it anew", expr, n.Obj().Name(), old.name, u.s.cellOf(b.obj).name)
		}
	}
	return ""
}
