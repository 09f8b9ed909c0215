package lang

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// group is a run of var declarations with no other statement between them. As in a file, they may
// mention each other in any order, and are initialised in the order that Go gives them.
type group struct {
	blocks []*ast.BlockStmt // stand in Run for the declarations; the first takes the assignments
	specs  []*ast.ValueSpec
}

// add makes a declaration one of the group.
func (g *group) add(d *ast.GenDecl) *ast.BlockStmt {
	block := &ast.BlockStmt{Lbrace: d.Pos(), Rbrace: d.End()}
	g.blocks = append(g.blocks, block)
	for _, s := range d.Specs {
		g.specs = append(g.specs, s.(*ast.ValueSpec))
	}
	return block
}

// ahead says whether id, in a value of the group, means a variable that the group declares further
// on. A variable's own value is no such place: there, as in a function, its name is the earlier one.
func (g *group) ahead(id *ast.Ident, o *ast.Object) bool {
	in, at := g.valueAround(id.Pos())
	if in == nil {
		return false
	}
	for _, s := range g.specs {
		for i, n := range s.Names {
			if n.Obj == o {
				return s != in || len(s.Names) == len(s.Values) && i != at
			}
		}
	}
	return false
}

func (g *group) valueAround(pos token.Pos) (spec *ast.ValueSpec, index int) {
	for _, s := range g.specs {
		for i, v := range s.Values {
			if v.Pos() <= pos && pos < v.End() {
				return s, i
			}
		}
	}
	return nil, 0
}

// initial is one initialisation: "a = x", or "a, b = f()".
type initial struct {
	names  []*ast.Ident
	values []ast.Expr
}

func (g *group) initials() []initial {
	var l []initial
	for _, s := range g.specs {
		switch {
		case len(s.Values) == 0:
		case len(s.Values) == len(s.Names):
			for i := range s.Values {
				l = append(l, initial{s.Names[i : i+1], s.Values[i : i+1]})
			}
		default:
			l = append(l, initial{s.Names, s.Values})
		}
	}
	return l
}

// assignGroup puts the assignments of a group into Run once the declarations have been checked.
func (u *unit) assignGroup(g *group) {
	u.ready = append(u.ready, func() {
		block := g.blocks[0]
		for _, in := range u.inOrder(g.initials()) {
			lhs := make([]ast.Expr, len(in.names))
			for k, id := range in.names {
				lhs[k] = u.use(id)
			}
			block.List = append(block.List, &ast.AssignStmt{Lhs: lhs, Tok: token.ASSIGN, TokPos: in.names[0].Pos(), Rhs: in.values})
		}
		for _, s := range g.specs {
			s.Values = nil
		}
	})
}

// inOrder sorts initialisations as Go does: always the first that depends on none still to come.
func (u *unit) inOrder(list []initial) []initial {
	if len(list) < 2 {
		return list
	}
	uses := u.references()
	waiting := slices.Clone(list)
	out := make([]initial, 0, len(list))
	for len(waiting) > 0 {
		i := slices.IndexFunc(waiting, func(in initial) bool {
			return !slices.ContainsFunc(waiting, func(w initial) bool {
				return u.info.Defs[w.names[0]] != u.info.Defs[in.names[0]] && u.depends(uses, in, w)
			})
		})
		i = max(i, 0) // a cycle has been refused before
		out = append(out, waiting[i])
		waiting = slices.Delete(waiting, i, i+1)
	}
	return out
}

// depends says whether the value of a variable of in needs one of w's.
func (u *unit) depends(uses references, in, w initial) bool {
	return slices.ContainsFunc(w.names, func(id *ast.Ident) bool {
		return uses.path(u.info.Defs[in.names[0]], u.info.Defs[id]) != nil
	})
}

// references are the variables and functions that each declared object mentions: a function in its
// body, a variable of a group in its value. Other variables get theirs when their statement runs,
// and mention nothing.
type references map[types.Object][]types.Object

func (u *unit) references() references {
	r := references{}
	note := func(o types.Object, n ast.Node) {
		if o == nil {
			return
		}
		ast.Inspect(n, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok {
				to := u.info.Uses[id]
				if f, ok := to.(*types.Func); ok {
					to = f.Origin()
				}
				if to != nil && to.Pkg() == u.pkg {
					r[o] = append(r[o], to)
				}
			}
			return true
		})
	}
	for _, d := range u.file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Body != nil && f != u.run {
			note(u.info.Defs[f.Name], f.Body)
		}
	}
	for _, g := range u.groups {
		for _, in := range g.initials() {
			for _, id := range in.names {
				for _, v := range in.values {
					note(u.info.Defs[id], v)
				}
			}
		}
	}
	return r
}

// path is how an object comes to mention another, which is its last element; nil if it does not.
func (r references) path(from, to types.Object) []types.Object {
	seen := map[types.Object]bool{}
	var walk func(o types.Object) []types.Object
	walk = func(o types.Object) []types.Object {
		for _, next := range r[o] {
			if next == to {
				return []types.Object{to}
			}
			if !seen[next] {
				seen[next] = true
				if rest := walk(next); rest != nil {
					return append([]types.Object{next}, rest...)
				}
			}
		}
		return nil
	}
	return walk(from)
}

// refuseCycles reports variables whose values need each other.
func (u *unit) refuseCycles() {
	if len(u.groups) == 0 {
		return
	}
	uses := u.references()
	told := map[types.Object]bool{}
	for _, g := range u.groups {
		for _, in := range g.initials() {
			o := u.info.Defs[in.names[0]]
			if o == nil || told[o] {
				continue
			}
			if p := uses.path(o, o); p != nil {
				u.reportCycle(append([]types.Object{o}, p...))
				for _, o := range p {
					told[o] = true
				}
			}
		}
	}
}

// reportCycle says what the Go compiler says; the last of the cycle is its first.
func (u *unit) reportCycle(cycle []types.Object) {
	first := cycle[0]
	name := func(o types.Object) string { return strings.TrimRight(o.Name(), mark) }
	start := u.offset(first.Pos())
	if len(cycle) == 2 {
		u.src.report(start, start+len(name(first)), "initialization cycle: "+name(first)+" refers to itself", "")
		return
	}
	var steps []string
	for i := range len(cycle) - 1 {
		steps = append(steps, fmt.Sprintf("%s refers to %s", name(cycle[i]), name(cycle[i+1])))
	}
	u.src.report(start, start+len(name(first)), "initialization cycle for "+name(first), strings.Join(steps, ", "))
}

// placeInits puts the calls of init functions where these stand, behind the variables of the
// declarations around them. A cell that is a Go file runs as one, then.
func (u *unit) placeInits() {
	inGroup := func(st ast.Stmt) bool {
		return slices.ContainsFunc(u.groups, func(g *group) bool {
			return slices.ContainsFunc(g.blocks, func(b *ast.BlockStmt) bool { return ast.Stmt(b) == st })
		})
	}
	for _, id := range slices.Backward(u.inits) {
		call := &ast.ExprStmt{X: &ast.CallExpr{Fun: &ast.Ident{NamePos: id.NamePos, Name: id.Name}, Lparen: id.End(), Rparen: id.End()}}
		u.needRun(id)
		body, at := u.run.Body, 0
		for at < len(body.List) && (u.offset(body.List[at].Pos()) < u.offset(id.Pos()) || inGroup(body.List[at])) {
			at++
		}
		body.List = slices.Insert(body.List, at, ast.Stmt(call))
	}
}
