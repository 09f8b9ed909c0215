package typed

import (
	"context"
	"go/parser"
	"go/token"
	"reflect"
	"strings"
	"testing"

	"github.com/goray/goray/kernel/engine"
)

// nativeOf runs a cell whose last expression is a function, and writes that as a native program.
func nativeOf(t *testing.T, s *Session, n int, source string) (*engine.NativeProgram, error) {
	t.Helper()
	return nativeOfCell(t, s, engine.Cell{Number: n, Source: source})
}

func nativeOfCell(t *testing.T, s *Session, cell engine.Cell) (*engine.NativeProgram, error) {
	t.Helper()
	res, err := s.Execute(context.Background(), cell)
	if err != nil {
		t.Fatal(err)
	}
	snap, ok, err := s.Code().Export(res.Values[0].Reflect.Interface())
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	return s.Code().(engine.NativeCode).Native(snap.Hash, snap.Source, engine.NativeCalls)
}

func TestNativeTextIsCanonical(t *testing.T) {
	var texts []string
	for _, source := range []string{
		"k := 1\ntype T struct{ A, B int }\nfunc (t T) Sum() int { return t.A + t.B }\nfunc f(n int) int { return T{n, k}.Sum() }\nf",
		"import u \"unicode\"\nfunc other() bool { return u.IsDigit('a') }\nk := 2 // another value\n\n// T is documented.\ntype T struct {\n\tA, B int\n}\n\nfunc (t T) Sum() int {\n\treturn t.A +\n\t\tt.B\n}\nfunc f(n int) int {\n\treturn T{\n\t\tn,\n\t\tk,\n\t}.Sum()\n}\nf",
	} {
		p, err := nativeOf(t, newSession(t, engine.Config{}), 1, source)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(p.Text))
		if len(p.Globals) != 1 || p.Globals[0] != "k" || len(p.Types) != 1 || p.Types[0].Text != "T" || !p.Replayable {
			t.Errorf("%+v", p)
		}
	}
	if texts[0] != texts[1] {
		t.Errorf("layout, comments, values or other declarations changed the text:\n%s\n%s", texts[0], texts[1])
	}
}

func TestNativePlaces(t *testing.T) {
	source := "func f(l []int) int {\n\tn := 0\n\tfor _, v := range l {\n\t\tn += l[v] /\n\t\t\tl[0]\n\t}\n\treturn n\n}\nf"
	for _, cell := range []engine.Cell{{Number: 7, Source: source}, {Number: 7, Source: source, Name: "folder/x.go"}} {
		p, err := nativeOfCell(t, newSession(t, engine.Config{}), cell)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(string(p.Text), "\n")
		found := 0
		for i, line := range lines {
			for text, want := range map[string]int{"v ] /": 4, "0 ] }": 5, "return n }": 7} {
				if strings.HasPrefix(line, text) {
					found++
					if got := p.Places[i]; got.Line != want || got.Cell != cell.Label() {
						t.Errorf("%q is from %v, not line %d of %s", line, got, want, cell.Label())
					}
				}
			}
		}
		if found != 3 {
			t.Errorf("%d of 3 lines in\n%s", found, p.Text)
		}
	}
}

// TestNativeSeparators repeats separators where they have a meaning.
func TestNativeSeparators(t *testing.T) {
	p, err := nativeOf(t, newSession(t, engine.Config{}), 1, "func f(n int) int {\n\tfor i := 2; ; i++ {\n\t\tfor ; ; {\n\t\t\tif i > n { return i };;\n\t\t\tbreak\n\t\t}\n\t}\n}\nf")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parser.ParseFile(token.NewFileSet(), "", p.Text, 0); err != nil {
		t.Errorf("%v in\n%s", err, p.Text)
	}
}

func TestNativeRefuses(t *testing.T) {
	s := newSession(t, engine.Config{})
	for i, c := range [][2]string{
		{"n := 0\nfunc count() int { n++; return n }\ncount", "it changes the captured variable n"},
		{"memo := map[int]int{}\nfunc f(k int) int { memo[k] = k; return len(memo) }\nf", "it changes the captured variable memo"},
		{"l := []int{1}\nfunc g() { m := l; m[0] = 2 }\ng", "it changes the captured variable l"},
		{"import \"unsafe\"\nfunc u() uintptr { return unsafe.Sizeof(1) }\nu", "it uses the package unsafe"},
		{"func maker() func() int { type local int; return func() int { return int(local(3)) } }\nmaker()", "it uses local, which is declared in the function around it"},
	} {
		p, err := nativeOf(t, s, i+1, c[0])
		if err == nil || err.Error() != c[1] {
			t.Errorf("%s: %v, want %q\n%v", c[0], err, c[1], p)
		}
	}
}

func TestNativeReplayable(t *testing.T) {
	s := newSession(t, engine.Config{})
	for i, c := range []struct {
		source string
		want   bool
	}{
		{"func a(n int) string { return strings.Repeat(fmt.Sprint(math.Sqrt(float64(n))), n) }\na", true},
		{"func b() { fmt.Println(1) }\nb", false},
		{"func c() { println(1) }\nc", false},
		{"func d() error { return os.Remove(\"x\") }\nd", false},
		{"func e() { time.Sleep(1) }\ne", false},
		{"func f() { go func() {}() }\nf", false},
		{"type p struct{}\nfunc (p) String() string { fmt.Println(); return \"\" }\nfunc g() string { return fmt.Sprint(p{}) }\ng", false},
	} {
		p, err := nativeOf(t, s, i+1, c.source)
		if err != nil || p.Replayable != c.want {
			t.Errorf("%s: %v, %v", c.source, p.Replayable, err)
		}
	}
}

func TestReplace(t *testing.T) {
	s := newSession(t, engine.Config{})
	do(t, s, 1, "func f(n int, s string) (string, int) { return s, n }\nfunc caller() string { a, b := f(1, \"x\"); return fmt.Sprint(a, \" \", b) }")
	do(t, s, 2, "func f(n int, s string) (string, int) { return s + s, n }")
	res, err := s.Execute(context.Background(), engine.Cell{Number: 3, Source: "f"})
	if err != nil {
		t.Fatal(err)
	}
	fn := res.Values[0].Reflect
	replace := func(with any) error {
		return s.Code().(engine.NativeCode).Replace(fn.Interface(), reflect.ValueOf(with))
	}
	if err := replace(func(n int, s string) (string, int) { return "compiled", n + 1 }); err != nil {
		t.Fatal(err)
	}
	if got := do(t, s, 4, "caller()"); got != "compiled 2 string" {
		t.Errorf("caller() = %s", got)
	}
	if err := replace(func() {}); err == nil {
		t.Error("a function of another type takes its place")
	}
	do(t, s, 5, "func f(n int, s string) (string, int) { return \"new\", n }")
	if got := do(t, s, 6, "caller()"); got != "new 1 string" {
		t.Errorf("after a redefinition caller() = %s", got)
	}
}
