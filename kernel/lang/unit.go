package lang

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
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
	repeated  []chunk                    // declarations of earlier cells that the cell repeats
	inherited map[string]*types.TypeName // the types they are from, by name
	last      *ast.ExprStmt              // the last expression, when it is to be shown
	ready     []func()                   // how to finish the statements, after checking

	pkg  *types.Package
	info *types.Info
}

func (u *unit) check() (*Checked, error) {
	if !u.parse() || !u.bind() {
		return nil, u.src.err()
	}
	u.types()
	if err := u.src.err(); err != nil {
		return nil, err
	}
	return u.finish(), nil
}

// parse makes one file of the cell's declarations and a function of its statements. Both keep the
// positions that they have in the cell.
func (u *unit) parse() bool {
	u.pieces = split(u.src.text)
	if u.pieces.complain(u.src) && !u.loose {
		return false
	}
	isDecl := func(it item) bool { return it.decl || u.pieces.file && u.isVar(it) }
	here := "/*line " + u.src.name + ":1:1*/"
	mode := parser.ParseComments
	fset := u.s.pkgs.fset
	f, err := parser.ParseFile(fset, u.src.name, slices.Concat([]byte("package main;"+here), u.pieces.only(u.src.text, isDecl)), mode)
	u.src.syntaxErrors(err)
	if f == nil {
		return false
	}
	u.file = f
	u.free = f.Unresolved
	isStmt := func(it item) bool { return !isDecl(it) }
	if slices.ContainsFunc(u.pieces.items, isStmt) {
		text := slices.Concat([]byte("package main;func "+runName+"(){"+here), u.pieces.only(u.src.text, isStmt), []byte("\n}"))
		g, err := parser.ParseFile(fset, u.src.name, text, mode)
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
			case legal(e):
				dropped = true
				return
			case u.last != nil && e.Pos == u.last.X.Pos() && isVoid(e.Msg):
				void = true
			default:
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
}

// finish turns what was checked into what go/ssa is to build.
func (u *unit) finish() *Checked {
	c := &Checked{Fset: u.s.pkgs.fset, Pkg: u.pkg, Files: []*ast.File{u.file}, Info: u.info, imports: u.imports}
	names := u.restoreNames()
	c.cell = &cell{number: u.number, source: u.src.text, name: u.src.name, lines: u.src.lines, repeated: u.repeated, inherited: u.inherited, pieces: u.pieces, uses: u.uses, names: names, file: u.file, info: u.info}
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
