package session

import (
	"strings"
	"testing"
)

func TestDeclared(t *testing.T) {
	for source, want := range map[string]string{
		"x := 1\nfunc f() int { return x }\nf()":                                       "func f() int { return x }",
		"type T struct {\n\tA int\n}\nfunc (t T) M() {}\nT{}.M()":                      "type T struct {\n\tA int\n}|func (t T) M() {}",
		"func() int { return 1 }()\nfunc(x []int) (int, error) { return 1, nil }(nil)": "",
		"func() { f() }()": "",
		"f := func() {}\nconst a, b = 1, 2; import \"fmt\"":                     "f := func() {}|const a, b = 1, 2|import \"fmt\"",
		"func f[T any](x T) (T, error) {\n\tif true {\n\t}\n\treturn x, nil\n}": "func f[T any](x T) (T, error) {\n\tif true {\n\t}\n\treturn x, nil\n}",
		"import (\n\t\"fmt\"\n\t\"os\"\n)\nvar v = 3":                           "import (\n\t\"fmt\"\n\t\"os\"\n)",
		"s := `\nfunc no() {}\n`":                                               "",
		"/* func no() {} */ type A = int // yes":                                "type A = int // yes",
		"func open() {":                                                         "",
		"x := \"unterminated\nfunc f() {}":                                      "",
		"":                                                                      "",
	} {
		var got []string
		for _, s := range declared(source) {
			got = append(got, source[s.Start:s.End])
		}
		if text := strings.Join(got, "|"); text != want {
			t.Errorf("%q: %q, want %q", source, text, want)
		}
		if text := only(source, declared(source)...); len(text) != len(source) || strings.Count(text, "\n") != strings.Count(source, "\n") {
			t.Errorf("%q becomes %q", source, text)
		}
	}
}

func FuzzDeclared(f *testing.F) {
	f.Add("x := 1\nfunc f() int { return x }\nf()")
	f.Add("func (")
	f.Add("`")
	f.Fuzz(func(t *testing.T, source string) {
		if text := only(source, declared(source)...); len(text) != len(source) {
			t.Errorf("%q becomes %q", source, text)
		}
	})
}
