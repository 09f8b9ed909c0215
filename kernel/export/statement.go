package export

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strconv"
	"strings"
)

// names are the edits that give everything in a part the name that the program has for it.
func (x *exporter) names(p *part) []edit {
	var edits []edit
	ast.Inspect(p.node, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok {
			return true
		}
		if name, other := x.called(p.object(id)); other {
			at := p.offset(id.Pos())
			edits = append(edits, edit{at, at + len(id.Name), name})
		}
		return true
	})
	return edits
}

// text is a part as the program has it.
func (x *exporter) text(p *part, more ...edit) string {
	return apply(p.cell.source, p.start, p.end, append(more, x.names(p)...))
}

// declarationText is a declaration of the package; first is what main does where its cell begins.
func (x *exporter) declarationText(p *part) (text, first string, err error) {
	switch d := p.node.(type) {
	case *ast.GenDecl:
		if d.Tok != token.IMPORT {
			break
		}
		for _, s := range d.Specs {
			spec := s.(*ast.ImportSpec)
			path, err := strconv.Unquote(spec.Path.Value)
			if err == nil && spec.Name != nil && (spec.Name.Name == "_" || spec.Name.Name == ".") {
				x.extra[path] = spec.Name.Name
			}
		}
		return "", "", nil
	case *ast.FuncDecl:
		at := p.offset(d.Name.Pos())
		name := edit{at, at + len(d.Name.Name), ""}
		switch {
		case d.Recv != nil:
		case d.Name.Name == "init": // runs where its cell begins, not when the program does
			name.text = x.fresh("init")
			return x.text(p, name) + "\n\n", name.text + "()\n", nil
		default:
			f, _ := p.object(d.Name).(*types.Func)
			if e := x.entities[f]; e != nil && e.impl != nil {
				name.text = e.impl[f]
				return x.text(p, name) + "\n\n", fmt.Sprintf("%s = %s\n", e.emit, name.text), nil
			}
		}
	}
	return x.text(p) + "\n\n", "", nil
}

// statementText is a statement of main.
func (x *exporter) statementText(p *part) (string, error) {
	c := p.cell
	switch st := p.node.(type) {
	case *ast.AssignStmt:
		if st.Tok == token.DEFINE {
			return x.define(p, st)
		}
	case *ast.DeclStmt:
		if g := st.Decl.(*ast.GenDecl); g.Tok == token.VAR {
			return x.variables(p, g)
		}
	case *ast.ExprStmt:
		if p == c.parts[len(c.parts)-1] && st == c.result() {
			return x.result(p, st)
		}
		if !effect(st.X) {
			at := p.offset(st.Pos())
			return x.text(p, edit{at, at, "_ = "}), nil
		}
	}
	return x.text(p), nil
}

// effect says whether Go allows an expression as a statement.
func effect(e ast.Expr) bool {
	switch e := ast.Unparen(e).(type) {
	case *ast.CallExpr:
		return true
	case *ast.UnaryExpr:
		return e.Op == token.ARROW
	}
	return false
}

// entity is what a name on the left of a declaration stands for; nil for _.
func (x *exporter) entity(p *part, id *ast.Ident) *entity {
	if id.Name == "_" {
		return nil
	}
	return x.entities[p.object(id)]
}

// exists says whether the program has declared the variable before its cell does.
func (e *entity) exists() bool { return e.global || e.hoisted || e.merged }

// define is x := e. The variables that exist already are assigned.
func (x *exporter) define(p *part, st *ast.AssignStmt) (string, error) {
	var fresh []*entity
	old, allFresh := false, true
	for _, l := range st.Lhs {
		id := l.(*ast.Ident)
		e := x.entity(p, id)
		switch {
		case e == nil:
		case e.constant != nil:
			return "", nil // declared with its value
		case e.global || e.hoisted || e.merged && len(st.Lhs) == 1:
			old, allFresh = true, false
		case e.merged: // Go assigns it, if another variable is new
			allFresh = false
		case e.home == p:
			fresh = append(fresh, e)
		}
	}
	if !old && (allFresh || len(fresh) > 0) {
		return x.text(p), nil
	}
	var b strings.Builder
	for _, e := range fresh {
		t, ok := x.typeText(e.obj.Type())
		if !ok {
			return "", x.unspeakable(e, t)
		}
		fmt.Fprintf(&b, "var %s %s\n", e.emit, t)
	}
	at := p.offset(st.TokPos)
	return b.String() + x.text(p, edit{at, at + 2, "="}), nil
}

// variables is a var declaration.
func (x *exporter) variables(p *part, g *ast.GenDecl) (string, error) {
	plain := true
	for _, s := range g.Specs {
		for _, id := range s.(*ast.ValueSpec).Names {
			if e := x.entity(p, id); e != nil && e.exists() {
				plain = false
			}
		}
	}
	if plain {
		return x.text(p), nil
	}
	var b strings.Builder
	for _, s := range g.Specs {
		spec := s.(*ast.ValueSpec)
		var names []string
		constant := false
		for _, id := range spec.Names {
			name := id.Name
			if e := x.entity(p, id); e != nil {
				name = e.emit
				constant = constant || e.constant != nil
				if !e.exists() {
					t, ok := x.typeText(e.obj.Type())
					if !ok {
						return "", x.unspeakable(e, t)
					}
					fmt.Fprintf(&b, "var %s %s\n", name, t)
				}
			}
			names = append(names, name)
		}
		if len(spec.Values) == 0 || constant && len(names) == 1 {
			continue
		}
		from, to := p.offset(spec.Values[0].Pos()), p.offset(spec.Values[len(spec.Values)-1].End())
		fmt.Fprintf(&b, "%s = %s\n", strings.Join(names, ", "), apply(p.cell.source, from, to, x.names(p)))
	}
	return b.String(), nil
}

// showName is the function of the program that prints results.
const showName = "show"

// result prints the value of a cell's last expression, as text.
func (x *exporter) result(p *part, st *ast.ExprStmt) (string, error) {
	from, to := p.offset(st.X.Pos()), p.offset(st.X.End())
	value := apply(p.cell.source, from, to, x.names(p))
	before, after := p.cell.source[p.start:from], p.cell.source[to:p.end] // comments
	if after = strings.TrimLeft(after, "; \t"); after != "" && !strings.HasPrefix(after, "/") {
		after = "\n" + after
	}
	results := p.cell.checked.Results
	if b, ok := types.Unalias(results[0]).(*types.Basic); ok && len(results) == 1 {
		name := x.importPath(x.packageOf("fmt"), "")
		if b.Info()&types.IsString != 0 {
			return before + name + ".Printf(\"%q\\n\", " + value + ")" + after, nil
		}
		return before + name + ".Println(" + value + ")" + after, nil
	}
	if len(results) > 1 {
		for _, t := range results {
			if types.IsInterface(t) && !types.Identical(t, types.Universe.Lookup("error").Type()) {
				return "", &Error{p.cell.number, p.line(st.Pos()), "the results of the last expression cannot be printed as the notebook shows them, because one of them is an interface", "assign them to variables, and print those"}
			}
		}
	}
	x.shows = true
	return before + showName + "(" + value + ")" + after, nil
}
