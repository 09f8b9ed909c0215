package lang

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"path"
	"slices"
	"strings"
)

// What the front end adds to a cell has names with ˑ, a letter that nobody types.
const (
	runName  = "ˑrun"  // the function that holds the statements
	showName = "ˑshow" // called with the last expression, so that it may be of any type
	mark     = "ˑ"     // ends a name that must differ from one the cell also sees
)

// unit is one cell while it is checked.
type unit struct {
	s      *Session
	src    *source
	number int
	env    map[string]*binding // names to see instead of the session's; nil for the session
	aside  bool                // its result is not kept
	loose  bool                // for completion: go on after errors

	pieces pieces
	file   *ast.File     // declarations, then Run
	run    *ast.FuncDecl // nil without statements
	free   []*ast.Ident  // identifiers that the cell itself does not bind

	declared  map[string]bool            // names declared at the top level
	renamed   map[string]string          // internal name → name
	later     map[string]int             // name → offset, for variables used before they are declared
	imports   map[string]string          // local name → path, of the imports that were written
	uses      map[string]string          // local name → path, of all imports
	selected  map[string][]string        // free name → what is selected from it
	visible   []types.Object             // of earlier cells
	repeated  []chunk                    // declarations of earlier cells that the cell repeats
	inherited map[string]*types.TypeName // the types they are from, by name
	last      *ast.ExprStmt              // the last expression, when it is to be shown
	ready     []func()                   // how to finish the statements, after checking
	groups    []*group                   // of var declarations
	inits     []*ast.Ident               // the names of init functions, in their order
	temps     int                        // temporaries so far

	pkg   *types.Package
	info  *types.Info
	facts facts // what analyzers learn
}

func (u *unit) check() (*Checked, error) {
	if !u.parse() || !u.bind() {
		return nil, u.src.err()
	}
	u.types()
	if len(u.src.diags) == 0 {
		u.refuseCycles()
	}
	if len(u.src.diags) == 0 {
		u.analyze()
	}
	if err := u.src.err(); err != nil {
		return nil, err
	}
	return u.finish(), nil
}

// parse makes one file of the cell's declarations and a function of its statements. Both keep the
// positions that they have in the cell. A line directive's file is looked for beside the file that has
// the directive, so this one's name is without a folder.
func (u *unit) parse() bool {
	u.pieces = split(u.src.text)
	if u.pieces.complain(u.src) && !u.loose {
		return false
	}
	isDecl := func(it item) bool { return it.decl || u.pieces.file && u.isVar(it) }
	here := "/*line " + u.src.name + ":1:1*/"
	mode := parser.ParseComments
	fset := u.s.pkgs.fset
	f, err := parser.ParseFile(fset, path.Base(u.src.name), slices.Concat([]byte("package main;"+here), u.pieces.only(u.src.text, isDecl)), mode)
	u.src.syntaxErrors(err)
	if f == nil {
		return false
	}
	u.file = f
	u.free = f.Unresolved
	isStmt := func(it item) bool { return !isDecl(it) }
	if slices.ContainsFunc(u.pieces.items, isStmt) {
		text := slices.Concat([]byte("package main;func "+runName+"(){"+here), u.pieces.only(u.src.text, isStmt), []byte("\n}"))
		g, err := parser.ParseFile(fset, path.Base(u.src.name), text, mode)
		u.src.syntaxErrors(err)
		if g == nil || len(g.Decls) == 0 {
			return false
		}
		run, ok := g.Decls[0].(*ast.FuncDecl)
		if !ok || run.Body == nil {
			return false
		}
		u.run = run
		u.free = append(u.free, g.Unresolved...)
		f.Comments = append(f.Comments, g.Comments...)
	}
	return len(u.src.diags) == 0 || u.loose
}

func (u *unit) isVar(it item) bool {
	return firstToken(u.src.text[it.start:it.end]) == token.VAR
}

// types runs the checker. Complaints go to the source's diagnostics.
func (u *unit) types() {
	complaints, last := len(u.src.diags), u.last
	if places := u.typesOnce(); len(places) > 0 && u.nameFields(places) {
		u.src.diags, u.last = u.src.diags[:complaints], last
		u.typesOnce()
	}
}

// typesOnce checks what is there. It returns the places where the checker refuses a value for an
// unexported field, without its name, because the field's package is not this cell's.
func (u *unit) typesOnce() (unnamed []token.Pos) {
	u.pkg, u.info = types.NewPackage("main", "main"), newInfo()
	for _, o := range u.visible {
		u.pkg.Scope().Insert(o)
	}
	show := types.NewSignatureType(nil, nil, nil, types.NewTuple(types.NewParam(0, u.pkg, "", types.NewSlice(types.Universe.Lookup("any").Type()))), nil, true)
	u.pkg.Scope().Insert(types.NewFunc(token.NoPos, u.pkg, showName, show))
	void, dropped := false, false
	conf := &types.Config{
		GoVersion: "go1.26",
		Importer:  u.s.pkgs,
		Sizes:     u.s.pkgs.sizes,
		Error: func(err error) {
			var e types.Error
			switch {
			case !errors.As(err, &e) || dropped && strings.HasPrefix(e.Msg, "\t"):
				return
			case legal(e) && !(u.pieces.file && isCycle(e)):
				dropped = true
				return
			case u.last != nil && e.Pos == u.last.X.Pos() && isVoid(e.Msg):
				void = true
			default:
				if strings.HasPrefix(e.Msg, "implicit assignment to unexported field") {
					unnamed = append(unnamed, e.Pos)
					if _, t, _ := strings.Cut(e.Msg, "of type "); !strings.Contains(strings.TrimPrefix(t, "main."), ".") {
						e.Msg = "too few values in struct literal of type " + t // as many are named, and checked again
					}
				}
				e.Msg = u.arity(e)
				u.src.typeError(e, u.hint(e))
			}
			dropped = false
		},
	}
	types.NewChecker(conf, u.s.pkgs.fset, u.pkg, u.info).Files([]*ast.File{u.file})
	if void {
		u.last = nil
	}
	return unnamed
}

// nameFields gives the values at places their fields' names, where the fields are of a type that
// an earlier cell declares: to the checker that is another package, to a session it is not.
func (u *unit) nameFields(places []token.Pos) (changed bool) {
	ast.Inspect(u.file, func(n ast.Node) bool {
		lit, ok := n.(*ast.CompositeLit)
		if !ok || !slices.ContainsFunc(lit.Elts, func(e ast.Expr) bool { return slices.Contains(places, e.Pos()) }) {
			return true
		}
		t := u.info.TypeOf(lit)
		if t == nil {
			return true
		}
		if p, ok := t.Underlying().(*types.Pointer); ok {
			t = p.Elem()
		}
		st, ok := t.Underlying().(*types.Struct)
		if !ok || st.NumFields() != len(lit.Elts) || st.Field(0).Pkg().Path() != "main" {
			return true
		}
		for i, e := range lit.Elts {
			if _, ok := e.(*ast.KeyValueExpr); !ok && st.Field(i).Name() != "_" {
				key := &ast.Ident{NamePos: e.Pos(), Name: st.Field(i).Name()}
				lit.Elts[i] = &ast.KeyValueExpr{Key: key, Colon: e.Pos(), Value: e}
				changed = true
			}
		}
		return true
	})
	return changed
}

// finish turns what was checked into what go/ssa is to build.
func (u *unit) finish() *Checked {
	c := &Checked{Fset: u.s.pkgs.fset, Pkg: u.pkg, Files: []*ast.File{u.file}, Info: u.info, imports: u.imports, facts: u.facts}
	names := u.restoreNames()
	c.cell = &cell{fset: u.s.pkgs.fset, number: u.number, source: u.src.text, name: u.src.name, lines: u.src.lines, repeated: u.repeated, inherited: u.inherited, visible: u.visible, pieces: u.pieces, uses: u.uses, names: names, file: u.file, info: u.info}
	if u.pieces.file {
		u.initialise()
	}
	for _, f := range u.ready {
		f()
	}
	u.info.InitOrder = nil
	if u.run != nil {
		c.Run = runName
		c.Results = u.results()
		if len(c.Results) > 0 {
			c.out = u.keepResult(c.Results)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		switch o := names[name].(type) {
		case *types.Var:
			c.Vars = append(c.Vars, o)
		case *types.Func:
			c.Funcs = append(c.Funcs, o)
			c.Patches = append(c.Patches, u.patches(name, o)...)
		case *types.TypeName:
			c.Types = append(c.Types, o)
		}
	}
	c.Imports = u.s.pkgs.Closure(u.pkg)
	return c
}

// patches redirects earlier functions of this name and signature. A generic function is not
// redirected: its instances are code of their own.
func (u *unit) patches(name string, f *types.Func) []Patch {
	b := u.lookup(name)
	if b == nil || b.obj == nil || f.Signature().TypeParams().Len() > 0 {
		return nil
	}
	old, ok := b.obj.(*types.Func)
	if !ok || !types.Identical(old.Type(), f.Type()) {
		return nil
	}
	l := []Patch{{Old: old, New: f}}
	for _, o := range b.olds {
		l = append(l, Patch{Old: o, New: f})
	}
	return l
}

// lookup finds what a name means to this cell, apart from what it declares itself.
func (u *unit) lookup(name string) *binding {
	if u.env != nil {
		return u.env[name]
	}
	return u.s.find(name)
}

// names lists the names that the cell can see.
func (u *unit) names() []string {
	l := slices.Collect(maps.Keys(u.declared))
	if u.env != nil {
		return slices.AppendSeq(l, maps.Keys(u.env))
	}
	return slices.AppendSeq(l, maps.Keys(u.s.snapshot()))
}
