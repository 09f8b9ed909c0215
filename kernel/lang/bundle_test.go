package lang

import (
	"bytes"
	"go/token"
	"go/types"
	"strings"
	"testing"

	"github.com/goray/goray/kernel/engine"
)

func TestExport(t *testing.T) {
	pkgs, err := NewPackages(nil)
	if err != nil {
		t.Fatal(err)
	}
	s := NewSession(pkgs)
	for i, src := range []string{
		"import str \"strings\"\nimport . \"math\"\nunused := 1; type T struct{ A int }\nfunc (t T) Double() int { return t.A * 2 }\nfunc other() {}",
		"k := 3\nx := 1\nfmt.Println(\"never shipped\")\n// twice doubles.\nfunc twice(t T) int { return t.Double() * k }\nfunc noise() {}",
		"x := x + len(str.Repeat(\"a\", x))",
		"call := func(n int) int {\n\treturn twice(T{A: n + x}) + int(Sqrt(4))\n}\nfmt.Println(call(2))",
		"type T struct{ B string }",
		"noise()",
	} {
		c, err := s.Check(engine.Cell{Number: i + 1, Source: src})
		if err != nil {
			t.Fatal(err)
		}
		s.Commit(c)
	}
	call, _, _ := s.Lookup("call")
	literal := call.Pos() + token.Pos(len("call := "))
	b, err := s.Export(Root{call.Pkg(), literal})
	if err != nil {
		t.Fatal(err)
	}
	if len(b.Cells) != 4 || b.Index(call.Pkg()) != 3 {
		t.Fatalf("%d cells, index %d: %+v", len(b.Cells), b.Index(call.Pkg()), b.Cells)
	}
	want := "var k int\n\n\n// twice doubles.\nfunc twice(t T) int { return t.Double() * k }"
	if b.Cells[1].Text != want {
		t.Errorf("In[2] is %q", b.Cells[1].Text)
	}
	for _, c := range b.Cells {
		if strings.Contains(c.Text, "noise") || strings.Contains(c.Text, "Println") || strings.Contains(c.Text, "unused") {
			t.Errorf("In[%d] has too much: %q", c.Number, c.Text)
		}
	}
	data, err := b.Encode()
	if err != nil {
		t.Fatal(err)
	}

	// The variable alone needs its type only.
	if b, err := s.Export(Root{call.Pkg(), call.Pos()}); err != nil || len(b.Cells) != 1 || b.Cells[0].Text != "var call func(n int) int" {
		t.Errorf("%+v, %v", b, err)
	}

	// Elsewhere, twice: the same types.
	p2, err := NewPackages(nil)
	if err != nil {
		t.Fatal(err)
	}
	other := NewSession(p2)
	ssa := newBuilder(p2)
	var first []*Checked
	for range 2 {
		got, err := DecodeBundle(data)
		if err != nil {
			t.Fatal(err)
		}
		cells, err := other.Import(got, nil)
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = cells
			for _, c := range cells {
				ssa.build(t, c)
			}
		}
		for i := range cells {
			if cells[i] != first[i] {
				t.Errorf("cell %d was checked again", i)
			}
		}
	}
	last := first[3]
	if len(last.Vars) != 1 || types.TypeString(last.Vars[0].Type(), nil) != "func(n int) int" {
		t.Errorf("variables %v", last.Vars)
	}
	lit := last.Vars[0].Pos()
	if last.Offset(lit) != 0 || last.Fset.Position(lit).String() != "In[4]:1:1" {
		t.Errorf("offset %d at %s", last.Offset(lit), last.Fset.Position(lit))
	}
	if _, _, ok := other.Lookup("call"); ok {
		t.Error("an imported cell shows in the session")
	}

	// From there on again: equal bytes.
	again, err := other.Export(Root{last.Pkg, lit + token.Pos(len("call := "))})
	if err != nil {
		t.Fatal(err)
	}
	data2, err := again.Encode()
	if err != nil || !bytes.Equal(data, data2) {
		t.Errorf("exported again:\n%s\n%s", data, data2)
	}
}

// TestExportLateMethods ships a type whose methods come from three cells.
func TestExportLateMethods(t *testing.T) {
	pkgs, err := NewPackages(nil)
	if err != nil {
		t.Fatal(err)
	}
	s := NewSession(pkgs)
	for i, src := range []string{
		"step := 2\nnoise := 1\ntype Counter struct{ n int }\nfunc (c *Counter) Inc() { c.n += step }\nfunc (c *Counter) Log() { fmt.Println(c.n) }",
		"func limit(n int) int { return min(n, 10) }\nfunc (c *Counter) Get() int { return limit(c.n) }",
		"func (c *Counter) Inc() { c.n++ }\nfunc use() int { var c Counter; c.Inc(); return c.Get() }\nuse()",
	} {
		c, err := s.Check(engine.Cell{Number: i + 1, Source: src})
		if err != nil {
			t.Fatal(err)
		}
		s.Commit(c)
	}
	use, _, _ := s.Lookup("use")
	b, err := s.Export(Root{use.Pkg(), use.Pos()})
	if err != nil {
		t.Fatal(err)
	}
	p2, err := NewPackages(nil)
	if err != nil {
		t.Fatal(err)
	}
	cells, err := NewSession(p2).Import(b, nil)
	if err != nil {
		t.Fatalf("%v\n%+v", err, b.Cells)
	}
	ssa := newBuilder(p2)
	for _, c := range cells {
		ssa.build(t, c)
	}
	counter := cells[2].Pkg.Scope().Lookup("Counter").Type()
	if got := types.NewMethodSet(types.NewPointer(counter)).Len(); got != 3 {
		t.Errorf("%d methods: %+v", got, b.Cells)
	}
}

// TestExportSpells checks which variables travel as their types alone.
func TestExportSpells(t *testing.T) {
	pkgs, err := NewPackages(nil)
	if err != nil {
		t.Fatal(err)
	}
	s := NewSession(pkgs)
	run := func(n int, src string) *Checked {
		c, err := s.Check(engine.Cell{Number: n, Source: src})
		if err != nil {
			t.Fatal(err)
		}
		s.Commit(c)
		return c
	}
	run(1, "type T struct{ A int }\nfunc costly() map[string]*T { http.Get(\"x\"); return nil }")
	for i, c := range []struct{ source, want string }{
		{"v := costly()", "var v map[string]*T"},
		{"v, w := bytes.NewBuffer(nil), 2", "var v *bytes.Buffer;var w int"},
		{"var v = http.DefaultClient", "var v *http.Client"},
		{"v := struct{ A int }{1}", "v := struct{ A int }{1}"},
		{"v := func(t T, e error) (iter.Seq[string], error) { return nil, nil }", "var v func(t T, e error) (iter.Seq[string], error)"},
		{"a := 1; v := 2", "v := 2"},
		{"type Local int\nv := Local(3)", "type Local int\nvar v Local"},
		{"type bytes int\nv := strings.NewReader(\"\")", "\nvar v *strings.Reader"},
		{"v := []any{1}", "var v []any"},
		{"v := make(chan<- struct{})", "v := make(chan<- struct{})"},
		{"v := 1\nv++", "var v int"},
	} {
		run(i+2, c.source+"\nfunc use() any { return v }")
		use, _, _ := s.Lookup("use")
		b, err := s.Export(Root{use.Pkg(), use.Pos()})
		if err != nil {
			t.Fatal(err)
		}
		got := strings.TrimSpace(strings.TrimSuffix(b.Cells[b.Index(use.Pkg())].Text, "func use() any { return v }"))
		if got != strings.TrimSpace(c.want) {
			t.Errorf("%q became %q, want %q", c.source, got, c.want)
		}
		for _, c := range b.Cells {
			if strings.Contains(c.Text, "costly") {
				t.Errorf("%q drags costly along", c.Text)
			}
		}
		p2, err := NewPackages(nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := NewSession(p2).Import(b, nil); err != nil {
			t.Errorf("%q: %v", c.source, err)
		}
	}
}
