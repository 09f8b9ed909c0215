package export

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// entity is something that a cell declares at its top level.
type entity struct {
	name string // as it was written
	emit string // as the program calls it
	cell *cell
	obj  types.Object // the newest, for a type that later cells give methods

	// Of a variable.
	global   bool         // a package variable, because declarations use it
	hoisted  bool         // declared before the function literal that its cell becomes
	merged   bool         // takes the place of an older one
	constant ast.Expr     // its value, if it is given once and is the same anywhere
	literal  *ast.FuncLit // the function that it is given
	home     *part        // that declares it
	defined  bool         // by :=
	captured bool         // by a function literal
	pointed  bool         // its address is taken, or may be
	assigned int
	last     int // the number of the last cell that mentions it
	uses     []use

	// Of a function that is declared again with the same signature.
	versions []*types.Func // in their order
	impl     map[*types.Func]string
}

type use struct {
	part *part
	id   *ast.Ident
}

// find lists the entities of all cells.
func (x *exporter) find() error {
	x.entities = map[types.Object]*entity{}
	for _, c := range x.cells {
		if c.checked == nil {
			continue
		}
		for _, o := range declared(c) {
			e := &entity{name: o.Name(), cell: c, obj: o}
			x.entities[o] = e
			x.order = append(x.order, e)
		}
		for _, p := range c.checked.Patches {
			e := x.entities[p.Old]
			if e == nil || x.entities[p.New] == e {
				continue
			}
			if len(e.versions) == 0 {
				e.versions = []*types.Func{p.Old}
			}
			e.versions = append(e.versions, p.New)
			x.forget(x.entities[p.New])
			x.entities[p.New] = e
		}
		if err := x.lateMethods(c); err != nil {
			return err
		}
	}
	for _, c := range x.cells {
		for _, p := range c.parts {
			if c.number > 0 {
				x.note(p)
			}
		}
	}
	for _, e := range slices.Clone(x.order) { // what every session declares counts when it is used
		if e.cell.number == 0 && len(e.uses) > 0 {
			for _, p := range e.cell.parts {
				if declares(p, e.name) {
					x.note(p)
				}
			}
		}
	}
	return x.outdated()
}

func declares(p *part, name string) bool {
	st, ok := p.node.(*ast.DeclStmt)
	return ok && st.Decl.(*ast.GenDecl).Specs[0].(*ast.ValueSpec).Names[0].Name == name
}

// outdated refuses the use of values that a cell made before a later one gave their type methods:
// in the session they have none of them, in a program they would.
func (x *exporter) outdated() error {
	for _, r := range x.replaced {
		for _, e := range x.order {
			if e.obj == types.Object(r.old) || e.cell.number >= r.by.number || !mentions(e.obj.Type(), r.old, map[types.Type]bool{}) {
				continue
			}
			for _, u := range e.uses {
				if u.part.cell.number >= r.by.number {
					return &Error{u.part.cell.number, u.part.line(u.id.Pos()), fmt.Sprintf("%s has the %s of before In[%d] gave it methods, and a program has one %s", e.name, r.old.Name(), r.by.number, r.old.Name()), fmt.Sprintf("move the methods to In[%d]", e.cell.number)}
				}
			}
		}
	}
	return nil
}

// mentions says whether t is made of the type that tn declares.
func mentions(t types.Type, tn *types.TypeName, seen map[types.Type]bool) bool {
	if seen[t] {
		return false
	}
	seen[t] = true
	inTuple := func(tuple *types.Tuple) bool {
		for v := range tuple.Variables() {
			if mentions(v.Type(), tn, seen) {
				return true
			}
		}
		return false
	}
	switch t := types.Unalias(t).(type) {
	case *types.Named:
		if t.Obj() == tn {
			return true
		}
		for a := range t.TypeArgs().Types() {
			if mentions(a, tn, seen) {
				return true
			}
		}
		return t.Obj().Pkg() != nil && t.Obj().Pkg().Path() == "main" && mentions(t.Underlying(), tn, seen)
	case interface{ Elem() types.Type }: // a pointer, slice, array, channel or map
		m, ok := t.(*types.Map)
		return mentions(t.Elem(), tn, seen) || ok && mentions(m.Key(), tn, seen)
	case *types.Signature:
		return inTuple(t.Params()) || inTuple(t.Results())
	case *types.Struct:
		for f := range t.Fields() {
			if mentions(f.Type(), tn, seen) {
				return true
			}
		}
	}
	return false
}

func (x *exporter) forget(e *entity) {
	x.order = slices.DeleteFunc(x.order, func(o *entity) bool { return o == e })
}

// declared lists what a cell declares, by place.
func declared(c *cell) []types.Object {
	var list []types.Object
	scope := c.checked.Pkg.Scope()
	for _, name := range scope.Names() {
		if o := scope.Lookup(name); o.Pkg() == c.checked.Pkg && !strings.Contains(name, ours) {
			list = append(list, o)
		}
	}
	for _, v := range c.checked.Vars {
		if !slices.Contains(list, types.Object(v)) {
			list = append(list, v)
		}
	}
	slices.SortFunc(list, func(a, b types.Object) int { return int(a.Pos() - b.Pos()) })
	return list
}

// lateMethods makes one of a type and of the type that a later cell makes of it by adding methods.
func (x *exporter) lateMethods(c *cell) error {
	for _, tn := range c.checked.Types {
		if x.declaredIn(c, tn.Name()) {
			continue
		}
		older := x.newestType(tn.Name(), c)
		if older == nil {
			continue
		}
		for _, p := range c.parts {
			f, ok := p.node.(*ast.FuncDecl)
			if !ok || f.Recv == nil || receiver(f) != tn.Name() {
				continue
			}
			if has(older.obj.Type(), f.Name.Name) {
				return &Error{c.number, p.line(f.Pos()), "method " + tn.Name() + "." + f.Name.Name + " is declared a second time, a program has one", "keep one of the two"}
			}
		}
		x.replaced = append(x.replaced, replacement{older.obj.(*types.TypeName), c})
		x.forget(x.entities[tn])
		x.entities[tn], older.obj = older, tn
	}
	return nil
}

// replacement is a type that a cell has given methods.
type replacement struct {
	old *types.TypeName
	by  *cell
}

func (x *exporter) declaredIn(c *cell, name string) bool {
	for _, p := range c.parts {
		if g, ok := p.node.(*ast.GenDecl); ok && g.Tok == token.TYPE {
			for _, s := range g.Specs {
				if s.(*ast.TypeSpec).Name.Name == name {
					return true
				}
			}
		}
	}
	return false
}

func (x *exporter) newestType(name string, before *cell) *entity {
	for _, e := range slices.Backward(x.order) {
		if _, ok := e.obj.(*types.TypeName); ok && e.name == name && e.cell != before {
			return e
		}
	}
	return nil
}

func receiver(f *ast.FuncDecl) string {
	t := f.Recv.List[0].Type
	for {
		switch u := t.(type) {
		case *ast.StarExpr:
			t = u.X
		case *ast.ParenExpr:
			t = u.X
		case *ast.IndexExpr:
			t = u.X
		case *ast.IndexListExpr:
			t = u.X
		case *ast.Ident:
			return u.Name
		default:
			return ""
		}
	}
}

func has(t types.Type, method string) bool {
	n, ok := types.Unalias(t).(*types.Named)
	if !ok {
		return false
	}
	for m := range n.Methods() {
		if m.Name() == method {
			return true
		}
	}
	return false
}

// note finds out how a part uses entities.
func (x *exporter) note(p *part) {
	if g, ok := p.node.(*ast.GenDecl); ok && g.Tok == token.IMPORT {
		return // what is used is imported
	}
	var stack []ast.Node
	ast.Inspect(p.node, func(n ast.Node) bool {
		if n == nil {
			stack = stack[:len(stack)-1]
			return true
		}
		if id, ok := n.(*ast.Ident); ok {
			x.identifier(p, id, stack)
		}
		stack = append(stack, n)
		return true
	})
	x.declaration(p)
}

func (x *exporter) identifier(p *part, id *ast.Ident, above []ast.Node) {
	x.written[id.Name] = true
	o := p.object(id)
	switch o := o.(type) {
	case nil:
		return
	case *types.PkgName:
		x.imported(o)
		return
	}
	if o.Pkg() == nil {
		x.universe[o.Name()] = true
		return
	}
	e := x.entities[o]
	if e == nil {
		return
	}
	e.uses = append(e.uses, use{p, id})
	e.last = max(e.last, p.cell.number)
	v, ok := o.(*types.Var)
	if !ok || len(above) == 0 {
		return
	}
	e.global = e.global || p.decl
	for _, n := range above {
		if _, ok := n.(*ast.FuncLit); ok {
			e.captured = true
		}
	}
	switch parent := above[len(above)-1].(type) {
	case *ast.UnaryExpr:
		e.pointed = e.pointed || parent.Op == token.AND
	case *ast.SelectorExpr:
		// A method may keep the address of its receiver; so may &x.f.
		_, pointer := v.Type().Underlying().(*types.Pointer)
		_, iface := v.Type().Underlying().(*types.Interface)
		e.pointed = e.pointed || parent.X == id && (!pointer && !iface || parent.Sel.Name == "Longest") // changes a regexp
	case *ast.SliceExpr, *ast.IndexExpr:
		_, array := v.Type().Underlying().(*types.Array)
		e.pointed = e.pointed || array
	case *ast.IncDecStmt, *ast.RangeStmt:
		e.assigned++
	case *ast.AssignStmt:
		if slices.Contains(parent.Lhs, ast.Expr(id)) {
			e.assigned++
		}
	}
}

// declaration notes where a variable is declared, and with what.
func (x *exporter) declaration(p *part) {
	note := func(id *ast.Ident, value ast.Expr, define bool) {
		e := x.entities[p.object(id)]
		if e == nil || e.home != nil || e.cell != p.cell {
			return
		}
		e.home, e.defined = p, define
		if value == nil {
			return
		}
		e.literal, _ = ast.Unparen(value).(*ast.FuncLit)
		if _, call := ast.Unparen(value).(*ast.CallExpr); x.sameAnywhere(p, value) && (call || !types.IsInterface(e.obj.Type())) {
			e.constant = value
		}
	}
	switch st := p.node.(type) {
	case *ast.AssignStmt:
		if st.Tok != token.DEFINE {
			return
		}
		for i, l := range st.Lhs {
			var value ast.Expr
			if len(st.Lhs) == 1 {
				value = st.Rhs[i]
			}
			if id, ok := l.(*ast.Ident); ok {
				note(id, value, true)
			}
		}
	case *ast.DeclStmt:
		for _, s := range st.Decl.(*ast.GenDecl).Specs {
			spec, ok := s.(*ast.ValueSpec)
			if !ok {
				continue
			}
			for i, id := range spec.Names {
				var value ast.Expr
				if len(spec.Names) == 1 && len(spec.Values) == 1 {
					value = spec.Values[i]
				}
				note(id, value, false)
			}
		}
	}
}
