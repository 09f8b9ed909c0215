package export

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/format"
	"go/types"
	"strconv"
	"strings"

	"github.com/goray/goray/kernel/engine"
	"github.com/goray/goray/kernel/lang"
)

// Options say what cells can import besides the standard library.
type Options struct{ Packages []engine.Package }

// exporter is one notebook on its way to be a program.
type exporter struct {
	pkgs  *lang.Packages
	cells []*cell // the first is what every session declares

	entities map[types.Object]*entity
	order    []*entity
	replaced []replacement

	imports     map[string]string // names by path
	importNames []string
	packages    map[string]*types.Package
	extra       map[string]string // "." and "_" by path
	written     map[string]bool   // every identifier of the cells
	universe    map[string]bool   // of those, the predeclared ones
	taken       map[string]bool   // names of the program

	decls, main bytes.Buffer
	shows       bool
}

// Program is the notebook as a program: one file of package main, formatted. The error is an
// *Error, or an *engine.CompileError for a cell that does not compile.
func Program(ctx context.Context, nb Notebook, o Options) ([]byte, error) {
	pkgs, err := lang.NewPackages(o.Packages)
	if err != nil {
		return nil, err
	}
	x := &exporter{pkgs: pkgs, imports: map[string]string{}, packages: map[string]*types.Package{}, extra: map[string]string{},
		written: map[string]bool{}, universe: map[string]bool{}, taken: map[string]bool{}}
	if err := x.check(ctx, nb); err != nil {
		return nil, err
	}
	if err := x.find(); err != nil {
		return nil, err
	}
	if err := x.travelling(); err != nil {
		return nil, err
	}
	x.place()
	x.choose()
	for _, c := range x.cells {
		if err := x.emit(c); err != nil {
			return nil, err
		}
	}
	return x.finish(ctx)
}

// check checks the cells one after another.
func (x *exporter) check(ctx context.Context, nb Notebook) error {
	s := lang.NewSession(x.pkgs)
	x.cells = []*cell{{source: prelude}}
	if x.pkgs.Predeclared()["display"] == "" {
		x.cells[0].source, _, _ = strings.Cut(prelude, "\n")
	}
	var prose []string
	number := 0
	for _, c := range nb.Cells {
		if c.Markdown {
			prose = append(prose, c.Source)
			continue
		}
		number++
		if strings.TrimSpace(c.Source) == "" {
			continue
		}
		x.cells = append(x.cells, &cell{number: number, source: c.Source, fails: c.fails(), prose: prose})
		prose = nil
	}
	if len(prose) > 0 {
		x.cells = append(x.cells, &cell{number: number + 1, prose: prose})
	}
	for _, c := range x.cells {
		if err := check(ctx, s, c); err != nil {
			return err
		}
	}
	return nil
}

// emit writes a cell's declarations and statements.
func (x *exporter) emit(c *cell) error {
	var decls, main strings.Builder
	for _, e := range x.order {
		if e.cell == c && e.global && e.emit != "" {
			if err := x.packageVariable(e, &decls); err != nil {
				return err
			}
		}
		if e.cell == c && len(e.versions) > 0 {
			t, _ := x.typeText(e.versions[0].Type())
			fmt.Fprintf(&decls, "// %s is declared more than once; main says which one is called.\nvar %s %s\n\n", e.emit, e.emit, t)
		}
	}
	if decls.Len() > 0 {
		decls.WriteString("\n")
	}
	var inits []string // calls of init functions
	for _, p := range c.parts {
		if !p.decl {
			continue
		}
		text, first, err := x.declarationText(p)
		if err != nil {
			return err
		}
		decls.WriteString(text)
		if f, ok := p.node.(*ast.FuncDecl); ok && f.Name.Name == "init" && f.Recv == nil {
			inits = append(inits, first)
		} else {
			main.WriteString(first)
		}
	}
	if c.number > 0 && c.checked != nil {
		if err := x.statements(c, inits, &main); err != nil {
			return err
		}
	}
	if c.runsMain() {
		main.WriteString(x.entities[c.checked.Pkg.Scope().Lookup("main")].emit + "()\n")
	}
	body := main.String()
	if strings.TrimSpace(body) != "" && c.number > 0 && c.apart() {
		var err error
		if body, err = x.apart(c, body); err != nil {
			return err
		}
	}
	if c.broken != "" {
		body = comment("does not compile, as the notebook wants: " + c.broken)
	}
	prose := ""
	for _, text := range c.prose {
		prose += "// %% [markdown]\n" + comment(text) + "\n"
	}
	marker := fmt.Sprintf("// %%%% In[%d]\n", c.number)
	if c.number == 0 || c.source == "" {
		marker = ""
	}
	if decls.Len() > 0 {
		fmt.Fprintf(&x.decls, "\n%s%s\n%s", prose, marker, decls.String())
		prose = ""
	}
	if strings.TrimSpace(body) != "" || prose != "" {
		fmt.Fprintf(&x.main, "\n%s%s%s", prose, marker, body)
	}
	return nil
}

// statements writes the statements of a cell, and the calls of its init functions where they run.
func (x *exporter) statements(c *cell, inits []string, main *strings.Builder) error {
	order := c.runs()
	done := 0
	initsBefore := func(offset int) {
		for ; done < len(inits) && (done >= len(order.inits) || order.inits[done] < offset); done++ {
			main.WriteString(inits[done])
		}
	}
	var parts []*part
	for _, p := range c.parts {
		if !p.decl {
			parts = append(parts, p)
		}
	}
	for i := 0; i < len(parts); i++ {
		p := parts[i]
		initsBefore(p.offset(p.node.Pos()))
		text, used := "", 0
		var err error
		if group := order.groups[p.offset(p.node.Pos())]; p.varDecl() != nil && len(group) > 1 {
			text, used, err = x.ordered(parts[i:], group)
		}
		if err == nil && used == 0 {
			text, err = x.statementText(p)
		}
		if err != nil {
			return err
		}
		i += max(used-1, 0)
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		if p.gap && main.Len() > 0 {
			main.WriteString("\n")
		}
		main.WriteString(text + "\n")
	}
	initsBefore(len(c.source) + 1)
	return nil
}

// comment makes text a comment.
func comment(text string) string {
	var b strings.Builder
	for line := range strings.Lines(strings.TrimRight(text, "\n")) {
		b.WriteString(strings.TrimRight("// "+strings.TrimRight(line, "\n"), " ") + "\n")
	}
	return b.String()
}

// packageVariable declares a variable outside main.
func (x *exporter) packageVariable(e *entity, b *strings.Builder) error {
	switch {
	case e.cell.number == 0 && e.name == "Display":
		fmt.Fprintf(b, "var %s = %s.Display\n", e.emit, x.imports[x.pkgs.Predeclared()["display"]])
		return nil
	case e.cell.number == 0: // ctx: no interrupt of a cell ends it here
		fmt.Fprintf(b, "var %s = %s.Background()\n", e.emit, x.importPath(x.packageOf("context"), ""))
		return nil
	}
	if e.constant != nil {
		value := apply(e.home.cell.source, e.home.offset(e.constant.Pos()), e.home.offset(e.constant.End()), x.names(e.home))
		typ := ""
		if !types.Identical(e.obj.Type(), x.constantType(e.home, e.constant)) {
			t, ok := x.typeText(e.obj.Type())
			if !ok {
				return x.unspeakable(e, t)
			}
			typ = t + " "
		}
		fmt.Fprintf(b, "var %s %s= %s\n", e.emit, typ, value)
		return nil
	}
	t, ok := x.typeText(e.obj.Type())
	if !ok {
		return x.unspeakable(e, t)
	}
	fmt.Fprintf(b, "var %s %s\n", e.emit, t)
	return nil
}

func (x *exporter) packageOf(path string) *types.Package {
	p, err := x.pkgs.Import(path)
	if err != nil {
		return types.NewPackage(path, path)
	}
	return p
}

func (x *exporter) unspeakable(e *entity, t string) error {
	line := 1
	if e.home != nil {
		line = e.home.line(e.home.node.Pos())
	}
	return &Error{e.cell.number, line, fmt.Sprintf("%s is of type %s, which only its own package can name, and would have to be declared apart from its value", e.name, t), "give it the type of an interface, or use it in one cell"}
}

// apart makes a cell's statements a function literal of their own.
func (x *exporter) apart(c *cell, body string) (string, error) {
	var b strings.Builder
	for _, e := range x.order {
		if e.cell == c && e.hoisted {
			t, ok := x.typeText(e.obj.Type())
			if !ok {
				return "", x.unspeakable(e, t)
			}
			fmt.Fprintf(&b, "var %s %s\n", e.emit, t)
		}
	}
	b.WriteString("func() {\n")
	if c.fails {
		fmtName, osName := x.importPath(x.packageOf("fmt"), ""), x.importPath(x.packageOf("os"), "")
		fmt.Fprintf(&b, "defer func() { // the notebook goes on after this cell\nif r := recover(); r != nil {\n%s.Fprintln(%s.Stderr, \"panic:\", r)\n}\n}()\n", fmtName, osName)
	}
	b.WriteString(body + "}()\n")
	return b.String(), nil
}

// finish puts the program together and mends what a compiler would complain of.
func (x *exporter) finish(ctx context.Context) ([]byte, error) {
	guard := x.workerGuard()
	show := x.showFunction()
	var b bytes.Buffer
	b.WriteString("package main\n\n")
	b.WriteString(x.importLines())
	b.Write(x.decls.Bytes())
	b.WriteString("\nfunc main() {\n" + guard)
	b.Write(bytes.TrimLeft(x.main.Bytes(), "\n"))
	b.WriteString("}\n" + show)
	source, err := format.Source(b.Bytes())
	if err != nil {
		return nil, fmt.Errorf("the program does not parse: %w\n%s", err, numbered(b.Bytes()))
	}
	return x.mend(ctx, source)
}

func numbered(source []byte) string {
	var b strings.Builder
	n := 0
	for line := range strings.Lines(string(source)) {
		n++
		b.WriteString(strconv.Itoa(n) + "\t" + line)
	}
	return b.String()
}

// unusedVariable is what the checker says of a variable that nobody reads.
const unusedVariable = "declared and not used: "

// mend assigns unused variables to _, which Go asks for and a cell does not, and makes sure that
// the program compiles.
func (x *exporter) mend(ctx context.Context, source []byte) ([]byte, error) {
	if err := x.pkgs.FetchFor(ctx, ".", source); err != nil {
		return nil, err
	}
	for range 4 {
		_, err := x.pkgs.CheckFile("main.go", source)
		if err == nil {
			return source, nil
		}
		var compile *engine.CompileError
		if !errors.As(err, &compile) {
			return nil, err
		}
		var unused []place
		for _, d := range compile.Diagnostics {
			if name, ok := strings.CutPrefix(d.Message, unusedVariable); ok {
				unused = append(unused, place{d.Line, d.Column, name})
			}
		}
		if len(unused) == 0 {
			return nil, fmt.Errorf("the program does not compile, although its cells do; please report the notebook: %w", err)
		}
		if source, err = discard(source, unused); err != nil {
			return nil, err
		}
	}
	return nil, errors.New("the program has variables that are not used, and cannot be mended")
}
