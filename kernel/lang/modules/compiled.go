package modules

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"slices"
)

// Compiled returns the package's files as the compiler takes them, and for each go:embed pattern of
// them the names of the embedded files. It is the source that is interpreted.
func (p *Package) Compiled() (files []File, patterns map[string][]string, err error) {
	if _, ok := standIns[p.Path]; ok {
		files, err = p.withStandIn()
		return files, nil, err
	}
	if len(p.Embedded) == 0 {
		return p.Files, nil, nil
	}
	patterns = map[string][]string{}
	for _, f := range p.Files {
		parsed, err := parser.ParseFile(token.NewFileSet(), f.Name, f.Text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, nil, err
		}
		list, refused := embeddings(parsed)
		if refused != "" {
			return nil, nil, &RefusedError{p.Path, f.Name, refused}
		}
		for _, e := range list {
			for _, pattern := range e.patterns {
				if _, known := patterns[pattern]; known {
					continue
				}
				patterns[pattern] = []string{}
				for _, file := range p.Embedded {
					if embeds(pattern, file.Name) {
						patterns[pattern] = append(patterns[pattern], file.Name)
					}
				}
			}
		}
	}
	return p.Files, patterns, nil
}

// withStandIn writes the files without the functions that have no body, and the stand-in for these.
func (p *Package) withStandIn() ([]File, error) {
	fset := token.NewFileSet()
	var parsed []*ast.File
	for _, f := range p.Files {
		file, err := parser.ParseFile(fset, f.Name, f.Text, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		parsed = append(parsed, file)
	}
	parsed, err := p.addStandIn(fset, parsed)
	if err != nil {
		return nil, err
	}
	var files []File
	for i, file := range parsed {
		name := "goray.go"
		if i < len(p.Files) {
			name = p.Files[i].Name
		}
		dropUnused(file)
		var b bytes.Buffer
		if err := printer.Fprint(&b, fset, file); err != nil {
			return nil, err
		}
		files = append(files, File{name, b.Bytes()})
	}
	return files, nil
}

// dropUnused takes imports out that only functions without a body used; the compiler refuses them.
func dropUnused(f *ast.File) {
	used := map[string]bool{}
	ast.Inspect(f, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if id, ok := s.X.(*ast.Ident); ok {
				used[id.Name] = true
			}
		}
		return true
	})
	for _, d := range f.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.IMPORT {
			continue
		}
		g.Specs = slices.DeleteFunc(g.Specs, func(s ast.Spec) bool {
			i := s.(*ast.ImportSpec)
			if i.Name != nil {
				return i.Name.Name != "_" && i.Name.Name != "." && !used[i.Name.Name]
			}
			return (i.Path.Value == `"unsafe"` || i.Path.Value == `"syscall"`) && !used[i.Path.Value[1:len(i.Path.Value)-1]]
		})
	}
	f.Decls = slices.DeleteFunc(f.Decls, func(d ast.Decl) bool {
		g, ok := d.(*ast.GenDecl)
		return ok && g.Tok == token.IMPORT && len(g.Specs) == 0
	})
}
