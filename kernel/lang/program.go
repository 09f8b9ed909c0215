package lang

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/types"
	"strconv"
)

// CheckFile checks a whole program, one file of package main, as the Go compiler would: unused
// variables and imports are errors, and nothing is imported that is not written. Short paths
// ("ray/data") may be imported. The result has no Run; the program's initialisation order is in
// Info.InitOrder, and its main function is called main. The error is a *engine.CompileError.
func (p *Packages) CheckFile(path string, src []byte) (*Checked, error) {
	u := &unit{s: NewSession(p), src: newSource(path, string(src)), uses: map[string]string{}, declared: map[string]bool{}}
	f, err := parser.ParseFile(p.fset, path, src, parser.ParseComments|parser.SkipObjectResolution)
	u.src.syntaxErrors(err)
	if err := u.src.err(); err != nil {
		return nil, err
	}
	u.file, u.pkg, u.info = f, types.NewPackage("main", f.Name.Name), newInfo()
	for _, i := range f.Imports {
		target, err := strconv.Unquote(i.Path.Value)
		if err != nil {
			continue // the parser has complained
		}
		if i.Name != nil {
			u.uses[i.Name.Name] = target
		} else if q, err := p.Import(target); err == nil {
			u.uses[q.Name()] = target
		}
	}
	for _, d := range f.Decls {
		if fd, ok := d.(*ast.FuncDecl); ok {
			u.body(fd)
		}
	}
	conf := &types.Config{GoVersion: "go1.26", Importer: p, Sizes: p.sizes, Error: func(err error) {
		var e types.Error
		if errors.As(err, &e) {
			u.src.typeError(e, u.hint(e))
		}
	}}
	types.NewChecker(conf, p.fset, u.pkg, u.info).Files([]*ast.File{f})
	if len(u.src.diags) == 0 && (f.Name.Name != "main" || u.pkg.Scope().Lookup("main") == nil) {
		u.src.report(0, 0, "no program here: it needs package main and func main", "write func main, or run the file as cells")
	}
	if err := u.src.err(); err != nil {
		return nil, err
	}
	c := &Checked{Fset: p.fset, Pkg: u.pkg, Files: []*ast.File{f}, Info: u.info, Imports: p.Closure(u.pkg)}
	for _, n := range u.pkg.Scope().Names() {
		switch o := u.pkg.Scope().Lookup(n).(type) {
		case *types.Var:
			c.Vars = append(c.Vars, o)
		case *types.Func:
			c.Funcs = append(c.Funcs, o)
		case *types.TypeName:
			c.Types = append(c.Types, o)
		}
	}
	return c, nil
}
