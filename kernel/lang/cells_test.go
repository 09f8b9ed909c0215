package lang

import (
	"errors"
	"flag"
	"fmt"
	"go/ast"
	"go/types"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/goray/goray/kernel/engine"
)

var update = flag.Bool("update", false, "rewrite the expectations in testdata")

// TestCells runs each file of testdata/cells as a session: sections "cell" and what is wanted of
// them, as describe writes it.
func TestCells(t *testing.T) {
	files, err := filepath.Glob("testdata/cells/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no test files", err)
	}
	pkgs, err := NewPackages(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			s := NewSession(pkgs)
			ssa := newBuilder(pkgs)
			number := 0
			for i := 0; i < len(a.Files); i++ {
				if a.Files[i].Name != "cell" {
					continue
				}
				number++
				cell := engine.Cell{Number: number, Source: string(a.Files[i].Data)}
				got := execute(t, s, ssa, cell)
				if i+1 == len(a.Files) || a.Files[i+1].Name != "want" {
					a.Files = append(a.Files[:i+1], append([]txtar.File{{Name: "want"}}, a.Files[i+1:]...)...)
				}
				if want := string(a.Files[i+1].Data); got != want && !*update {
					t.Errorf("cell %d\n%s\ngot:\n%s\nwant:\n%s", number, cell.Source, got, want)
				}
				a.Files[i+1].Data = []byte(got)
			}
			shipEverything(t, s)
			if *update {
				if err := os.WriteFile(file, txtar.Format(a), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

func execute(t *testing.T, s *Session, ssa *builder, cell engine.Cell) string {
	c, err := s.Check(cell)
	if err != nil {
		var ce *engine.CompileError
		if !errors.As(err, &ce) {
			return "unexpected " + err.Error()
		}
		var b strings.Builder
		for _, d := range ce.Diagnostics {
			fmt.Fprintf(&b, "error %s:%d:%d-%d %s", d.Cell, d.Line, d.Column, d.End, d.Message)
			if d.Hint != "" {
				fmt.Fprintf(&b, " [%s]", d.Hint)
			}
			b.WriteByte('\n')
		}
		return b.String()
	}
	s.Commit(c)
	ssa.build(t, c)
	return describe(c)
}

func describe(c *Checked) string {
	var b strings.Builder
	q := func(p *types.Package) string { return p.Name() }
	for _, o := range c.Types {
		fmt.Fprintf(&b, "type %s %s\n", o.Name(), types.TypeString(o.Type().Underlying(), q))
	}
	for _, o := range c.Funcs {
		fmt.Fprintf(&b, "func %s%s\n", o.Name(), strings.TrimPrefix(types.TypeString(o.Type(), q), "func"))
	}
	for _, o := range c.Vars {
		fmt.Fprintf(&b, "var %s %s\n", o.Name(), types.TypeString(o.Type(), q))
	}
	for _, p := range c.Patches {
		fmt.Fprintf(&b, "patch %s\n", p.Old.Name())
	}
	if len(c.Results) > 0 {
		b.WriteString("result")
		for i, t := range c.Results {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(" " + types.TypeString(t, q))
		}
		b.WriteByte('\n')
	} else if c.Run != "" {
		b.WriteString("run\n")
	}
	return b.String()
}

// shipEverything exports every declaration and every function literal of a session, one by one,
// and checks it in a session of its own.
func shipEverything(t *testing.T, s *Session) {
	t.Helper()
	shipped := 0
	defer func() { t.Logf("%d roots", shipped) }()
	for pkg, c := range s.cells {
		var roots []Root
		for _, o := range c.names {
			roots = append(roots, Root{pkg, o.Pos()})
		}
		ast.Inspect(c.file, func(n ast.Node) bool {
			if lit, ok := n.(*ast.FuncLit); ok && c.offset(s.pkgs.fset, lit.Pos()) >= 0 {
				roots = append(roots, Root{pkg, lit.Pos()})
			}
			return true
		})
		for _, r := range roots {
			shipped++
			where := s.pkgs.fset.Position(r.Pos)
			b, err := s.Export(r)
			if err != nil {
				t.Errorf("%s: %v", where, err)
				continue
			}
			cells, err := NewSession(s.pkgs).Import(b, nil)
			if err != nil {
				t.Errorf("%s: %v\n%+v", where, err, b.Cells)
				continue
			}
			if i := b.Index(pkg); i < 0 || cells[i] == nil {
				t.Errorf("%s: the cell is not in its bundle", where)
			}
		}
	}
}
