package lang

import (
	"go/types"
	"reflect"
	"strings"
	"testing"

	"github.com/goray/goray/kernel/engine"
)

// withValues is a session whose variables have values.
func withValues(t testing.TB, still bool, source string, values map[string]any) *Session {
	t.Helper()
	pkgs, err := NewPackages(nil)
	if err != nil {
		t.Fatal(err)
	}
	s := NewSession(pkgs)
	s.UseValues(func(f func(func(types.Object) reflect.Value, bool)) {
		f(func(o types.Object) reflect.Value {
			if o == nil {
				return reflect.Value{}
			}
			return reflect.ValueOf(values[o.Name()])
		}, still)
	}, nil)
	c, err := s.Check(engine.Cell{Number: 1, Source: source})
	if err != nil {
		t.Fatal(err)
	}
	s.Commit(c)
	return s
}

func TestKeysOfMaps(t *testing.T) {
	type run struct {
		Params map[string]float64
		inner  map[string]int
	}
	type key string
	source := "ages := map[string]int{}\ntype run struct{ Params map[string]float64; inner map[string]int }\nvar best *run\nvar runs []run\nvar nested map[string]map[string]bool\ntype key string\nvar named map[key]int\nvar numbers map[int]string"
	values := map[string]any{
		"ages":    map[string]int{"Ada": 36, "Grace": 85, "a\"b": 1, "tab\there": 2},
		"best":    &run{map[string]float64{"rate": 0.1, "depth": 3}, map[string]int{"hidden": 1}},
		"runs":    []run{{Params: map[string]float64{"first": 1}}},
		"nested":  map[string]map[string]bool{"outer": {"within": true}},
		"named":   map[key]int{"typed": 1},
		"numbers": map[int]string{1: "one"},
	}
	s := withValues(t, true, source, values)
	for _, c := range []struct{ source, want string }{
		{`ages["|"]`, `Ada:int Grace:int a\"b:int tab\there:int`},
		{`ages["A|`, `Ada:int a\"b:int`},
		{`ages["a|"]`, `a\"b:int Ada:int`},
		{"ages[`a|`]", "a\"b:int Ada:int"},
		{`best.Params["|"] + 1`, "depth:float64 rate:float64"},
		{`best.inner["|"]`, "hidden:int"},
		{`runs[0].Params["|"]`, "first:float64"},
		{`runs[7].Params["|"]`, ""},
		{`nested["outer"]["w|"]`, "within:bool"},
		{`nested["nowhere"]["w|"]`, ""},
		{`named["|"]`, "typed:int"},
		{`numbers["|"]`, ""},
		{`if x := ages["G|"]; x > 1 {}`, "Grace:int"},
		{"var broken int = \"s\"\nages[\"G|\"]", "Grace:int"},
		{"broken( {\nages[\"G|", "Grace:int"},
		{`fmt.Println("G|")`, ""},
		{`"G|"`, ""},
		{"'G|", ""},
		{`undefined["G|"]`, ""},
		{`ages[func() string { return "G|" }()]`, ""},
	} {
		cursor := strings.Index(c.source, "|")
		got := s.Complete(c.source[:cursor]+c.source[cursor+1:], cursor)
		var l []string
		for _, i := range got.Items {
			l = append(l, i.Text+":"+i.Signature)
		}
		if strings.Join(l, " ") != c.want {
			t.Errorf("%s\n\tgot  %s\n\twant %s", c.source, l, c.want)
		}
	}
	if got := withValues(t, false, source, values).Complete(`ages["A`, 7); len(got.Items) > 0 {
		t.Errorf("while a cell runs: %v", got.Items)
	}
}

func BenchmarkKeysOfMaps(b *testing.B) {
	ages := map[string]int{}
	for i := range 10_000 {
		ages[strings.Repeat("k", i%7)+string(rune('a'+i%26))+strings.Repeat("x", i/1000)] = i
	}
	s := withValues(b, true, "ages := map[string]int{}", map[string]any{"ages": ages})
	for b.Loop() {
		if len(s.Complete(`ages["k`, 7).Items) == 0 {
			b.Fatal("no key")
		}
	}
}

func BenchmarkComplete(b *testing.B) {
	s := prepared(b)
	for name, source := range map[string]string{
		"members": "resp, err := client.Get(\"x\")\nresp.",
		"package": "http.",
		"names":   "x := 1\ncou",
		"all":     "",
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				s.Complete(source, len(source))
			}
		})
	}
}

// BenchmarkFirstCompletion starts a session anew each time.
func BenchmarkFirstCompletion(b *testing.B) {
	for b.Loop() {
		pkgs, err := NewPackages(nil)
		if err != nil {
			b.Fatal(err)
		}
		NewSession(pkgs).Complete("http.Get", 8)
	}
}
