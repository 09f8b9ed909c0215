package export

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"slices"
	"strings"
)

// edit puts text in the place of source[from:to].
type edit struct {
	from, to int
	text     string
}

// apply gives source[from:to] with the edits that lie inside.
func apply(source string, from, to int, edits []edit) string {
	slices.SortStableFunc(edits, func(a, b edit) int { return cmp.Compare(a.from, b.from) })
	var b strings.Builder
	at := from
	for _, e := range edits {
		if e.from < at || e.to > to {
			continue
		}
		b.WriteString(source[at:e.from] + e.text)
		at = e.to
	}
	b.WriteString(source[at:to])
	return b.String()
}

// place is where a program has an unused variable.
type place struct {
	line, column int
	name         string
}

// discard adds "_ = name" for variables that are not used.
func discard(source []byte, unused []place) ([]byte, error) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "", source, parser.SkipObjectResolution|parser.ParseComments)
	if err != nil {
		return nil, err
	}
	file := fset.File(f.Pos())
	var edits []edit
	for _, u := range unused {
		pos := file.LineStart(u.line) + token.Pos(u.column-1)
		e, ok := discarded(source, file, enclosing(f, pos), u.name)
		if !ok {
			return nil, fmt.Errorf("main.go:%d:%d: %s%s", u.line, u.column, unusedVariable, u.name)
		}
		edits = append(edits, e)
	}
	return format.Source([]byte(apply(string(source), 0, len(source), edits)))
}

// enclosing lists the nodes around pos, outermost first.
func enclosing(f *ast.File, pos token.Pos) (path []ast.Node) {
	ast.Inspect(f, func(n ast.Node) bool {
		if n == nil || pos < n.Pos() || pos >= n.End() {
			return false
		}
		path = append(path, n)
		return true
	})
	return path
}

// discarded is the edit that uses a variable, by the statement that declares it.
func discarded(source []byte, file *token.File, path []ast.Node, name string) (edit, bool) {
	at := func(pos token.Pos) edit {
		offset := file.Offset(pos)
		text := "\n_ = " + name
		if source[offset] != '\n' {
			text += "\n"
		}
		return edit{offset, offset, text}
	}
	for i, n := range slices.Backward(path) {
		var above ast.Node
		if i > 0 {
			above = path[i-1]
		}
		switch n := n.(type) {
		case *ast.AssignStmt, *ast.DeclStmt:
			switch above := above.(type) {
			case *ast.BlockStmt, *ast.CaseClause, *ast.LabeledStmt:
				return at(n.End()), true
			case *ast.CommClause:
				if above.Comm == n {
					return at(above.Colon + 1), true
				}
				return at(n.End()), true
			}
		case *ast.IfStmt:
			return at(n.Body.Lbrace + 1), true
		case *ast.ForStmt:
			return at(n.Body.Lbrace + 1), true
		case *ast.RangeStmt:
			return at(n.Body.Lbrace + 1), true
		case *ast.SwitchStmt:
			if len(n.Body.List) > 0 {
				return at(n.Body.List[0].(*ast.CaseClause).Colon + 1), true
			}
		}
	}
	return edit{}, false
}
