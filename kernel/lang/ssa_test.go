package lang

import (
	"testing"

	"golang.org/x/tools/go/ssa"
)

// builder builds what the front end hands out, as an engine would.
type builder struct {
	prog *ssa.Program
	pkgs *Packages
}

func newBuilder(p *Packages) *builder {
	return &builder{ssa.NewProgram(p.Fset(), ssa.InstantiateGenerics|ssa.SanityCheckFunctions), p}
}

func (b *builder) build(t *testing.T, c *Checked) {
	t.Helper()
	var created []*ssa.Package // all before any is built: data of packages may name each other
	for _, p := range c.Imports {
		if b.prog.Package(p) == nil {
			files, info, _ := b.pkgs.Syntax(p)
			created = append(created, b.prog.CreatePackage(p, files, info, true))
		}
	}
	for _, p := range created {
		p.Build()
	}
	sp := b.prog.CreatePackage(c.Pkg, c.Files, c.Info, false)
	sp.Build()
	if c.Run == "" {
		return
	}
	run := sp.Func(c.Run)
	if run == nil || len(run.Blocks) == 0 {
		t.Fatalf("no code for %s", c.Run)
	}
	if got := run.Signature.Results().Len(); got != len(c.Results) {
		t.Errorf("%s returns %d values, not %d", c.Run, got, len(c.Results))
	}
	for _, v := range c.Vars {
		if sp.Var(v.Name()) == nil || sp.Var(v.Name()).Object() != v {
			t.Errorf("no variable %s", v.Name())
		}
	}
	for _, f := range c.Funcs {
		if b.prog.FuncValue(f) == nil {
			t.Errorf("no function %s", f.Name())
		}
	}
}
