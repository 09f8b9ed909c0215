package repl

import (
	"go/ast"
	"go/parser"
	"go/token"
)

// groupReader joins neighbouring declarations of a pipe into one cell: a type and its methods have
// to be declared together, and functions of a file may call each other in any order. A cell ends
// where a statement begins, and before a name that is declared again.
type groupReader struct {
	in    reader
	ahead *piece
	err   error // of in, to be returned after ahead
}

type piece struct {
	text  string
	names map[string]bool // declared; nil when the piece is no declaration

	imports bool // it consists of imports
}

func (g *groupReader) read(number int) (string, error) {
	first, err := g.next(number)
	if err != nil {
		return "", err
	}
	cell, names, imports := first.text, first.names, first.imports
	for names != nil {
		p, err := g.next(number)
		if err != nil {
			break
		}
		late := p.imports && !imports // imports come first in a cell, as in a file
		imports = p.imports
		if p.names == nil || late || overlap(names, p.names) {
			g.ahead = &p
			break
		}
		cell += p.text
		for name := range p.names {
			names[name] = true
		}
	}
	return cell, nil
}

func (g *groupReader) next(number int) (piece, error) {
	if p := g.ahead; p != nil {
		g.ahead = nil
		return *p, nil
	}
	if g.err != nil {
		return piece{}, g.err
	}
	text, err := g.in.read(number)
	if g.err = err; err != nil {
		return piece{}, err
	}
	names, imports := declared(text)
	return piece{text, names, imports}, nil
}

// declared lists the names that text declares, if it consists of declarations; imports count by
// their path, methods not at all. imports says whether there is nothing else.
func declared(text string) (names map[string]bool, imports bool) {
	f, err := parser.ParseFile(token.NewFileSet(), "", "package p;"+text, parser.SkipObjectResolution)
	if err != nil || len(f.Decls) == 0 {
		return nil, false
	}
	names, imports = map[string]bool{}, true
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			imports = false
			if d.Recv == nil && d.Name.Name != "init" {
				names[d.Name.Name] = true
			}
		case *ast.GenDecl:
			imports = imports && d.Tok == token.IMPORT
			for _, spec := range d.Specs {
				switch spec := spec.(type) {
				case *ast.ImportSpec:
					names[spec.Path.Value] = true
				case *ast.TypeSpec:
					names[spec.Name.Name] = true
				case *ast.ValueSpec:
					for _, name := range spec.Names {
						names[name.Name] = true
					}
				}
			}
		}
	}
	return names, imports
}

func overlap(a, b map[string]bool) bool {
	for name := range b {
		if a[name] && name != "_" {
			return true
		}
	}
	return false
}
