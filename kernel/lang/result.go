package lang

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// lastExpression finds the expression whose value the cell shows, and wraps it in a call that
// takes anything. A silenced one is assigned to nothing, unless it is a call.
func (u *unit) lastExpression() {
	body := u.run.Body
	if len(body.List) == 0 || len(u.pieces.items) == 0 || u.pieces.items[len(u.pieces.items)-1].decl {
		return
	}
	i := len(body.List) - 1
	for i > 0 { // the parser may add an empty statement before the closing brace
		if e, ok := body.List[i].(*ast.EmptyStmt); !ok || !e.Implicit && e.Semicolon.IsValid() {
			break
		}
		i--
	}
	st, ok := body.List[i].(*ast.ExprStmt)
	if !ok {
		return
	}
	if u.pieces.items[len(u.pieces.items)-1].silent {
		switch x := ast.Unparen(st.X).(type) {
		case *ast.CallExpr:
		case *ast.UnaryExpr:
			if x.Op != token.ARROW {
				body.List[i] = discard(st.X)
			}
		default:
			body.List[i] = discard(st.X)
		}
		return
	}
	u.last = st
	body.List[i] = &ast.ExprStmt{X: &ast.CallExpr{
		Fun:    &ast.Ident{NamePos: st.Pos(), Name: showName},
		Lparen: st.Pos(),
		Args:   []ast.Expr{st.X},
		Rparen: st.End(),
	}}
	wrapped := body.List[i]
	u.ready = append(u.ready, func() {
		var final ast.Stmt = st
		if u.last != nil && !u.prints(st.X) {
			final = &ast.ReturnStmt{Return: st.Pos(), Results: []ast.Expr{st.X}}
		} else {
			u.last = nil
		}
		body.List[slices.Index(body.List, wrapped)] = final
	})
}

func discard(x ast.Expr) ast.Stmt {
	return &ast.AssignStmt{Lhs: []ast.Expr{&ast.Ident{NamePos: x.Pos(), Name: "_"}}, Tok: token.ASSIGN, TokPos: x.Pos(), Rhs: []ast.Expr{x}}
}

// results are the types that Run returns; its signature is changed to them.
func (u *unit) results() []types.Type {
	f, ok := u.info.Defs[u.run.Name].(*types.Func)
	if !ok || u.last == nil {
		return nil
	}
	var l []types.Type
	switch t := u.info.TypeOf(u.last.X).(type) {
	case *types.Tuple:
		for v := range t.Variables() {
			l = append(l, v.Type())
		}
	case *types.Basic:
		if t.Kind() == types.UntypedNil {
			l = append(l, types.Universe.Lookup("any").Type())
			break
		}
		l = append(l, types.Default(t))
	default:
		l = append(l, t)
	}
	vars := make([]*types.Var, len(l))
	for i, t := range l {
		vars[i] = types.NewParam(u.last.Pos(), u.pkg, "", t)
	}
	// go/ssa counts the results in the syntax.
	u.run.Type.Results = &ast.FieldList{}
	for range l {
		u.run.Type.Results.List = append(u.run.Type.Results.List, &ast.Field{Type: &ast.Ident{NamePos: u.last.Pos(), Name: "_"}})
	}
	sig := types.NewSignatureType(nil, nil, nil, nil, types.NewTuple(vars...), false)
	u.info.Defs[u.run.Name] = types.NewFunc(f.Pos(), u.pkg, runName, sig)
	return l
}

// prints says whether x is a call of fmt.Print and the like, whose byte count nobody wants shown.
func (u *unit) prints(x ast.Expr) bool {
	call, ok := ast.Unparen(x).(*ast.CallExpr)
	if !ok {
		return false
	}
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok {
		return false
	}
	f, ok := u.info.Uses[sel.Sel].(*types.Func)
	if !ok || f.Pkg() == nil || f.Pkg().Path() != "fmt" {
		return false
	}
	switch f.Name() {
	case "Print", "Printf", "Println", "Fprint", "Fprintf", "Fprintln":
		return true
	}
	return false
}

// memberNames lists the fields and methods of t that code in pkg can select.
func memberNames(t types.Type, pkg *types.Package) []string {
	var l []string
	for _, m := range members(t, pkg) {
		l = append(l, m.Name())
	}
	return l
}

// typeEndingAt is the type of the expression, written so, that the selector at the complaint's
// position selects from.
func (u *unit) typeEndingAt(e types.Error, text string) types.Type {
	var found types.Type
	ast.Inspect(u.file, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok && (s.Sel.Pos() == e.Pos || s.Pos() == e.Pos) && types.ExprString(s.X) == text {
			found = u.info.TypeOf(s.X)
		}
		return found == nil
	})
	return found
}

// resultTypes are the results of the call on the right side of the assignment complained about,
// and the call as it is written.
func (u *unit) resultTypes(e types.Error) (t *types.Tuple, call string) {
	note := func(rhs []ast.Expr, at token.Pos) {
		if len(rhs) == 1 && (at == e.Pos || rhs[0].Pos() == e.Pos) {
			if t, _ = u.info.TypeOf(rhs[0]).(*types.Tuple); t != nil {
				call = types.ExprString(rhs[0])
			}
		}
	}
	ast.Inspect(u.file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			note(n.Rhs, n.Lhs[0].Pos())
		case *ast.ValueSpec:
			note(n.Values, n.Names[0].Pos())
		}
		return t == nil
	})
	return t, call
}

// arity says of "x := f()" what Go says inside functions, when f has several results.
func (u *unit) arity(e types.Error) string {
	if !strings.HasPrefix(e.Msg, "multiple-value ") {
		return e.Msg
	}
	t, call := u.resultTypes(e)
	if t == nil {
		return e.Msg
	}
	return fmt.Sprintf("assignment mismatch: 1 variable but %s returns %d values", call, t.Len())
}
