package typed

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/goray/goray/kernel/engine"
	"github.com/goray/goray/kernel/lang/modules/modulestest"
)

var made = map[string]string{
	"example.com/geo@v1.0.0/geo.go": `// Package geo has points.
package geo

import (
	_ "embed"
	"fmt"

	"example.com/geo/log"
)

func init() { log.Add("geo") }

// Origin counts as a point too.
var Origin = Point{label: log.Add("origin")}

//go:embed license.txt
var License string

// Point is a place.
type Point struct {
	X, Y  float64
	label string
}

// String is (x, y).
func (p Point) String() string { return fmt.Sprintf("(%g, %g)", p.X, p.Y) }

// Move is unlike Add.
func (p *Point) Move(dx float64) *Point { p.X += dx; return p }

// Map applies f.
func Map[T, R any](l []T, f func(T) R) (out []R) {
	for _, x := range l {
		out = append(out, f(x))
	}
	return out
}

// Loops tells how variables of loops behave: by the language version of the module.
func Loops() (n int) {
	var fs []func() int
	for i := 0; i < 3; i++ {
		fs = append(fs, func() int { return i })
	}
	for _, f := range fs {
		n += f()
	}
	return n
}
`,
	"example.com/geo@v1.0.0/license.txt":  "free",
	"example.com/geo@v1.0.0/go.mod":       "module example.com/geo\n\ngo 1.20\n",
	"example.com/geo@v1.0.0/log/log.go":   "package log\n\nvar Lines []string\n\nfunc Add(s string) string { Lines = append(Lines, s); return s }\n",
	"example.com/geo@v1.1.0/geo.go":       "package geo\n\nconst New = true\n",
	"example.com/geo@v1.1.0/log/log.go":   "package log\n",
	"example.com/broken@v1.0.0/b.go":      "package broken\n\nvar x int = \"no\"\n",
	"example.com/needs/geo@v1.0.0/n.go":   "package geo\n\nimport \"example.com/geo\"\n\nconst New = geo.New\n",
	"example.com/needs/geo@v1.0.0/go.mod": "module example.com/needs/geo\n\ngo 1.20\n\nrequire example.com/geo v1.1.0\n",
}

func TestModuleInCells(t *testing.T) {
	modulestest.Proxy(t, made)
	t.Chdir(t.TempDir())
	s := newSession(t, engine.Config{})
	if _, err := s.Get(t.Context(), "example.com/geo@v1.0.0"); err != nil {
		t.Fatal(err)
	}
	for i, c := range [][2]string{
		{"import (\"example.com/geo\"; \"example.com/geo/log\")\nlog.Lines", "[origin geo] []string"},
		{"p := geo.Point{X: 1}\np.Move(2)\np", "(3, 0) geo.Point"},
		{"import \"example.com/geo\"\nfmt.Sprintf(\"%v %T %v\", p, p, geo.Map([]int{1, 2}, func(i int) geo.Point { return geo.Point{X: float64(i)} }))", "(3, 0) geo.Point [(1, 0) (2, 0)] string"},
		{"geo.Origin.X = 7; log.Add(\"cell\")", "cell string"},
		{"fmt.Sprint(geo.Origin.X, log.Lines, geo.License)", "7 [origin geo cell]free string"},
		{"geo.Loops()", "9 int"},
	} {
		if got := do(t, s, i+1, c[0]); got != c[1] {
			t.Errorf("%s\n= %s, not %s", c[0], got, c[1])
		}
	}
	in, ok := s.Inspect("geo.Point", 8, 1)
	if !ok || in.Doc != "Point is a place." || in.Package != "example.com/geo" || !strings.Contains(in.Source, "X, Y") {
		t.Errorf("inspection: %+v", in)
	}
	if got := names(s.Complete("geo.M", 5)); got != "Map" {
		t.Errorf("completion: %s", got)
	}
	if got := names(s.Complete("import \"example.com/g", 21)); got != "example.com/geo example.com/geo/log" {
		t.Errorf("completion of an import: %s", got)
	}
}

func names(c engine.Completions) string {
	var l []string
	for _, i := range c.Items {
		l = append(l, i.Text)
	}
	return strings.Join(l, " ")
}

func TestModuleErrorsNameTheImport(t *testing.T) {
	modulestest.Proxy(t, made)
	t.Chdir(t.TempDir())
	s := newSession(t, engine.Config{})
	do(t, s, 1, "import \"example.com/geo\"\ngeo.New")
	for src, want := range map[string]string{
		"import \"example.com/nosuch\"\nnosuch.X": "In[2]:1:8: could not import example.com/nosuch (",
		"import \"example.com/broken\"\n1":        "source of example.com/broken (example.com/broken@v1.0.0): example.com/broken/b.go:3:13",
	} {
		if _, err := execute(s, 2, src); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", src, err)
		}
	}
	if _, err := s.Get(t.Context(), "example.com/geo@v1.0.0"); err == nil || !strings.Contains(err.Error(), "%reset") {
		t.Errorf("another version of what is in use: %v", err)
	}
	if got := do(t, s, 3, "geo.New"); got != "true bool" {
		t.Errorf("the version in use: %s", got)
	}
}

func TestPackageThatPanicsIsInitialisedAgain(t *testing.T) {
	modulestest.Proxy(t, map[string]string{
		"example.com/p@v1.0.0/p.go":       "package p\n\nimport (\n\t\"os\"\n\n\t\"example.com/p/dep\"\n)\n\nfunc init() {\n\tif os.Getenv(\"P_READY\") == \"\" {\n\t\tpanic(\"not ready\")\n\t}\n\tN += dep.N\n}\n\nvar N = 1\n",
		"example.com/p@v1.0.0/dep/dep.go": "package dep\n\nvar N int\n\nfunc init() { N += 10 }\n",
	})
	t.Chdir(t.TempDir())
	s := newSession(t, engine.Config{})
	_, err := execute(s, 1, "import \"example.com/p\"\np.N")
	var p *engine.PanicError
	if !errors.As(err, &p) || p.Value != "not ready" || len(p.Frames) == 0 || p.Frames[0].Function != "example.com/p.init#1" || p.Frames[0].Line != 11 {
		t.Fatalf("%v, frames %+v", err, p.Frames)
	}
	t.Setenv("P_READY", "1")
	if got := do(t, s, 2, "p.N"); got != "11 int" {
		t.Errorf("p.N = %s", got)
	}
}

func TestInterruptWhileFetching(t *testing.T) {
	modulestest.Proxy(t, made)
	t.Chdir(t.TempDir())
	asked := make(chan bool, 100)
	silent := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		asked <- true
		<-r.Context().Done()
	}))
	defer silent.Close()
	t.Setenv("GOPROXY", silent.URL)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-asked
		cancel()
	}()
	s := newSession(t, engine.Config{})
	if _, err := s.Execute(ctx, engine.Cell{Number: 1, Source: "import \"example.com/geo\"\ngeo.New"}); !errors.Is(err, engine.ErrInterrupted) {
		t.Errorf("%v", err)
	}
	if got := do(t, s, 2, "1 + 1"); got != "2 int" {
		t.Errorf("the session afterwards: %s", got)
	}
}

func TestVersionsOfOneSessionAgree(t *testing.T) {
	modulestest.Proxy(t, made)
	t.Chdir(t.TempDir())
	s := newSession(t, engine.Config{})
	if _, err := s.Get(t.Context(), "example.com/geo@v1.0.0"); err != nil {
		t.Fatal(err)
	}
	do(t, s, 1, "import \"example.com/geo\"\ngeo.Loops()")
	if _, err := execute(s, 2, "import other \"example.com/needs/geo\"\nother.New"); err == nil || !strings.Contains(err.Error(), "uses example.com/geo (example.com/geo@v1.0.0) already; %reset") {
		t.Errorf("a package that needs a newer one: %v", err)
	}
}

func TestModulesTravelWithFunctions(t *testing.T) {
	modulestest.Proxy(t, made)
	t.Chdir(t.TempDir())
	from := newSession(t, engine.Config{})
	if _, err := from.Get(t.Context(), "example.com/geo@v1.0.0"); err != nil {
		t.Fatal(err)
	}
	do(t, from, 1, "import (\"example.com/geo\"; \"example.com/geo/log\")\nfunc far(s string) string { geo.Origin.X++; return fmt.Sprint(geo.Origin, s, log.Lines, geo.License) }\ntype trip struct { To geo.Point }")
	t.Setenv("PATH", "") // the other process has neither tool nor module cache
	t.Setenv("GOMODCACHE", t.TempDir())
	t.Setenv("GORAY_MODULES", t.TempDir())
	to := newSession(t, engine.Config{})
	fn, snap := ship(t, from, to, "far")
	if got := call(fn, "!"); got != "(1, 0)![origin geo]free" {
		t.Errorf("far = %s", got)
	}
	if len(snap.Parts) != 3 || len(snap.Source) > 1000 {
		t.Errorf("%d parts, and %d bytes of the function's own", len(snap.Parts), len(snap.Source))
	}
	fn, again := ship(t, from, to, "func(s string) string { return s + log.Lines[0] + geo.Origin.String() }")
	if got := call(fn, "?"); got != "?origin(1, 0)" {
		t.Errorf("a second function = %s", got)
	}
	res, err := from.Execute(t.Context(), engine.Cell{Number: 51, Source: "func(s string) string { return geo.License + far(s) }"})
	if err != nil {
		t.Fatal(err)
	}
	third, _, err := from.Code().Export(res.Values[0].Reflect.Interface())
	if err != nil || third.Parts[0].Hash != again.Parts[0].Hash {
		t.Error("another list for the same packages: ", err)
	}
	if _, err := to.Code().Import(third.Hash, third.Source, nil); err != nil { // it asks for nothing
		t.Error(err)
	}
	fn, _ = ship(t, from, to, "func(t trip) string { return t.To.String() }")
	if got := fn.Type().In(0).Field(0).Type.String(); got != "geo.Point" {
		t.Errorf("the field is a %s", got)
	}
	if fn, _ = ship(t, from, to, "geo.Map[int, string]"); fn.Type().String() != "func([]int, func(int) string) []string" {
		t.Errorf("an instance is a %s", fn.Type())
	}
	do(t, from, 2, "p := geo.Point{X: 1}")
	pt, ok := from.Code().ExportType(reflect.TypeOf(variableNamed(t, from, "p").Interface()))
	if !ok {
		t.Fatal("the type of p does not travel")
	}
	def, err := to.Code().Import(pt.Hash, pt.Source, partsOf(pt))
	if err != nil {
		t.Fatal(err)
	}
	if typ, err := def.Type(pt.Name); err != nil || typ.String() != "geo.Point" || typ.NumMethod() != 1 {
		t.Errorf("the type is %v, %v", typ, err)
	}
}

func variableNamed(t *testing.T, s *Session, name string) reflect.Value {
	t.Helper()
	for _, v := range s.Variables() {
		if v.Name == name {
			return v.Value
		}
	}
	t.Fatalf("no variable %s", name)
	return reflect.Value{}
}

func TestLocalModules(t *testing.T) {
	modulestest.Proxy(t, made)
	dir := t.TempDir()
	for name, text := range map[string]string{
		"a/go.mod":        "module plain\n\ngo 1.24\n\nrequire example.com/geo v1.0.0\n",
		"a/go.sum":        "",
		"a/a.go":          "package plain\n\nfunc Name() string { return \"a\" }\n",
		"a/sub/sub.go":    "package sub\n\nimport \"plain\"\n\nfunc Name() string { return plain.Name() + \"/sub\" }\n",
		"w/go.work":       "go 1.24\n\nuse (\n\t./one\n\t./two\n)\n",
		"w/one/go.mod":    "module example.org/one\n\ngo 1.24\n",
		"w/one/one.go":    "package one\n\nimport \"example.org/two\"\n\nfunc Name() string { return \"one+\" + two.Name }\n",
		"w/two/go.mod":    "module example.org/two\n\ngo 1.24\n",
		"w/two/two.go":    "package two\n\nconst Name = \"two\"\n",
		"w/one/cmd/x.go":  "package main\n\nimport (\n\t\"fmt\"\n\n\t\"example.org/one\"\n)\n\nfunc main() { fmt.Println(one.Name()) }\n",
		"w/one/cgo/c.go":  "package cgo\n\nimport \"C\"\n",
		"w/one/bad/b.go":  "package bad\n\nfunc f( {\n",
		"w/two/two_x.txt": "",
	} {
		name = filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s := newSession(t, engine.Config{})
	for i, c := range [][3]string{
		{"a", "import \"plain/sub\"\nsub.Name()", "a/sub string"},
		{"w/two", "import \"example.org/one\"\none.Name()", "one+two string"},
		{"w/two", "import \"example.com/geo\"\ngeo.New", "true bool"}, // not of the workspace: the session's
	} {
		t.Chdir(filepath.Join(dir, c[0]))
		if got := do(t, s, i+1, c[1]); got != c[2] {
			t.Errorf("in %s: %s = %s", c[0], c[1], got)
		}
	}
	for path, want := range map[string]string{"example.org/one/cgo": "c.go: it needs cgo", "example.org/one/bad": "b.go:3:9: expected ')'"} {
		if _, err := execute(s, 9, "import _ \""+path+"\"\n1"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", path, err)
		}
	}
	t.Chdir(filepath.Join(dir, "w"))
	if err := os.WriteFile(filepath.Join(dir, "w/two/two.go"), []byte("package two\n\nconst Name = \"zwei\"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := execute(s, 10, "import \"example.org/one\"\none.Name()"); err == nil || !strings.Contains(err.Error(), "has changed since this session loaded it; %reset") {
		t.Errorf("a package that was edited: %v", err)
	}
	if got := do(t, s, 11, "one.Name()"); got != "one+two string" {
		t.Errorf("the session's package: %s", got)
	}
	out, err := captured(t, func() error { return RunFile(t.Context(), engine.Config{}, filepath.Join(dir, "w/one/cmd/x.go")) })
	if err != nil || out != "one+zwei\n" {
		t.Errorf("the program: %q, %v", out, err)
	}
}

// captured is what f writes to standard output.
func captured(t *testing.T, f func() error) (string, error) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "out")
	file, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	old := os.Stdout
	os.Stdout = file
	runErr := f()
	os.Stdout = old
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	out, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(out), runErr
}
