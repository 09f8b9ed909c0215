package typed

import (
	"go/ast"
	"go/token"
	"go/types"
	"reflect"
)

// A cell that is debugged is built a second time, from a copy of its syntax tree into which calls
// are inserted where it can stop. The copy has the types of the original: nothing is checked again.

// cloner copies syntax.
type cloner struct {
	nodes map[ast.Node]ast.Node // old → new
}

var (
	nodeType    = reflect.TypeFor[ast.Node]()
	objectType  = reflect.TypeFor[*ast.Object]()
	scopeType   = reflect.TypeFor[*ast.Scope]()
	commentType = reflect.TypeFor[*ast.CommentGroup]()
)

// cloneFiles copies files and what the checker said about them.
func cloneFiles(files []*ast.File, info *types.Info) ([]*ast.File, *types.Info) {
	c := &cloner{nodes: map[ast.Node]ast.Node{}}
	var copies []*ast.File
	for _, f := range files {
		g := *f
		g.Unresolved, g.Comments = nil, nil
		n := c.copy(reflect.ValueOf(&g)).Interface().(*ast.File)
		c.nodes[f] = n
		copies = append(copies, n)
	}
	out := &types.Info{
		Types:        translate(c, info.Types),
		Instances:    translate(c, info.Instances),
		Defs:         translate(c, info.Defs),
		Uses:         translate(c, info.Uses),
		Implicits:    translate(c, info.Implicits),
		Selections:   translate(c, info.Selections),
		Scopes:       translate(c, info.Scopes),
		FileVersions: translate(c, info.FileVersions),
	}
	return copies, out
}

func translate[K interface {
	ast.Node
	comparable
}, V any](c *cloner, m map[K]V) map[K]V {
	out := make(map[K]V, len(m))
	for k, v := range m {
		if n, ok := c.nodes[k].(K); ok {
			out[n] = v
		}
	}
	return out
}

func (c *cloner) copy(v reflect.Value) reflect.Value {
	switch v.Kind() {
	case reflect.Pointer:
		switch v.Type() {
		case objectType, scopeType, commentType: // the builder of go/ssa asks for none of them
			return reflect.Zero(v.Type())
		}
		if v.IsNil() || !v.Type().Implements(nodeType) {
			return v
		}
		old := v.Interface().(ast.Node)
		if n, ok := c.nodes[old]; ok {
			return reflect.ValueOf(n)
		}
		n := reflect.New(v.Type().Elem())
		c.nodes[old] = n.Interface().(ast.Node)
		for i := range n.Elem().NumField() {
			n.Elem().Field(i).Set(c.copy(v.Elem().Field(i)))
		}
		return n
	case reflect.Interface:
		if v.IsNil() {
			return v
		}
		n := reflect.New(v.Type()).Elem()
		n.Set(c.copy(v.Elem()))
		return n
	case reflect.Slice:
		if v.IsNil() {
			return v
		}
		n := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		for i := range v.Len() {
			n.Index(i).Set(c.copy(v.Index(i)))
		}
		return n
	}
	return v
}

// stopKind says what an inserted call is.
type stopKind uint8

const (
	stopHere  stopKind = iota // before a statement
	stopRound                 // before the next round of a loop
	stopEnter                 // where a function begins: it never stops
)

// stopNames are the functions that are called.
var stopNames = [...]string{"ˑstop", "ˑround", "ˑenter"}

// stopFuncs declares them, in a package of their own.
func stopFuncs() (p *types.Package, funcs [len(stopNames)]*types.Func) {
	p = types.NewPackage("goray/debug", "debug")
	for i, name := range stopNames {
		funcs[i] = types.NewFunc(token.NoPos, p, name, types.NewSignatureType(nil, nil, nil, nil, nil, false))
		p.Scope().Insert(funcs[i])
	}
	p.MarkComplete()
	return
}

// inserter puts calls into a syntax tree.
type inserter struct {
	call   func(pos token.Pos, kind stopKind) ast.Stmt
	made   map[ast.Stmt]bool       // the calls, and the blocks that hold them
	bodies map[token.Pos]token.Pos // loop → its body, where its variables are visible
	// byFunc says whether a loop ranges over a function; its body then is a function, too.
	byFunc func(*ast.RangeStmt) bool
}

// instrument inserts calls into a file whose information is info.
func instrument(f *ast.File, info *types.Info, funcs [len(stopNames)]*types.Func, bodies map[token.Pos]token.Pos) {
	in := &inserter{made: map[ast.Stmt]bool{}, bodies: bodies}
	in.call = func(pos token.Pos, kind stopKind) ast.Stmt {
		id := &ast.Ident{NamePos: pos, Name: stopNames[kind]}
		call := &ast.CallExpr{Fun: id, Lparen: pos, Rparen: pos}
		info.Uses[id] = funcs[kind]
		info.Types[call] = types.TypeAndValue{Type: (*types.Tuple)(nil)}
		return &ast.ExprStmt{X: call}
	}
	in.byFunc = func(s *ast.RangeStmt) bool {
		t := info.TypeOf(s.X)
		if t == nil {
			return false
		}
		if p, ok := t.(*types.TypeParam); ok {
			t = p.Constraint()
		}
		_, ok := t.Underlying().(*types.Signature)
		return ok
	}
	for _, d := range f.Decls {
		in.insert(d)
	}
}

func (in *inserter) insert(n ast.Node) {
	ast.Inspect(n, func(n ast.Node) bool { in.visit(n); return true })
}

func (in *inserter) visit(n ast.Node) {
	switch n := n.(type) {
	case *ast.FuncDecl:
		if n.Body != nil {
			in.begin(n.Body, stopEnter)
		}
	case *ast.FuncLit:
		in.begin(n.Body, stopEnter)
	case *ast.BlockStmt:
		if !in.made[n] {
			n.List = in.between(n.List)
		}
	case *ast.CaseClause:
		n.Body = in.between(n.Body)
	case *ast.CommClause:
		n.Body = in.between(n.Body)
	case *ast.IfStmt:
		if _, ok := n.Else.(*ast.IfStmt); ok {
			n.Else = in.block(n.Else.Pos(), stopHere, n.Else)
		}
	case *ast.ForStmt:
		in.bodies[n.Pos()] = n.Body.Pos()
		n.Post = in.block(n.Pos(), stopRound, n.Post)
	case *ast.RangeStmt:
		if in.byFunc(n) {
			in.begin(n.Body, stopEnter)
		} else {
			in.bodies[n.Pos()] = n.Body.Pos()
			in.begin(n.Body, stopRound, n.Pos())
		}
	case *ast.LabeledStmt:
		if !loops(n.Stmt) {
			n.Stmt = in.block(n.Stmt.Pos(), stopHere, n.Stmt)
		}
	}
}

// begin puts a call before the statements of a block.
func (in *inserter) begin(b *ast.BlockStmt, kind stopKind, at ...token.Pos) {
	pos := b.Pos()
	if len(at) > 0 {
		pos = at[0]
	}
	s := in.call(pos, kind)
	in.made[s] = true
	b.List = append([]ast.Stmt{s}, b.List...)
}

// block is a call with the statement that it belongs to, which may be nil.
func (in *inserter) block(pos token.Pos, kind stopKind, s ast.Stmt) *ast.BlockStmt {
	b := &ast.BlockStmt{Lbrace: pos, List: []ast.Stmt{in.call(pos, kind)}, Rbrace: pos}
	if s != nil {
		b.List = append(b.List, s)
		b.Rbrace = s.End()
	}
	in.made[b] = true
	return b
}

// between puts a call before each statement that does something.
func (in *inserter) between(list []ast.Stmt) []ast.Stmt {
	out := make([]ast.Stmt, 0, 2*len(list))
	for _, s := range list {
		if pos := in.stops(s); pos.IsValid() {
			out = append(out, in.call(pos, stopHere))
		}
		out = append(out, s)
	}
	return out
}

// stops is where a statement begins, or no position when it is not one to stop at.
func (in *inserter) stops(s ast.Stmt) token.Pos {
	if in.made[s] {
		return token.NoPos
	}
	switch s := s.(type) {
	case *ast.EmptyStmt, *ast.BlockStmt, *ast.CaseClause, *ast.CommClause:
		return token.NoPos
	case *ast.LabeledStmt:
		if loops(s.Stmt) {
			return s.Stmt.Pos()
		}
		return token.NoPos
	case *ast.DeclStmt:
		g, ok := s.Decl.(*ast.GenDecl)
		if !ok || g.Tok != token.VAR {
			return token.NoPos
		}
	}
	return s.Pos()
}

// loops says whether break and continue may name a statement by its label, which then has to
// stand before it.
func loops(s ast.Stmt) bool {
	switch s.(type) {
	case *ast.ForStmt, *ast.RangeStmt, *ast.SwitchStmt, *ast.TypeSwitchStmt, *ast.SelectStmt, *ast.BlockStmt, *ast.EmptyStmt, *ast.LabeledStmt:
		return true
	}
	return false
}

// stopLines finds the lines at which cells stop.
func stopLines(fset *token.FileSet, nodes ...ast.Node) map[int]bool {
	lines := map[int]bool{}
	in := &inserter{made: map[ast.Stmt]bool{}, bodies: map[token.Pos]token.Pos{}, byFunc: func(*ast.RangeStmt) bool { return false }}
	in.call = func(pos token.Pos, kind stopKind) ast.Stmt {
		if kind == stopHere && pos.IsValid() {
			lines[fset.Position(pos).Line] = true
		}
		return &ast.EmptyStmt{Semicolon: pos, Implicit: true}
	}
	for _, n := range nodes {
		in.insert(n)
	}
	return lines
}
