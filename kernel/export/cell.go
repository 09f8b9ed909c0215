package export

import (
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"regexp"
	"strings"

	"github.com/goray/goray/kernel/engine"
	"github.com/goray/goray/kernel/lang"
	"github.com/goray/goray/kernel/session"
)

// ours begins what the front end adds to a cell.
const ours = "ˑ"

// cell is a code cell that has been checked.
type cell struct {
	number int // 0 for what every session declares
	source string
	fails  bool     // on purpose
	prose  []string // the Markdown cells before it

	checked *lang.Checked
	objects map[int]types.Object // what the identifier at an offset means
	parts   []*part
	broken  string // why a cell that is meant to fail does not compile
}

// part is one declaration or statement of a cell, with its syntax.
type part struct {
	cell       *cell
	start, end int
	decl       bool
	gap        bool                // an empty line comes before it
	offset     func(token.Pos) int // in the cell's source
	node       ast.Node            // *ast.GenDecl, *ast.FuncDecl or ast.Stmt
}

// prelude is what every session declares before its first cell, if a cell mentions it.
const prelude = "var ctx context.Context\nvar Display = display.Display"

// packageClause begins a cell that is written as a file.
var packageClause = regexp.MustCompile(`^\s*package\s+\w+;?`)

// check checks a cell after the ones before it and takes it apart.
func check(ctx context.Context, s *lang.Session, c *cell) error {
	if text, line, special := session.FirstSpecial(c.source); special {
		return &Error{c.number, line, fmt.Sprintf("%q is for sessions, a program has nothing like it", text), "remove the line, or write it in Go"}
	}
	if at := packageClause.FindStringIndex(c.source); at != nil {
		text := []byte(c.source)
		blank(text[:at[1]])
		c.source = string(text)
	}
	source := engine.Cell{Number: c.number, Source: c.source}
	if err := s.Prepare(ctx, source); err != nil {
		return err
	}
	checked, err := s.Check(source)
	if err != nil {
		if c.fails {
			c.broken = err.Error()
			return nil
		}
		return err
	}
	s.Commit(checked)
	c.checked, c.objects = checked, map[int]types.Object{}
	if at := c.earlier(); at >= 0 {
		return &Error{c.number, 1 + strings.Count(c.source[:at], "\n"), "_ and Out[n] are results of earlier cells, which a program does not keep", "give the result a name in its cell, and use that"}
	}
	c.index(checked.Info.Defs)
	c.index(checked.Info.Uses)
	return c.split()
}

// index notes what the identifiers of the cell mean. What the front end has added stands at
// places of the cell too, under other names, or as the names of fields.
func (c *cell) index(meanings map[*ast.Ident]types.Object) {
	starts := lineStarts(c.source)
	name := fmt.Sprintf("In[%d]", c.number)
	for id, o := range meanings {
		p := c.checked.Fset.Position(id.Pos())
		if o == nil || p.Filename != name || p.Line < 1 || p.Line > len(starts) {
			continue
		}
		at := starts[p.Line-1] + p.Column - 1
		if !strings.HasPrefix(c.source[min(at, len(c.source)):], id.Name) {
			continue
		}
		if old := c.objects[at]; old == nil || isField(old) {
			c.objects[at] = o
		}
	}
}

func isField(o types.Object) bool {
	v, ok := o.(*types.Var)
	return ok && v.IsField()
}

func lineStarts(text string) []int {
	starts := []int{0}
	for i := range len(text) {
		if text[i] == '\n' {
			starts = append(starts, i+1)
		}
	}
	return starts
}

// split finds the parts' places, and parses each. A comment behind a part is its own.
func (c *cell) split() error {
	at := 0
	for _, p := range c.checked.Parts() {
		i := strings.Index(c.source[at:], p.Text)
		if i < 0 || p.Text == "" {
			continue // an empty statement
		}
		piece := &part{cell: c, start: at + i, end: at + i + len(p.Text), decl: p.Decl}
		if between := c.source[at:piece.start]; len(c.parts) > 0 && strings.HasPrefix(p.Text, "//") && !strings.Contains(between, "\n") {
			line, _, _ := strings.Cut(p.Text, "\n")
			c.parts[len(c.parts)-1].end = piece.start + len(line)
			piece.start += len(line)
			piece.start += len(c.source[piece.start:]) - len(strings.TrimLeft(c.source[piece.start:], " \t\r\n"))
		}
		piece.gap = strings.Count(c.source[at:piece.start], "\n") > 1
		at = piece.end
		if err := piece.parse(); err != nil {
			return &Error{c.number, p.Line, fmt.Sprintf("cannot be taken apart: %v", err), "write it as Go formats it"}
		}
		if piece.node != nil {
			c.parts = append(c.parts, piece)
		}
	}
	if n := len(c.parts); n > 0 && strings.Contains(c.source[at:], "//") {
		c.parts[n-1].end = len(c.source)
	}
	return nil
}

func (p *part) parse() error {
	before, after := "package p;", ""
	if !p.decl {
		before, after = "package p;func _(){", "\n}"
	}
	fset := token.NewFileSet()
	text := p.cell.source[p.start:p.end]
	f, err := parser.ParseFile(fset, "", before+text+after, parser.SkipObjectResolution|parser.ParseComments)
	if err != nil {
		return err
	}
	p.offset = func(pos token.Pos) int { return fset.PositionFor(pos, false).Offset - len(before) + p.start }
	switch {
	case p.decl && len(f.Decls) > 0:
		p.node = f.Decls[0]
	case !p.decl:
		if list := f.Decls[0].(*ast.FuncDecl).Body.List; len(list) > 0 {
			p.node = list[0]
		}
	}
	return nil
}

// object is what an identifier of the part means; nil for a field's key that only its type knows.
func (p *part) object(id *ast.Ident) types.Object { return p.cell.objects[p.offset(id.Pos())] }

// line is the number of the cell's line that pos is on.
func (p *part) line(pos token.Pos) int {
	return 1 + strings.Count(p.cell.source[:p.offset(pos)], "\n")
}

// result is the last expression, when the cell shows it.
func (c *cell) result() *ast.ExprStmt {
	if c.checked == nil || len(c.checked.Results) == 0 || len(c.parts) == 0 {
		return nil
	}
	st, _ := c.parts[len(c.parts)-1].node.(*ast.ExprStmt)
	return st
}

// apart says whether the cell's statements have to be a function of their own: deferred calls run
// when the cell ends, and labels of two cells may be the same.
func (c *cell) apart() bool {
	if c.fails {
		return true
	}
	found := false
	for _, p := range c.parts {
		if p.decl {
			continue
		}
		ast.Inspect(p.node, func(n ast.Node) bool {
			switch n.(type) {
			case *ast.FuncLit:
				return false
			case *ast.DeferStmt, *ast.LabeledStmt:
				found = true
			}
			return !found
		})
	}
	return found
}

// runsMain says whether the cell is one that a session takes for a program: it declares main, and
// does nothing else.
func (c *cell) runsMain() bool {
	found := false
	for _, p := range c.parts {
		f, ok := p.node.(*ast.FuncDecl)
		if !p.decl {
			return false
		}
		found = found || ok && f.Recv == nil && f.Name.Name == "main" && f.Type.Params.NumFields() == 0
	}
	return found
}

// earlier finds the first mention of an earlier result, Out[n] or _, which the front end has replaced
// by a variable of its own; at is negative when there is none.
func (c *cell) earlier() (at int) {
	starts := lineStarts(c.source)
	at = -1
	for id := range c.checked.Info.Uses {
		p := c.checked.Fset.Position(id.Pos())
		if !strings.HasPrefix(id.Name, "Out"+ours) || !id.Pos().IsValid() || p.Line < 1 || p.Line > len(starts) {
			continue
		}
		o := starts[p.Line-1] + p.Column - 1
		if text := c.source[min(o, len(c.source)):]; (strings.HasPrefix(text, "_") || strings.HasPrefix(text, "Out")) && (at < 0 || o < at) {
			at = o
		}
	}
	return at
}
