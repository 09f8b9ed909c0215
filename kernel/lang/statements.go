package lang

import (
	"go/ast"
	"go/scanner"
	"go/token"
	"go/types"
	"slices"
	"strconv"
	"strings"
)

// hoisted is a := among the statements. Its variables belong to the session, so that functions of
// the cell and later cells see them; their values are assigned when its turn comes.
type hoisted struct {
	names []*ast.Ident   // the left side, in order
	spec  *ast.ValueSpec // declares them, and a temporary for each that exists already
}

// statements prepares Run: top-level variables become package variables, and the last expression
// is wrapped so that the checker accepts any value.
func (u *unit) statements() {
	body := u.run.Body
	u.strayReturns(body)
	labelsApart(body)
	var vars []ast.Decl
	home := map[*ast.Object]bool{} // variables of the session that this cell declares
	var g *group
	for i, st := range body.List {
		around := g
		if _, empty := st.(*ast.EmptyStmt); !empty {
			g = nil
		}
		switch st := st.(type) {
		case *ast.AssignStmt:
			if st.Tok != token.DEFINE {
				continue
			}
			h, rest := u.define(st, home)
			if h == nil {
				continue
			}
			vars = append(vars, &ast.GenDecl{Tok: token.VAR, TokPos: st.Pos(), Specs: []ast.Spec{h.spec}})
			body.List[i] = rest
			u.assignLater(i, h.names, h.spec, st.TokPos)
		case *ast.DeclStmt:
			d, ok := st.Decl.(*ast.GenDecl)
			if !ok || d.Tok != token.VAR || len(d.Specs) == 0 {
				continue
			}
			vars = append(vars, d)
			if g = around; g == nil {
				g = new(group)
				u.groups = append(u.groups, g)
				u.assignGroup(g)
			}
			body.List[i] = g.add(d)
			for _, s := range d.Specs {
				for _, n := range s.(*ast.ValueSpec).Names {
					u.declare(n.Name)
					if n.Obj != nil {
						home[n.Obj] = true
					}
				}
			}
		}
	}
	u.file.Decls = append(u.file.Decls, vars...)
	u.separate(home)
	u.lastExpression()
}

// labelsApart makes a label in front of a declaration a statement of its own: the variables belong to
// the session all the same.
func labelsApart(body *ast.BlockStmt) {
	for i := 0; i < len(body.List); i++ {
		l, ok := body.List[i].(*ast.LabeledStmt)
		if !ok {
			continue
		}
		switch st := l.Stmt.(type) {
		case *ast.LabeledStmt:
		case *ast.AssignStmt:
			if st.Tok != token.DEFINE {
				continue
			}
		case *ast.DeclStmt:
		default:
			continue
		}
		body.List = slices.Insert(body.List, i+1, l.Stmt)
		l.Stmt = &ast.EmptyStmt{Semicolon: l.Stmt.Pos(), Implicit: true}
	}
}

// define prepares x := e. rest is the statement that assigns to those variables on the left that
// exist already; the checker sees it in place of the definition.
func (u *unit) define(st *ast.AssignStmt, home map[*ast.Object]bool) (h *hoisted, rest ast.Stmt) {
	h = &hoisted{spec: &ast.ValueSpec{Values: st.Rhs}}
	again := &ast.AssignStmt{Tok: token.ASSIGN, TokPos: st.TokPos}
	fresh := false
	for _, e := range st.Lhs {
		id, ok := e.(*ast.Ident)
		if !ok {
			return nil, nil // the parser has complained
		}
		h.names = append(h.names, id)
		old := id.Obj != nil && id.Obj.Decl != st
		if id.Name == "_" || !old {
			if id.Name != "_" {
				fresh = true
				u.declare(id.Name)
				home[id.Obj] = true
			}
			h.spec.Names = append(h.spec.Names, id)
			continue
		}
		u.temps++
		temp := &ast.Ident{NamePos: id.NamePos, Name: id.Name + mark + strconv.Itoa(u.temps)}
		h.spec.Names = append(h.spec.Names, temp)
		again.Lhs = append(again.Lhs, id)
		again.Rhs = append(again.Rhs, &ast.Ident{NamePos: id.NamePos, Name: temp.Name})
	}
	if !fresh {
		start := u.offset(st.TokPos)
		u.src.report(start, start+2, "no new variables on left side of :=", "use = to assign")
		return nil, nil
	}
	rest = &ast.EmptyStmt{Semicolon: st.Pos()}
	if len(again.Lhs) > 0 {
		rest = again
	}
	return h, rest
}

// assignLater puts "names = values" at place i of Run once the declaration has been checked.
func (u *unit) assignLater(i int, names []*ast.Ident, spec *ast.ValueSpec, pos token.Pos) {
	body, values := u.run.Body, spec.Values
	st := body.List[i] // looked for again below: calls of init functions may come before it
	u.ready = append(u.ready, func() {
		lhs := make([]ast.Expr, len(names))
		for k, id := range names {
			lhs[k] = u.use(id)
		}
		spec.Values = nil
		body.List[slices.Index(body.List, st)] = &ast.AssignStmt{Lhs: lhs, Tok: token.ASSIGN, TokPos: pos, Rhs: values}
	})
}

// use is a mention of the variable that id declares or assigns.
func (u *unit) use(id *ast.Ident) *ast.Ident {
	n := &ast.Ident{NamePos: id.NamePos, Name: id.Name}
	if id.Name == "_" {
		return n
	}
	o := u.info.Defs[id]
	if o == nil {
		o = u.info.Uses[id]
	}
	u.info.Uses[n] = o
	return n
}

// initialise makes Run assign a whole file's variables, in the order that Go gives them.
func (u *unit) initialise() {
	var list []ast.Stmt
	for _, in := range u.info.InitOrder {
		st := &ast.AssignStmt{Tok: token.ASSIGN, TokPos: in.Rhs.Pos(), Rhs: []ast.Expr{in.Rhs}}
		for _, v := range in.Lhs {
			id := &ast.Ident{NamePos: v.Pos(), Name: v.Name()}
			if v.Name() != "_" {
				u.info.Uses[id] = v
			}
			st.Lhs = append(st.Lhs, id)
		}
		list = append(list, st)
	}
	for _, d := range u.file.Decls {
		if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.VAR {
			for _, s := range g.Specs {
				s.(*ast.ValueSpec).Values = nil
			}
		}
	}
	if len(list) == 0 {
		return
	}
	for _, st := range slices.Backward(list) {
		if u.run == nil {
			u.prepend(st)
			u.file.Decls = append(u.file.Decls, u.run)
			sig := types.NewSignatureType(nil, nil, nil, nil, nil, false)
			u.info.Defs[u.run.Name] = types.NewFunc(u.run.Name.Pos(), u.pkg, runName, sig)
			continue
		}
		u.prepend(st)
	}
}

// separate deals with variables that are mentioned before their declaration, where Go's scoping
// means something else: an earlier cell's object, or nothing. If it is something, the new variable
// is called by another name while the cell is checked.
func (u *unit) separate(home map[*ast.Object]bool) {
	newer := map[string]*ast.Object{}
	for o := range home {
		newer[o.Name] = o
	}
	inRun := func(id *ast.Ident) bool { return id.Pos() > u.run.Body.Lbrace && id.Pos() < u.run.Body.Rbrace }
	conflicts := map[*ast.Object]bool{}
	ahead := map[*ast.Ident]bool{} // mean the new variable, as in a file
	for _, id := range u.free {
		o := newer[id.Name]
		if o == nil || !inRun(id) {
			continue
		}
		if slices.ContainsFunc(u.groups, func(g *group) bool { return g.ahead(id, o) }) {
			ahead[id] = true
			continue
		}
		if u.lookup(id.Name) == nil && types.Universe.Lookup(id.Name) == nil && u.s.pkgs.usual()[id.Name] == nil && u.uses[id.Name] == "" {
			u.later[id.Name] = u.offset(o.Pos())
			start := u.offset(id.Pos())
			hint := u.undefined(id.Name)
			if u.sameStatement(id, o) {
				hint = "for a function that calls itself, declare the variable first, or use func " + id.Name
			}
			u.src.report(start, start+len(id.Name), "undefined: "+id.Name, hint)
			continue
		}
		conflicts[o] = true
	}
	if len(conflicts) == 0 {
		return
	}
	other := map[string]string{}
	for o := range conflicts {
		other[o.Name] = o.Name + mark
		u.renamed[o.Name+mark] = o.Name
		delete(u.declared, o.Name)
		u.declared[o.Name+mark] = true
	}
	rename := func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && id.Obj != nil && conflicts[id.Obj] {
			id.Name = other[id.Obj.Name]
		}
		return true
	}
	ast.Inspect(u.run.Body, rename)
	for _, h := range u.file.Decls {
		ast.Inspect(h, rename)
	}
	for _, id := range u.free { // functions of the cell mean the new variable
		if (ahead[id] || !inRun(id)) && other[id.Name] != "" {
			id.Name = other[id.Name]
		}
	}
}

// sameStatement says whether id is mentioned in the declaration of o itself.
func (u *unit) sameStatement(id *ast.Ident, o *ast.Object) bool {
	d, ok := o.Decl.(ast.Node)
	return ok && d.Pos() <= id.Pos() && id.Pos() < d.End()
}

// restoreNames gives renamed variables the names that they were written with, and returns what the
// cell declares.
func (u *unit) restoreNames() map[string]types.Object {
	swap := map[types.Object]types.Object{}
	for internal, name := range u.renamed {
		if v, ok := u.pkg.Scope().Lookup(internal).(*types.Var); ok {
			n := types.NewVar(v.Pos(), u.pkg, name, v.Type())
			// The package's scope has the earlier x already. Any scope will do: without one, the
			// first cell that mentions n would give it its own, while others may be looking.
			types.NewScope(u.pkg.Scope(), token.NoPos, token.NoPos, "").Insert(n)
			swap[v] = n
		}
	}
	if len(swap) > 0 {
		for k, f := range u.facts {
			if n := swap[k.obj]; n != nil {
				delete(u.facts, k)
				u.facts[factKey{k.pkg, n, k.kind}] = f
			}
		}
		for id, o := range u.info.Defs {
			if n := swap[o]; n != nil {
				u.info.Defs[id], id.Name = n, n.Name()
			}
		}
		for id, o := range u.info.Uses {
			if n := swap[o]; n != nil {
				u.info.Uses[id], id.Name = n, n.Name()
			}
		}
	}
	names := map[string]types.Object{}
	for name := range u.declared {
		o := u.pkg.Scope().Lookup(name)
		if o == nil || o.Pkg() != u.pkg {
			continue
		}
		if n := swap[o]; n != nil {
			o = n
		}
		names[o.Name()] = o
	}
	return names
}

// strayReturns refuses return outside functions: a cell is not one.
func (u *unit) strayReturns(body *ast.BlockStmt) {
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ReturnStmt:
			start := u.offset(n.Pos())
			u.src.report(start, start+len("return"), "return outside a function", "a cell has no caller; use if and else")
		}
		return true
	})
}

// offset is where pos is in the cell's text.
func (u *unit) offset(pos token.Pos) int {
	p := u.s.pkgs.fset.Position(pos)
	if p.Line < 1 || p.Line > len(u.src.lines) {
		return 0
	}
	return u.src.lines[p.Line-1] + p.Column - 1
}

func firstToken(s string) token.Token {
	var sc scanner.Scanner
	sc.Init(token.NewFileSet().AddFile("", -1, len(s)), []byte(s), nil, 0)
	_, tok, _ := sc.Scan()
	return tok
}

func isVoid(msg string) bool { return strings.HasSuffix(msg, "(no value) used as value") }
