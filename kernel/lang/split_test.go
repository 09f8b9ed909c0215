package lang

import (
	"slices"
	"strings"
	"testing"
)

func TestSplit(t *testing.T) {
	for _, c := range []struct {
		source string
		want   []string // declarations are marked
	}{
		{"x := 1; y := 2\nz", []string{"x := 1", "y := 2", "z"}},
		{"for i := 0; i < 3; i++ { x += i }; y", []string{"for i := 0; i < 3; i++ { x += i }", "y"}},
		{"if a := 1; a > 0 { b } else if c := 2; c > 1 { d }; e", []string{"if a := 1; a > 0 { b } else if c := 2; c > 1 { d }", "e"}},
		{"if f := func() bool { return true }; f() { g }; h", []string{"if f := func() bool { return true }; f() { g }", "h"}},
		{"L: for ;; { break L }; x", []string{"L: for ;; { break L }", "x"}},
		{"switch x := y; x { case 1: }; z", []string{"switch x := y; x { case 1: }", "z"}},
		{"func f() {}; func(x int) int { return x }(3)", []string{"decl func f() {}", "func(x int) int { return x }(3)"}},
		{"func (t *T[K, V]) M(x int) {}\nfunc() {}()", []string{"decl func (t *T[K, V]) M(x int) {}", "func() {}()"}},
		{"func (x int) int {\n\treturn x\n}(1)", []string{"func (x int) int {\n\treturn x\n}(1)"}},
		{"type (\n\tA int\n\tB string\n)\nvar x A", []string{"decl type (\n\tA int\n\tB string\n)", "var x A"}},
		{";;x;;", []string{"x"}},
		{"package main\nimport \"fmt\"", []string{"decl import \"fmt\""}},
		{"a := []int{\n\t1,\n\t2,\n}\na", []string{"a := []int{\n\t1,\n\t2,\n}", "a"}},
		{"// doc\nfunc f() {}", []string{"decl // doc\nfunc f() {}"}},
	} {
		p := split(c.source)
		var got []string
		for _, it := range p.items {
			text := strings.Trim(c.source[it.start:it.end], "; \n")
			if it.decl {
				text = "decl " + text
			}
			got = append(got, text)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%q:\n\tgot  %q\n\twant %q", c.source, got, c.want)
		}
	}
}
