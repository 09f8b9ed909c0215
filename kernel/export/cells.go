package export

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Cells is a program as a notebook. Where it has marks ("// %% In[3]", as Program writes them),
// these say what belongs to a cell; elsewhere every declaration is a cell, after those that it
// needs, and main's paragraphs are the last ones.
func Cells(source []byte) (Notebook, error) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "main.go", source, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return Notebook{}, err
	}
	if f.Name.Name != "main" {
		return Notebook{}, fmt.Errorf("the file is of package %s; name a program, which is a file of package main", f.Name.Name)
	}
	p := &program{source: string(source), fset: fset, file: f}
	for _, d := range f.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "main" && fn.Body != nil {
			p.main = fn
		}
	}
	if p.main == nil {
		return Notebook{}, errors.New("the program has no func main")
	}
	var nb Notebook
	if f.Doc != nil {
		nb.Cells = append(nb.Cells, Cell{Markdown: true, Source: strings.TrimSpace(f.Doc.Text())})
	}
	if imports := p.imports(); imports != "" {
		nb.Cells = append(nb.Cells, Cell{Source: imports})
	}
	if mark.MatchString(p.source) {
		nb.Cells = append(nb.Cells, p.marked()...)
		return nb, nil
	}
	nb.Cells = append(nb.Cells, p.declarations()...)
	nb.Cells = append(nb.Cells, p.body()...)
	return nb, nil
}

// program is a program on its way to be a notebook.
type program struct {
	source string
	fset   *token.FileSet
	file   *ast.File
	main   *ast.FuncDecl
}

func (p *program) offset(pos token.Pos) int { return p.fset.PositionFor(pos, false).Offset }

// imports are the import declarations as one.
func (p *program) imports() string {
	var specs []string
	for _, i := range p.file.Imports {
		specs = append(specs, p.source[p.offset(i.Pos()):p.offset(i.End())])
	}
	switch len(specs) {
	case 0:
		return ""
	case 1:
		return "import " + specs[0]
	}
	return "import (\n\t" + strings.Join(specs, "\n\t") + "\n)"
}

// declared is a declaration's text, with the comment above it and the one behind it.
func (p *program) declared(d ast.Decl) string {
	from, to := p.offset(d.Pos()), p.offset(d.End())
	doc := (*ast.CommentGroup)(nil)
	switch d := d.(type) {
	case *ast.FuncDecl:
		doc = d.Doc
	case *ast.GenDecl:
		doc = d.Doc
	}
	if doc != nil {
		from = p.offset(doc.Pos())
	}
	line, _, _ := strings.Cut(p.source[to:], "\n")
	if strings.HasPrefix(strings.TrimSpace(line), "//") {
		to += len(line)
	}
	return p.source[from:to]
}

// mark is the line that Program writes where a cell begins.
var mark = regexp.MustCompile(`(?m)^\t?// %% (In\[(\d+)\]|\[markdown\])\n`)

// marked cuts the text at the marks. What a cell has outside main comes before what it has inside.
func (p *program) marked() []Cell {
	from, to := p.offset(p.main.Pos()), p.offset(p.main.End())
	begin, end := p.offset(p.main.Body.Lbrace)+1, p.offset(p.main.Body.Rbrace)
	text := []byte(p.source)
	for _, d := range p.file.Decls {
		if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.IMPORT {
			blank(text[p.offset(g.Pos()):p.offset(g.End())])
		}
	}
	head := 0 // after the package clause
	if i := p.offset(p.file.Name.End()); i > 0 {
		head = i
	}
	code, prose := map[int]string{}, map[int][]string{}
	collect(string(text[head:from]), code, prose)
	collect(p.dedent(begin, end), code, prose)
	code[0] = strings.TrimSpace(code[0] + "\n\n" + string(text[to:]))
	var numbers []int
	for n := range code {
		numbers = append(numbers, n)
	}
	for n := range prose {
		numbers = append(numbers, n)
	}
	slices.Sort(numbers)
	var cells []Cell
	for _, n := range slices.Compact(numbers) {
		for _, text := range prose[n] {
			cells = append(cells, Cell{Markdown: true, Source: text})
		}
		if text := strings.TrimSpace(code[n]); text != "" {
			cells = append(cells, Cell{Source: silent(text)})
		}
	}
	return cells
}

// silent ends a cell with a semicolon where it would show a value that the program drops.
func silent(cell string) string {
	const before = "package p;func _(){"
	at := len(cell)
	var f *ast.File
	for { // declarations come first; the statements are what parses as a body
		g, err := parser.ParseFile(token.NewFileSet(), "", before+cell[len(cell)-at:]+"\n}", parser.SkipObjectResolution)
		if err == nil {
			f = g
			break
		}
		next := strings.Index(cell[len(cell)-at:], "\n\n")
		if next < 0 {
			return cell
		}
		at -= next + 2
	}
	list := f.Decls[0].(*ast.FuncDecl).Body.List
	if len(list) == 0 {
		return cell
	}
	st, ok := list[len(list)-1].(*ast.ExprStmt)
	if !ok {
		return cell
	}
	call, ok := st.X.(*ast.CallExpr)
	if !ok {
		return cell
	}
	switch fn := call.Fun.(type) {
	case *ast.Ident:
		if fn.Name == showName {
			return cell
		}
	case *ast.SelectorExpr:
		if x, ok := fn.X.(*ast.Ident); ok && x.Name == "fmt" && strings.HasPrefix(fn.Sel.Name, "Print") {
			return cell
		}
	}
	end := len(cell) - at + int(st.End()) - 1 - len(before)
	return cell[:end] + ";" + cell[end:]
}

// last is where prose goes that no cell follows.
const last = 1 << 30

// collect adds the sections of a text to the cells that they belong to, 0 for what comes before
// the first mark.
func collect(text string, code map[int]string, prose map[int][]string) {
	places := mark.FindAllStringSubmatchIndex(text, -1)
	var waiting []string
	add := func(n int, section string) {
		prose[n] = append(prose[n], waiting...)
		waiting = nil
		if section = strings.Trim(section, "\n"); code[n] != "" && section != "" {
			section = code[n] + "\n\n" + section
		} else if section == "" {
			section = code[n]
		}
		code[n] = section
	}
	first := len(text)
	if len(places) > 0 {
		first = places[0][0]
	}
	add(0, text[:first])
	for i, m := range places {
		section := text[m[1]:]
		if i+1 < len(places) {
			section = text[m[1]:places[i+1][0]]
		}
		if m[4] < 0 {
			waiting = append(waiting, uncomment(section))
			continue
		}
		n, _ := strconv.Atoi(text[m[4]:m[5]])
		add(n, section)
	}
	if len(waiting) > 0 {
		add(last, "")
	}
}

func uncomment(text string) string {
	var out []string
	for line := range strings.Lines(strings.TrimSpace(text)) {
		line = strings.TrimPrefix(strings.TrimSpace(line), "//")
		out = append(out, strings.TrimPrefix(line, " "))
	}
	return strings.Join(out, "\n")
}

// dedent is a part of main's body, one tab to the left, but for the inside of raw strings.
func (p *program) dedent(from, to int) string {
	raw := map[int]bool{}
	ast.Inspect(p.main, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING && lit.Value[0] == '`' {
			first := p.fset.PositionFor(lit.Pos(), false).Line
			for i := range strings.Count(p.source[p.offset(lit.Pos()):p.offset(lit.End())], "\n") {
				raw[first+1+i] = true
			}
		}
		return true
	})
	n := 1 + strings.Count(p.source[:from], "\n")
	var b strings.Builder
	for line := range strings.Lines(p.source[from:to]) {
		if !raw[n] {
			line = strings.TrimPrefix(line, "\t")
		}
		b.WriteString(line)
		n++
	}
	return b.String()
}

// blank empties text but for its line breaks.
func blank(text []byte) {
	for i := range text {
		if text[i] != '\n' {
			text[i] = ' '
		}
	}
}

// body is main in cells: its paragraphs, or, where they would mean something else, all of it.
func (p *program) body() []Cell {
	list := p.main.Body.List
	if len(list) == 0 {
		return nil
	}
	if !p.divisible() {
		return []Cell{{Source: p.declared(p.main)}} // which the cell that declares it runs
	}
	var cells []Cell
	from := p.offset(p.main.Body.Lbrace) + 1
	cut := func(to int) {
		if text := strings.TrimSpace(p.dedent(from, to)); text != "" {
			cells = append(cells, Cell{Source: silent(text)})
		}
		from = to
	}
	for i := range len(list) - 1 {
		end := p.offset(list[i].End())
		if at := strings.Index(p.source[end:p.offset(list[i+1].Pos())], "\n\n"); at >= 0 {
			cut(end + at + 1)
		}
	}
	cut(p.offset(p.main.Body.Rbrace))
	return cells
}

// divisible says whether main's statements may run one by one: it returns at its end alone, has no
// labels and deferred calls, and declares nothing that the package has too.
func (p *program) divisible() bool {
	ok := true
	ast.Inspect(p.main.Body, func(n ast.Node) bool {
		switch n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.DeferStmt, *ast.LabeledStmt, *ast.ReturnStmt:
			ok = false
		}
		return ok
	})
	names := map[string]bool{}
	for _, n := range p.nodes() {
		for _, name := range n.names {
			names[name] = true
		}
	}
	local := map[string]bool{}
	declare := func(id *ast.Ident) {
		ok = ok && !names[id.Name]
		local[id.Name] = true
	}
	for _, st := range p.main.Body.List {
		switch st := st.(type) {
		case *ast.AssignStmt:
			if st.Tok != token.DEFINE {
				continue
			}
			for _, l := range st.Lhs {
				// Of a name that is there already, Go assigns the variable, a cell declares another.
				if id, isName := l.(*ast.Ident); isName && !local[id.Name] && id.Name != "_" {
					declare(id)
				}
			}
		case *ast.DeclStmt:
			for _, id := range declaredNames(st.Decl) {
				declare(id)
			}
		}
	}
	return ok
}
