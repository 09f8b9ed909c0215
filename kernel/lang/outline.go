package lang

import (
	"go/ast"
	"go/token"
)

// Outline parses a cell without checking it: its declarations, and the function that holds its
// statements, nil without any. Positions are those of the cell. It is for whoever needs to know
// where statements are before a cell runs; ok is false when the cell does not parse.
func Outline(text string) (fset *token.FileSet, file *ast.File, run *ast.FuncDecl, ok bool) {
	fset = token.NewFileSet()
	u := &unit{s: NewSession(&Packages{fset: fset}), src: newSource("cell", text)}
	if !u.parse() {
		return fset, nil, nil, false
	}
	return fset, u.file, u.run, true
}

// PackageNamed is the package that a cell would mean by name, of which it selects members: one that
// the session has imported, or one that is imported by itself. It is nil when there is none.
func (s *Session) PackageNamed(name string, members []string) (path string) {
	if b := s.find(name); b != nil {
		return b.path
	}
	return s.pkgs.guess(name, members)
}
