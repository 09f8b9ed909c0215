package cells

import (
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"maps"
	"slices"
	"strings"
)

// derive writes the cells as one program: declarations at package level, statements in main, in
// their order. A variable that a function uses becomes one of the package.
func (c *caseFile) derive() (string, error) {
	p := &programWriter{imports: map[string]bool{}}
	var units []unit
	for _, cell := range c.cells {
		parts, err := split(cell.Source)
		if err != nil {
			return "", err
		}
		if n := len(parts); n > 0 && cell.Shown["text/plain"] != "" {
			parts[n-1].shown = true
		}
		units = append(units, parts...)
	}
	for _, u := range units {
		if u.decl != nil {
			for _, name := range identifiers(u.decl) {
				p.used = append(p.used, name)
			}
		}
	}
	for _, u := range units {
		p.add(u)
	}
	var b strings.Builder
	b.WriteString("package main\n\n")
	for _, path := range slices.Sorted(maps.Keys(p.imports)) {
		fmt.Fprintf(&b, "import %s\n", path)
	}
	if p.uses {
		b.WriteString("\nfunc use(...any) {}\n")
	}
	b.WriteString(p.top.String() + "\nfunc main() {\n" + p.main.String() + "}\n")
	out, err := format.Source([]byte(b.String()))
	if err != nil {
		return "", fmt.Errorf("%w in\n%s", err, b.String())
	}
	return string(out), nil
}

// unit is one declaration or one statement of a cell.
type unit struct {
	text  string
	decl  ast.Decl // nil for a statement
	stmt  ast.Stmt
	shown bool // its value is the cell's result
}

type programWriter struct {
	imports   map[string]bool
	used      []string // names in declarations
	top, main strings.Builder
	uses      bool
}

func (p *programWriter) add(u unit) {
	if gen, ok := u.decl.(*ast.GenDecl); ok && gen.Tok == token.IMPORT {
		for _, spec := range gen.Specs {
			im := spec.(*ast.ImportSpec)
			path := im.Path.Value
			if im.Name != nil {
				path = im.Name.Name + " " + path
			}
			p.imports[path] = true
		}
		return
	}
	if u.decl != nil {
		p.top.WriteString("\n" + u.text + "\n")
		return
	}
	if assign, ok := u.stmt.(*ast.AssignStmt); ok && assign.Tok == token.DEFINE {
		var names []string
		for _, left := range assign.Lhs {
			names = append(names, left.(*ast.Ident).Name)
		}
		if slices.ContainsFunc(names, func(n string) bool { return slices.Contains(p.used, n) }) {
			_, right, _ := strings.Cut(u.text, ":=")
			p.top.WriteString("\nvar " + strings.Join(names, ", ") + " =" + right + "\n")
			return
		}
		p.main.WriteString(u.text + "\n")
		for _, n := range names {
			if n != "_" {
				p.main.WriteString("_ = " + n + "\n")
			}
		}
		return
	}
	if _, ok := u.stmt.(*ast.ExprStmt); ok && u.shown {
		p.uses = true
		p.main.WriteString("use(" + strings.TrimSpace(u.text) + ")\n")
		return
	}
	p.main.WriteString(u.text + "\n")
}

// split cuts a cell into declarations and statements: the shortest runs of lines that parse.
func split(source string) ([]unit, error) {
	var units []unit
	pending := ""
	for line := range strings.Lines(source) {
		pending += line
		if strings.TrimSpace(pending) == "" {
			pending = ""
			continue
		}
		us, ok := parseUnits(strings.TrimRight(pending, "\n"))
		if ok {
			units = append(units, us...)
			pending = ""
		}
	}
	if strings.TrimSpace(pending) != "" {
		return nil, fmt.Errorf("not plain Go: %s", pending)
	}
	return units, nil
}

func parseUnits(text string) ([]unit, bool) {
	fset := token.NewFileSet()
	if f, err := parser.ParseFile(fset, "", "package p\n"+text, parser.SkipObjectResolution); err == nil {
		var out []unit
		for i, d := range f.Decls {
			one := ""
			if i == 0 {
				one = text
			}
			out = append(out, unit{text: one, decl: d})
		}
		return out, true
	}
	f, err := parser.ParseFile(fset, "", "package p\nfunc _() {\n"+text+"\n}", parser.SkipObjectResolution)
	if err != nil || len(f.Decls) != 1 {
		return nil, false
	}
	body := f.Decls[0].(*ast.FuncDecl).Body.List
	if len(body) == 0 {
		return nil, true // a comment
	}
	return []unit{{text: text, stmt: body[len(body)-1]}}, true
}

// identifiers are the names in a function.
func identifiers(d ast.Decl) []string {
	f, ok := d.(*ast.FuncDecl)
	if !ok {
		return nil
	}
	var out []string
	ast.Inspect(f, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			out = append(out, id.Name)
		}
		return true
	})
	return out
}
