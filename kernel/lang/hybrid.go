package lang

import (
	"errors"
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"io/fs"
	"maps"
	"path"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/goray/goray/kernel/engine"
	"github.com/goray/goray/kernel/lang/overlay"
)

func sizes() types.Sizes { return types.SizesFor("gc", runtime.GOARCH) }

func newInfo() *types.Info {
	return &types.Info{
		Types:        map[ast.Expr]types.TypeAndValue{},
		Instances:    map[*ast.Ident]types.Instance{},
		Defs:         map[*ast.Ident]types.Object{},
		Uses:         map[*ast.Ident]types.Object{},
		Implicits:    map[ast.Node]types.Object{},
		Selections:   map[*ast.SelectorExpr]*types.Selection{},
		Scopes:       map[ast.Node]*types.Scope{},
		FileVersions: map[*ast.File]string{},
	}
}

// openWhole checks a standard package that exists as source only.
func (p *Packages) openWhole(path string) (*types.Package, error) {
	files, err := p.parseOverlay(path)
	if err != nil {
		return nil, err
	}
	q := types.NewPackage(path, files[0].Name.Name)
	p.known[path] = q
	return q, p.addSource(q, files, false)
}

// addOverlay adds the generic declarations of a package whose other objects came as type data.
func (p *Packages) addOverlay(q *types.Package) error {
	files, err := p.parseOverlay(q.Path())
	if err != nil {
		return err
	}
	stubs, defs := standIns(q)
	if err := p.addSource(q, files, false); err != nil {
		return err
	}
	s := p.syntax[q]
	s.files = append(s.files, stubs)
	maps.Copy(s.info.Defs, defs)
	return nil
}

func (p *Packages) parseOverlay(path string) ([]*ast.File, error) {
	texts, err := overlay.Files(path)
	if err != nil {
		return nil, err
	}
	var files []*ast.File
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		f, err := parser.ParseFile(p.fset, name, texts[name], parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, fmt.Errorf("overlay of %s: %w", path, err)
		}
		files = append(files, f)
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("overlay of %s is empty; run go generate ./kernel/lang/... and build again", path)
	}
	return files, nil
}

// addSource checks files as part of q and keeps their syntax. With partial, imports that are not
// available may be missing: they serve what runs compiled, such as the fields of opaque types, and
// go/types lets everything that mentions them be.
func (p *Packages) addSource(q *types.Package, files []*ast.File, partial bool) error {
	var first error
	missing := map[token.Pos]bool{}
	if partial {
		for _, f := range files {
			for _, i := range f.Imports {
				if path, err := strconv.Unquote(i.Path.Value); err == nil && !p.Has(path) {
					missing[i.Path.Pos()] = true
				}
			}
		}
	}
	conf := &types.Config{
		Importer: locked{p},
		Sizes:    p.sizes,
		Error: func(err error) {
			var e types.Error
			if first == nil && errors.As(err, &e) && !e.Soft && !missing[e.Pos] { // soft: imports that dropped bodies used
				first = err
			}
		},
	}
	info := newInfo()
	types.NewChecker(conf, p.fset, q, info).Files(files) // errors arrive through conf.Error
	if first != nil {
		return fmt.Errorf("source of %s: %w", q.Path(), first)
	}
	p.syntax[q] = &syntax{files, info}
	return nil
}

// standIns declares the objects of q without bodies or values, as go/ssa finds a package's
// members through its files.
func standIns(q *types.Package) (*ast.File, map[*ast.Ident]types.Object) {
	f := &ast.File{Name: ast.NewIdent(q.Name())}
	defs := map[*ast.Ident]types.Object{}
	ident := func(o types.Object) *ast.Ident {
		id := ast.NewIdent(o.Name())
		defs[id] = o
		return id
	}
	for _, n := range q.Scope().Names() {
		switch o := q.Scope().Lookup(n).(type) {
		case *types.Func:
			f.Decls = append(f.Decls, &ast.FuncDecl{Name: ident(o), Type: &ast.FuncType{Params: &ast.FieldList{}}})
		case *types.Var:
			f.Decls = append(f.Decls, &ast.GenDecl{Tok: token.VAR, Specs: []ast.Spec{&ast.ValueSpec{Names: []*ast.Ident{ident(o)}}}})
		case *types.Const:
			f.Decls = append(f.Decls, &ast.GenDecl{Tok: token.CONST, Specs: []ast.Spec{&ast.ValueSpec{Names: []*ast.Ident{ident(o)}}}})
		case *types.TypeName:
			f.Decls = append(f.Decls, &ast.GenDecl{Tok: token.TYPE, Specs: []ast.Spec{&ast.TypeSpec{Name: ident(o), Type: ast.NewIdent("_")}}})
			named, ok := o.Type().(*types.Named)
			if !ok || o.IsAlias() {
				continue
			}
			for m := range named.Methods() {
				recv := &ast.FieldList{List: []*ast.Field{{Type: ast.NewIdent(n)}}}
				f.Decls = append(f.Decls, &ast.FuncDecl{Name: ident(m), Recv: recv, Type: &ast.FuncType{Params: &ast.FieldList{}}})
			}
		}
	}
	return f, defs
}

func hasSource(o *engine.Package) bool {
	if o.Source == nil {
		return false
	}
	names, err := fs.Glob(o.Source, "*.go")
	return err == nil && len(names) > 0
}

// openSource checks one of our compiled packages from its source. Bodies of functions without
// type parameters are dropped: they run compiled.
func (p *Packages) openSource(o *engine.Package) (*types.Package, error) {
	names, err := fs.Glob(o.Source, "*.go")
	if err != nil {
		return nil, err
	}
	ctx := build.Default
	ctx.CgoEnabled = false
	ctx.OpenFile = func(name string) (io.ReadCloser, error) { return o.Source.Open(path.Base(name)) }
	var files []*ast.File
	for _, name := range names {
		if match, err := ctx.MatchFile(".", name); err != nil || !match || strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := fs.ReadFile(o.Source, name)
		if err != nil {
			return nil, err
		}
		f, err := parser.ParseFile(p.fset, o.Path+"/"+name, text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, fmt.Errorf("source of %s: %w", o.Path, err)
		}
		f.Decls = slices.DeleteFunc(f.Decls, dropBody)
		dropImports(f)
		files = append(files, f)
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("source of %s: no Go file for this platform", o.Path)
	}
	q := types.NewPackage(o.Path, files[0].Name.Name)
	p.known[o.Path] = q
	if err := p.addSource(q, files, true); err != nil {
		return nil, err
	}
	p.syntax[q].info.InitOrder = nil // its variables are compiled
	return q, nil
}

// dropBody removes the body of a function that runs compiled; it says whether nothing is left.
func dropBody(d ast.Decl) bool {
	f, ok := d.(*ast.FuncDecl)
	if !ok {
		return false
	}
	if f.Recv == nil && f.Type.TypeParams == nil {
		f.Body = nil
		return f.Name.Name == "init"
	}
	if f.Recv != nil && !genericReceiver(f) {
		f.Body = nil
	}
	return false
}

// dropImports removes the imports that only dropped bodies used; each would have to be loaded.
func dropImports(f *ast.File) {
	used := map[string]bool{}
	for _, d := range f.Decls {
		ast.Inspect(d, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok {
				if x, ok := s.X.(*ast.Ident); ok {
					used[x.Name] = true
				}
			}
			return true
		})
	}
	unknown := maps.Clone(used) // what no import seems to declare
	for _, i := range f.Imports {
		delete(unknown, importName(i))
	}
	drop := func(s ast.Spec) bool {
		i, ok := s.(*ast.ImportSpec)
		// The name of an import that does not say it is a guess; one that may be meant stays.
		return ok && !used[importName(i)] && (i.Name != nil && i.Name.Name != "." || len(unknown) == 0)
	}
	for _, d := range f.Decls {
		if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.IMPORT {
			g.Specs = slices.DeleteFunc(g.Specs, drop)
		}
	}
	f.Imports = slices.DeleteFunc(f.Imports, func(i *ast.ImportSpec) bool { return drop(i) })
}

// importName is the name that an import declares, by its path where it does not say.
func importName(i *ast.ImportSpec) string {
	if i.Name != nil {
		return i.Name.Name
	}
	p, err := strconv.Unquote(i.Path.Value)
	if err != nil {
		return ""
	}
	base := path.Base(p)
	if len(base) > 1 && base[0] == 'v' && strings.Trim(base[1:], "0123456789") == "" {
		base = path.Base(path.Dir(p))
	}
	return base
}

func genericReceiver(f *ast.FuncDecl) bool {
	if len(f.Recv.List) == 0 {
		return false
	}
	t := f.Recv.List[0].Type
	for {
		switch x := t.(type) {
		case *ast.StarExpr:
			t = x.X
		case *ast.ParenExpr:
			t = x.X
		case *ast.IndexExpr, *ast.IndexListExpr:
			return true
		default:
			return false
		}
	}
}
