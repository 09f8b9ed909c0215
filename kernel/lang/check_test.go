package lang

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/goray/goray/kernel/engine"
)

// TestManyCells keeps a session of a thousand cells quick: each check sees only what it mentions.
func TestManyCells(t *testing.T) {
	pkgs, err := NewPackages(nil)
	if err != nil {
		t.Fatal(err)
	}
	s := NewSession(pkgs)
	for k := range 1000 {
		src := fmt.Sprintf("v%d := %d\nfunc f%[1]d(x int) int { return x + v%[1]d }\ntype T%[1]d struct{ A int; B string }\nfmt.Sprint(f%[1]d(3), T%[1]d{A: v%d})", k, k, k/2)
		c, err := s.Check(engine.Cell{Number: k + 1, Source: src})
		if err != nil {
			t.Fatal(err)
		}
		s.Commit(c)
	}
	if len(s.Names()) != 3000 {
		t.Errorf("%d names", len(s.Names()))
	}
}

func BenchmarkCheck(b *testing.B) {
	pkgs, err := NewPackages(nil)
	if err != nil {
		b.Fatal(err)
	}
	for name, src := range map[string]string{
		"one":   "1 + 1",
		"print": "x := 40\nfmt.Println(\"hello\", x)",
		"lesson": `type Score struct { Depth int; Loss float64 }
func fit(train []float64, depth int) (Score, error) {
	best := math.Inf(1)
	for i, v := range train { if d := math.Abs(v - float64(i*depth)); d < best { best = d } }
	return Score{depth, best}, nil
}
var scores []Score
for d := range 5 { s, err := fit([]float64{1, 2, 3}, d); if err != nil { log.Fatal(err) }; scores = append(scores, s) }
slices.SortFunc(scores, func(a, b Score) int { return cmp.Compare(a.Loss, b.Loss) })
scores[0]`,
	} {
		b.Run(name, func(b *testing.B) {
			s := NewSession(pkgs)
			for b.Loop() {
				c, err := s.Check(engine.Cell{Number: 1, Source: src})
				if err != nil {
					b.Fatal(err)
				}
				s.Commit(c)
			}
		})
	}
}

// FuzzCheck feeds anything to a session: it answers or complains, and never panics.
func FuzzCheck(f *testing.F) {
	files, err := filepath.Glob("testdata/cells/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range txtar.Parse(text).Files {
			if file.Name == "cell" {
				f.Add(string(file.Data))
			}
		}
	}
	for _, s := range []string{"\x00", "x := x", "func (", "type T [T]T", "var a, b = b, a", "import . \"fmt\"\nPrintln", "{", "L:", "x.y.z", "_ := 1", "_, a := 1, 2; a, _ = 1, 2", "func init() {}; func init() {}", "goto L; L:", "const c = iota; c", "a, a := 1, 2", "var _ = 3", "type _ int", "func _() {}", "x, _ := 1, 2; x, y := 3, 4", "package p", "package main; x := 1", "ˑrun()", "//line foo:1\nx", "for x := x; ; { }", "type T = T", "func f[T any]() { f[[]T]() }", "\ufeffx := 1", "select {}", "switch x := any(1).(type) { case int: x }", "if x := 1; x > 0 { return }", "defer recover()", "...", "a.b := 1", "x := func() { return }", "var x", "const (a = iota; b)\nb", "struct{}{}", "interface{}(nil)", "len", "print", "iota", "_", "(x)", "<-x", "x, y", "func() {}", "func (t *T) N() {}", "func (t T) M() int { return t.A }", "type B T\nfunc (b B) M() {}", "type A = T\nfunc (a A) N() {}", "T{1, x}", "T{x, f}", "func (g G[K]) N() K { return g.k }", "type T T", "type G = G[int]", "type x struct{ T }", "var T = T{}", "T := T{}", "f := f", "func (x x) M() {}", "func (f) M() {}", "func (t *strings.Builder) M() {}", "type ( T = A; A T )"} {
		f.Add(s)
	}
	pkgs, err := NewPackages(nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, src string) {
		s := NewSession(pkgs)
		for i, src := range []string{"x := 1\nfunc f(n int) int { return n }\ntype T struct{ A int; b string }\nfunc (t T) M() {}\ntype G[K any] struct{ k K }\ntype A = T\nimport \"strings\"", src, src} {
			c, err := s.Check(engine.Cell{Number: i + 1, Source: src})
			var ce *engine.CompileError
			switch {
			case err == nil:
				s.Commit(c)
			case !errors.As(err, &ce) || len(ce.Diagnostics) == 0:
				t.Fatalf("error %v of type %T", err, err)
			case strings.Contains(err.Error(), "internal compiler error"):
				t.Fatal(err)
			}
		}
		for _, cursor := range []int{0, len(src) / 2, len(src)} {
			s.Complete(src, cursor)
			s.Inspect(src, cursor, 1)
		}
		s.IsComplete(src)
	})
}
