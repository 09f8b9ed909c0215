package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"go/types"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/goray/goray/kernel/lang/overlay"
)

const rtPath = "github.com/goray/goray/kernel/lang/overlay/rt"

func langDir() string {
	out, err := exec.Command("go", "list", "-f", "{{.Dir}}", "github.com/goray/goray/kernel/lang").Output()
	if err != nil {
		return "kernel/lang"
	}
	return strings.TrimSpace(string(out))
}

func symbolsDir() string { return filepath.Join(langDir(), "symbols") }

// standard adds everything that is generated for the standard library.
func standard(files output) error {
	out, err := exec.Command("go", "env", "GOVERSION", "GOROOT").Output()
	if err != nil {
		return err
	}
	env := strings.Fields(string(out))
	if env[0] != runtime.Version() {
		return fmt.Errorf("symgen was built with %s, the go command is %s; use one release", runtime.Version(), env[0])
	}
	zip, err := gorootZip(env[1])
	if err != nil {
		return err
	}
	files[filepath.Join(langDir(), "overlay", "gen_goroot.zip")] = zip

	parts := variants{}
	for _, at := range platforms {
		w, err := loadSource(at, "std", rtPath)
		if err != nil {
			return fmt.Errorf("%s: %w", at, err)
		}
		if err := complete(w.list, zip); err != nil {
			return fmt.Errorf("%s: %w", at, err)
		}
		if err := tables(parts, at, w); err != nil {
			return fmt.Errorf("%s: %w", at, err)
		}
		if err := stdTypes(files, at, w); err != nil {
			return fmt.Errorf("%s: %w", at, err)
		}
	}
	files[filepath.Join(langDir(), "typedata", "gen_std_other.go")] = otherTypes()
	return parts.merge(files, symbolsDir())
}

// stdTypes adds the type data of the standard library on a platform.
func stdTypes(files output, at platform, w *world) (err error) {
	var typed []*types.Package
	for _, p := range w.list {
		if overlay.Whole(p.Path()) {
			continue
		}
		if overlay.Has(p.Path()) || hasGeneric(p) {
			if p, err = w.withoutGeneric(p); err != nil {
				return err
			}
		}
		typed = append(typed, p)
	}
	data := "gen_std_" + at.suffix()
	dir := filepath.Join(langDir(), "typedata")
	files[filepath.Join(dir, data+".go")] = stdFile(data + ".bin")
	files[filepath.Join(dir, data+".bin")], err = bundle(typed)
	return err
}

// tables adds the files of symbols, one per package, and of instances.
func tables(parts variants, at platform, w *world) error {
	for _, p := range w.list {
		id := identifier(strings.TrimPrefix(p.Path(), "github.com/goray/goray/kernel/lang/"))
		text, n := table(p, "p")
		if n == 0 {
			parts.add(id, p.Path(), at, nil)
			continue
		}
		var f bytes.Buffer
		fmt.Fprintf(&f, "package symbols\n\nimport (\n\tp %q\n\n\t\"github.com/goray/goray/kernel/engine\"\n)\n\nvar sym_%s = [...]engine.Symbol{\n%s}\n", p.Path(), id, text)
		src, err := format.Source(f.Bytes())
		if err != nil {
			return fmt.Errorf("%s: %w", p.Path(), err)
		}
		parts.add(id, p.Path(), at, src)
	}
	src, err := instances(w.list)
	parts.add(instancesID, "", at, src)
	return err
}

func hasGeneric(p *types.Package) bool {
	return slices.ContainsFunc(p.Scope().Names(), func(n string) bool {
		o := p.Scope().Lookup(n)
		return o.Exported() && generic(o)
	})
}

// complete checks that the overlay has every generic object that the library exports.
func complete(pkgs []*types.Package, zip []byte) error {
	var missing []string
	for _, p := range pkgs {
		var have map[string]bool
		for _, n := range p.Scope().Names() {
			o := p.Scope().Lookup(n)
			if !o.Exported() || !(generic(o) || overlay.Whole(p.Path())) || p.Path() == "cmp" || p.Path() == rtPath {
				continue
			}
			if have == nil {
				var err error
				if have, err = declared(p.Path(), zip); err != nil {
					return err
				}
			}
			if !have[n] {
				missing = append(missing, p.Path()+"."+n)
			}
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("the overlay lacks %s; name them in overlay/goroot.txt or write them in overlay/_std", strings.Join(missing, ", "))
	}
	return nil
}

// withoutGeneric is p checked from source without its generic declarations, for the overlay to
// declare them in the same package: type data cannot be decoded in part.
func (w *world) withoutGeneric(p *types.Package) (*types.Package, error) {
	i := w.info[p.Path()]
	fset := token.NewFileSet()
	var files []*ast.File
	for _, n := range i.GoFiles {
		f, err := parser.ParseFile(fset, filepath.Join(i.Dir, n), nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		f.Decls = slices.DeleteFunc(f.Decls, genericDecl)
		files = append(files, f)
	}
	conf := types.Config{
		IgnoreFuncBodies: true,
		FakeImportC:      true,
		Sizes:            types.SizesFor("gc", w.arch),
		Importer:         worldImporter{w},
		Error:            func(error) {}, // unexported variables may use what was dropped
	}
	q, _ := conf.Check(p.Path(), fset, files, nil)
	for _, n := range p.Scope().Names() {
		o := p.Scope().Lookup(n)
		if !o.Exported() || generic(o) {
			continue
		}
		r := q.Scope().Lookup(n)
		if r == nil || types.ObjectString(r, (*types.Package).Path) != types.ObjectString(o, (*types.Package).Path) {
			return nil, fmt.Errorf("%s.%s differs without the package's generic declarations: %v", p.Path(), n, r)
		}
	}
	return q, nil
}

// genericDecl says whether d declares a generic type, function, or method of a generic type.
func genericDecl(d ast.Decl) bool {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil {
			return d.Type.TypeParams != nil
		}
		t := d.Recv.List[0].Type
		if s, ok := t.(*ast.StarExpr); ok {
			t = s.X
		}
		_, plain := t.(*ast.Ident)
		return !plain
	case *ast.GenDecl:
		if d.Tok == token.TYPE {
			d.Specs = slices.DeleteFunc(d.Specs, func(s ast.Spec) bool { return s.(*ast.TypeSpec).TypeParams != nil })
			return len(d.Specs) == 0
		}
	}
	return false
}

type worldImporter struct{ *world }

func (w worldImporter) Import(path string) (*types.Package, error) {
	for _, p := range []string{path, "vendor/" + path} {
		if q := w.pkgs[p]; q != nil && q.Complete() {
			return q, nil
		}
		if i := w.info[p]; i != nil {
			return w.read(i)
		}
	}
	return nil, fmt.Errorf("no package %q", path)
}
