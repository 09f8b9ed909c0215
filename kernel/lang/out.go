package lang

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/tools/go/ast/astutil"
)

// outName is how cells call the results of earlier ones: Out[3].
const outName = "Out"

// shown is the result of a cell, kept for Out[n] and _: a variable, or a function that returns
// several.
type shown struct {
	number int
	object types.Object
}

// outPattern matches the names of kept results, in complaints of the checker.
var outPattern = regexp.MustCompile(outName + mark + `(\d+)(` + mark + `\d+)?(\(\))?`)

// keepResult has Run put the values that it returns into variables. Those with an error at the end
// are kept without it: what "strconv.Atoi(s)" shows is what _ is.
func (u *unit) keepResult(l []types.Type) *shown {
	body := u.run.Body
	i := slices.IndexFunc(body.List, func(st ast.Stmt) bool {
		r, ok := st.(*ast.ReturnStmt)
		return ok && len(r.Results) == 1 && r.Results[0] == u.last.X
	})
	if i < 0 || u.aside || u.number <= 0 {
		return nil
	}
	if b, ok := u.info.TypeOf(u.last.X).(*types.Basic); ok && b.Kind() == types.UntypedNil {
		return nil
	}
	kept := len(l)
	if kept > 1 && types.Identical(l[kept-1], types.Universe.Lookup("error").Type()) {
		kept--
	}
	base := outName + mark + strconv.Itoa(u.number)
	store := &ast.AssignStmt{Tok: token.ASSIGN, TokPos: u.last.Pos(), Rhs: []ast.Expr{u.last.X}}
	back := &ast.ReturnStmt{Return: u.last.Pos()}
	again := &ast.ReturnStmt{Return: u.last.Pos()}
	var vars []*types.Var
	for k, t := range l {
		name := base
		if kept > 1 || k >= kept {
			name += mark + strconv.Itoa(k)
		}
		v := types.NewVar(u.last.Pos(), u.pkg, name, t)
		u.pkg.Scope().Insert(v) // later cells would put it into a scope of theirs
		vars = append(vars, v)
		id := &ast.Ident{Name: name} // without a place, as no text of the cell is about it
		u.info.Defs[id] = v
		u.file.Decls = append(u.file.Decls, &ast.GenDecl{Tok: token.VAR, Specs: []ast.Spec{&ast.ValueSpec{Names: []*ast.Ident{id}}}})
		store.Lhs = append(store.Lhs, u.use(id))
		back.Results = append(back.Results, u.use(id))
		if k < kept {
			again.Results = append(again.Results, u.use(id))
		}
	}
	body.List = slices.Replace(body.List, i, i+1, ast.Stmt(store), ast.Stmt(back))
	if kept == 1 {
		return &shown{u.number, vars[0]}
	}
	var results []*types.Var
	fields := &ast.FieldList{}
	for k := range kept {
		results = append(results, types.NewParam(u.last.Pos(), u.pkg, "", l[k]))
		fields.List = append(fields.List, &ast.Field{Type: &ast.Ident{NamePos: u.last.Pos(), Name: "_"}}) // go/ssa counts them
	}
	f := types.NewFunc(u.last.Pos(), u.pkg, base, types.NewSignatureType(nil, nil, nil, nil, types.NewTuple(results...), false))
	u.pkg.Scope().Insert(f)
	d := &ast.FuncDecl{Name: &ast.Ident{Name: base}, Type: &ast.FuncType{Func: u.last.Pos(), Params: &ast.FieldList{}, Results: fields}, Body: &ast.BlockStmt{Lbrace: u.last.Pos(), List: []ast.Stmt{again}, Rbrace: u.last.End()}}
	u.info.Defs[d.Name] = f
	u.file.Decls = append(u.file.Decls, d)
	return &shown{u.number, f}
}

// Forget takes back the result that a committed cell was to keep: it ended before there was one.
func (s *Session) Forget(c *Checked) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.out == nil || s.outs[c.out.number] != c.out {
		return
	}
	delete(s.outs, c.out.number)
	s.lastOut = slices.DeleteFunc(s.lastOut, func(o *shown) bool { return o == c.out })
}

// keepOut makes a result what Out[n] and _ mean; mu is held.
func (s *Session) keepOut(o *shown) {
	if o != nil {
		s.outs[o.number] = o
		s.lastOut = append(s.lastOut, o)
	}
}

func (s *Session) hasOut() bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return len(s.outs) > 0
}

// outs replaces Out[n], and _ where its value is used, by the results that they stand for. Out is a
// name like any other once the user declares it; _ has no value in Go, so no program that is right
// means anything else by it.
func (u *unit) outs() {
	if !strings.Contains(u.src.text, outName) && !strings.Contains(u.src.text, "_") {
		return
	}
	free := map[*ast.Ident]bool{}
	for _, id := range u.free {
		if id.Name == outName {
			free[id] = true
		}
	}
	if u.lookup(outName) != nil {
		clear(free)
	}
	visit := func(c *astutil.Cursor) bool {
		switch n := c.Node().(type) {
		case *ast.IndexExpr:
			if id, ok := n.X.(*ast.Ident); ok && free[id] && !isTarget(c) {
				u.outAt(c, n)
				return false
			}
		case *ast.Ident:
			if n.Name == "_" && isValue(c) {
				u.s.mu.RLock()
				last := u.s.lastOut
				u.s.mu.RUnlock()
				if len(last) > 0 && u.env == nil {
					c.Replace(u.mention(last[len(last)-1], n.Pos()))
				}
			}
		}
		return true
	}
	astutil.Apply(u.file, visit, nil)
	if u.run != nil {
		astutil.Apply(u.run, visit, nil)
	}
}

// outAt replaces an expression Out[n].
func (u *unit) outAt(c *astutil.Cursor, n *ast.IndexExpr) {
	start, end := u.offset(n.Pos()), u.offset(n.Rbrack)+1
	lit, ok := n.Index.(*ast.BasicLit)
	number, err := 0, error(nil)
	if ok {
		number, err = strconv.Atoi(lit.Value)
	}
	if !ok || err != nil {
		u.src.report(start, end, "the index of Out must be the number of a cell, written out", "its type is that of the cell's result")
		return
	}
	u.s.mu.RLock()
	o := u.s.outs[number]
	var have []int
	for k := range u.s.outs {
		have = append(have, k)
	}
	u.s.mu.RUnlock()
	if o == nil {
		slices.Sort(have)
		hint := "no cell has a result yet"
		if n := len(have); n > 0 {
			hint = fmt.Sprintf("the last result is Out[%d]", have[n-1])
		}
		u.src.report(start, end, fmt.Sprintf("In[%d] has no result", number), hint)
		return
	}
	c.Replace(u.mention(o, n.Pos()))
}

// mention is the expression for a kept result.
func (u *unit) mention(o *shown, pos token.Pos) ast.Expr {
	if !slices.Contains(u.visible, o.object) {
		u.visible = append(u.visible, o.object)
	}
	var x ast.Expr = &ast.Ident{NamePos: pos, Name: o.object.Name()}
	if _, ok := o.object.(*types.Func); ok {
		x = &ast.CallExpr{Fun: x, Lparen: pos, Rparen: pos}
	}
	return x
}

// isTarget says whether the expression at c is assigned to.
func isTarget(c *astutil.Cursor) bool {
	switch c.Parent().(type) {
	case *ast.AssignStmt:
		return c.Name() == "Lhs"
	case *ast.RangeStmt:
		return c.Name() != "X"
	case *ast.IncDecStmt:
		return true
	}
	return false
}

// isValue says whether an identifier stands where its value is used.
func isValue(c *astutil.Cursor) bool {
	switch p := c.Parent().(type) {
	case *ast.ValueSpec:
		return c.Name() == "Values"
	case *ast.KeyValueExpr:
		return c.Name() == "Value"
	case *ast.SelectorExpr:
		return c.Name() == "X"
	case *ast.CompositeLit:
		return c.Name() == "Elts"
	case *ast.CallExpr:
		return c.Name() == "Args"
	case *ast.UnaryExpr:
		return p.Op != token.AND
	case *ast.AssignStmt, *ast.RangeStmt, *ast.IncDecStmt:
		return !isTarget(c)
	case *ast.BinaryExpr, *ast.ExprStmt, *ast.ReturnStmt, *ast.IndexExpr, *ast.SliceExpr, *ast.StarExpr, *ast.ParenExpr, *ast.TypeAssertExpr,
		*ast.SendStmt, *ast.IfStmt, *ast.SwitchStmt, *ast.CaseClause, *ast.ForStmt:
		return true
	}
	return false
}
