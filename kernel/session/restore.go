package session

import (
	"go/ast"
	"go/parser"
	"go/token"
)

// declarations remembers the cells that only declare imports, constants, types and functions.
// They have no effects, so a new child can be given them again.
type declarations struct{ cells []declaring }

type declaring struct {
	number int
	source string
}

// maxDeclaring bounds how many cells are remembered; the oldest go first.
const maxDeclaring = 500

func (d *declarations) add(number int, source string) {
	if !declaresOnly(source) {
		return
	}
	if len(d.cells) == maxDeclaring {
		d.cells = d.cells[1:]
	}
	d.cells = append(d.cells, declaring{number, source})
}

func declaresOnly(source string) bool {
	f, err := parser.ParseFile(token.NewFileSet(), "", "package p; "+source, parser.SkipObjectResolution)
	if err != nil || len(f.Decls) == 0 {
		return false
	}
	for _, d := range f.Decls {
		if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.VAR {
			return false
		}
	}
	return true
}

// restore gives a new child the declarations of the old one. A cell that does not compile any
// more, because it needs a variable, is dropped; so is one at which the child dies.
func (s *Supervisor) restore(a *attempt) {
	s.mu.Lock()
	cells := s.decls.cells
	s.decls.cells = nil
	s.mu.Unlock()
	for i, c := range cells {
		var f Finished
		if a.peer.call(s.ctx, "execute", Request{Number: c.number, Source: c.source}, &f) != nil {
			s.mu.Lock()
			s.decls.cells = append(s.decls.cells, cells[i+1:]...)
			s.mu.Unlock()
			return
		}
		if f.Failure == nil {
			s.mu.Lock()
			s.decls.add(c.number, c.source)
			s.mu.Unlock()
		}
	}
}
