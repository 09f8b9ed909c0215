package export

import (
	"fmt"
	"go/ast"
	"go/token"
	"strings"
)

// sequence is the order in which a cell runs what Go orders by itself: neighbouring var declarations
// by what they need, and init functions after the declarations that come first.
type sequence struct {
	groups map[int][]int // by the offset of a group's first var: where each initialisation has its first name, in order
	inits  []int         // for each init function, the offset of the statement after which it runs; -1 for none
}

// runs reads the sequence from the function that the front end has made of the statements.
func (c *cell) runs() sequence {
	s := sequence{groups: map[int][]int{}}
	starts := lineStarts(c.source)
	at := func(pos token.Pos) int {
		p := c.checked.Fset.Position(pos)
		if p.Line < 1 || p.Line > len(starts) {
			return -1
		}
		return starts[p.Line-1] + p.Column - 1
	}
	last := -1
	for _, f := range c.checked.Files {
		for _, d := range f.Decls {
			run, ok := d.(*ast.FuncDecl)
			if !ok || run.Name.Name != c.checked.Run || run.Body == nil {
				continue
			}
			for _, st := range run.Body.List {
				if e, ok := st.(*ast.ExprStmt); ok && callsInit(e) {
					s.inits = append(s.inits, last)
					continue
				}
				offset := at(st.Pos())
				last = max(last, offset)
				block, ok := st.(*ast.BlockStmt)
				if !ok || offset < 0 || !strings.HasPrefix(c.source[offset:], "var") {
					continue
				}
				for _, in := range block.List {
					if a, ok := in.(*ast.AssignStmt); ok {
						s.groups[offset] = append(s.groups[offset], at(a.Lhs[0].Pos()))
					}
				}
			}
		}
	}
	return s
}

func callsInit(st *ast.ExprStmt) bool {
	call, ok := st.X.(*ast.CallExpr)
	if !ok {
		return false
	}
	id, ok := call.Fun.(*ast.Ident)
	return ok && strings.HasPrefix(id.Name, "init"+ours)
}

// varDecl is the var declaration that a part is; nil for another.
func (p *part) varDecl() *ast.GenDecl {
	if st, ok := p.node.(*ast.DeclStmt); ok && !p.decl {
		if g := st.Decl.(*ast.GenDecl); g.Tok == token.VAR {
			return g
		}
	}
	return nil
}

// ordered writes a group of var declarations whose order is not that of the text: first the
// variables, then their values. used is how many of the parts belong to it; 0 for a group that may
// stay as it is.
func (x *exporter) ordered(parts []*part, order []int) (text string, used int, err error) {
	type value struct {
		p    *part
		spec *ast.ValueSpec
		at   int // of the value among those of its line, -1 for one call with several results
	}
	values := map[int]value{}
	var b strings.Builder
	sorted, place := true, -1
	for _, o := range order {
		sorted, place = sorted && o > place, o
	}
	for _, p := range parts {
		g := p.varDecl()
		if g == nil {
			break
		}
		used++
		for _, s := range g.Specs {
			spec := s.(*ast.ValueSpec)
			for i, id := range spec.Names {
				switch {
				case len(spec.Names) == len(spec.Values):
					values[p.offset(id.Pos())] = value{p, spec, i}
				case len(spec.Values) == 1 && i == 0:
					values[p.offset(id.Pos())] = value{p, spec, -1}
				}
				if e := x.entity(p, id); e != nil && !e.exists() {
					t, ok := x.typeText(e.obj.Type())
					if !ok && !sorted {
						return "", 0, x.unspeakable(e, t)
					}
					fmt.Fprintf(&b, "var %s %s\n", e.emit, t)
				}
			}
		}
	}
	if sorted {
		return "", 0, nil
	}
	for _, o := range order {
		v, ok := values[o]
		if !ok {
			return "", 0, fmt.Errorf("In[%d]: the order of its variables is not known; please report the cell", parts[0].cell.number)
		}
		names, values := v.spec.Names, v.spec.Values
		if v.at >= 0 {
			names, values = names[v.at:v.at+1], values[v.at:v.at+1]
		}
		var left []string
		constant := false
		for _, id := range names {
			name := id.Name
			if e := x.entity(v.p, id); e != nil {
				name, constant = e.emit, constant || e.constant != nil
			}
			left = append(left, name)
		}
		if !constant {
			fmt.Fprintf(&b, "%s = %s\n", strings.Join(left, ", "), apply(v.p.cell.source, v.p.offset(values[0].Pos()), v.p.offset(values[0].End()), x.names(v.p)))
		}
	}
	return b.String(), used, nil
}
