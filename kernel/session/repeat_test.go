package session

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

func TestRepeatable(t *testing.T) {
	for statement, want := range map[string]string{
		"f := func(x int) int { return x }":                        "f",
		"f := func() struct{ A int } { return struct{ A int }{} }": "f",
		"f := func() int { return 1 }()":                           "",
		"f := g()":                                                 "",
		"f := func() {}\n":                                         "f",
		"r := ray.Remote[int](square)":                             "r",
		"r := ray.Remote[map[string]int](pkg.Square)":              "r",
		"r := ray.Remote[int](func(x int) int { return f(x) })":    "r",
		"r := ray.Remote[int](make())":                             "",
		"r := ray.Remote[int](f).Options(ray.NumCPUs(2))":          "",
		"r := ray.Put(1)":                                          "",
		"a, f := 1, func() {}":                                     "",
		"var f = func() {}":                                        "",
	} {
		if name, ok := repeatable(statement, []string{"ray.Remote"}); ok != (want != "") || ok && name != want {
			t.Errorf("%q: %q, want %q", statement, name, want)
		}
	}
}

func TestChangedIn(t *testing.T) {
	for source, want := range map[string]string{
		"x := 1":                   "",
		"x = 1; y := x":            "x",
		"a, b.c = 1, 2":            "a b c",
		"x++\ny += z":              "x y",
		"p := &q":                  "q",
		"if x == y { m[k] = v }":   "k m",
		"for i := range 3 { f() }": "",
	} {
		if got := strings.Join(slices.Sorted(maps.Keys(changedIn(source))), " "); got != want {
			t.Errorf("%q: %q, want %q", source, got, want)
		}
	}
}

func FuzzRepeatable(f *testing.F) {
	f.Add("f := func(")
	f.Add("r := ray.Remote[")
	f.Add("f := func() struct")
	f.Fuzz(func(t *testing.T, source string) {
		repeatable(source, []string{"ray.Remote"})
		changedIn(source)
	})
}
