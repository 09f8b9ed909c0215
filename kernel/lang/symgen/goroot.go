package main

import (
	"archive/zip"
	"bytes"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/goray/goray/kernel/lang/overlay"
)

// gorootZip packs the source that overlay.Wanted lists, and its licence.
func gorootZip(goroot string) ([]byte, error) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	add := func(name string, text []byte) error {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate})
		if err == nil {
			_, err = w.Write(text)
		}
		return err
	}
	licence, err := os.ReadFile(filepath.Join(goroot, "LICENSE"))
	if err != nil {
		return nil, fmt.Errorf("the distribution's licence must travel with its source: %w", err)
	}
	if err := add("LICENSE", licence); err != nil {
		return nil, err
	}
	for line := range strings.Lines(overlay.Wanted) {
		f := strings.Fields(line)
		if len(f) < 2 || strings.HasPrefix(f[0], "#") {
			continue
		}
		names, err := filepath.Glob(filepath.Join(goroot, "src", f[0], "*.go"))
		if err != nil {
			return nil, err
		}
		found := map[string]bool{}
		for _, n := range names {
			if strings.HasSuffix(n, "_test.go") {
				continue
			}
			text, err := extract(n, f[1:], found)
			if err != nil {
				return nil, err
			}
			if text == nil {
				continue
			}
			if err := add(f[0]+"/"+filepath.Base(n), text); err != nil {
				return nil, err
			}
		}
		for _, n := range f[1:] {
			if n != "*" && !found[strings.TrimPrefix(n, "-")] {
				return nil, fmt.Errorf("goroot.txt: %s has no %s in this release", f[0], n)
			}
		}
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// extract keeps the declarations of a file that want names ("*" for all, "-x" for not x), and the
// imports that they use; nil when there is none.
func extract(file string, want []string, found map[string]bool) ([]byte, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, file, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	var body bytes.Buffer
	used := map[string]bool{}
	for _, d := range f.Decls {
		name, imports := declName(d)
		drop := slices.Contains(want, "-"+name)
		keep := slices.Contains(want, name) || slices.Contains(want, "*") && !drop
		if keep || drop {
			found[name] = true
		}
		if !keep || imports {
			continue
		}
		ast.Inspect(d, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok {
				if x, ok := s.X.(*ast.Ident); ok {
					used[x.Name] = true
				}
			}
			return true
		})
		start := d.Pos()
		if doc := docOf(d); doc != nil {
			start = doc.Pos()
		}
		body.Write(text[fset.Position(start).Offset:fset.Position(d.End()).Offset])
		body.WriteString("\n\n")
	}
	if body.Len() == 0 {
		return nil, nil
	}
	var out bytes.Buffer
	if f.Doc != nil {
		for _, c := range f.Doc.List {
			fmt.Fprintln(&out, c.Text)
		}
	}
	fmt.Fprintf(&out, "package %s\n\n", f.Name.Name)
	for _, i := range f.Imports {
		path, err := strconv.Unquote(i.Path.Value)
		if err != nil {
			return nil, err
		}
		if used[filepath.Base(path)] {
			fmt.Fprintf(&out, "import %q\n", path)
		}
	}
	out.WriteString("\n")
	out.Write(body.Bytes())
	return format.Source(out.Bytes())
}

// declName is the name that a declaration, or the type that its method, belongs to.
func declName(d ast.Decl) (name string, imports bool) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil {
			return d.Name.Name, false
		}
		t := d.Recv.List[0].Type
		if s, ok := t.(*ast.StarExpr); ok {
			t = s.X
		}
		switch x := t.(type) {
		case *ast.IndexExpr:
			t = x.X
		case *ast.IndexListExpr:
			t = x.X
		}
		if id, ok := t.(*ast.Ident); ok {
			return id.Name, false
		}
	case *ast.GenDecl:
		if d.Tok == token.IMPORT {
			return "", true
		}
		switch s := d.Specs[0].(type) {
		case *ast.TypeSpec:
			return s.Name.Name, false
		case *ast.ValueSpec:
			return s.Names[0].Name, false
		}
	}
	return "", false
}

func docOf(d ast.Decl) *ast.CommentGroup {
	switch d := d.(type) {
	case *ast.FuncDecl:
		return d.Doc
	case *ast.GenDecl:
		return d.Doc
	}
	return nil
}

// declared lists the names that the overlay of a package declares, given the new archive.
func declared(path string, archive []byte) (map[string]bool, error) {
	have := map[string]bool{}
	note := func(text []byte) error {
		f, err := parser.ParseFile(token.NewFileSet(), "", text, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, d := range f.Decls {
			if g, ok := d.(*ast.GenDecl); ok {
				for _, s := range g.Specs {
					if t, ok := s.(*ast.TypeSpec); ok {
						have[t.Name.Name] = true
					}
				}
			}
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil {
				have[f.Name.Name] = true
			}
		}
		return nil
	}
	own, err := overlay.Files(path)
	if err != nil {
		own = nil // the old archive is damaged or absent; the new one follows
	}
	for _, text := range own {
		if err := note(text); err != nil {
			return nil, err
		}
	}
	z, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		return nil, err
	}
	for _, f := range z.File {
		if filepath.ToSlash(filepath.Dir(f.Name)) != path {
			continue
		}
		r, err := f.Open()
		if err != nil {
			return nil, err
		}
		text, err := io.ReadAll(r)
		r.Close()
		if err != nil {
			return nil, err
		}
		if err := note(text); err != nil {
			return nil, err
		}
	}
	return have, nil
}
