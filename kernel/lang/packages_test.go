package lang

import (
	"go/types"
	"testing"
	"testing/fstest"
	"time"

	"github.com/goray/goray/kernel/engine"
)

func TestImportEverything(t *testing.T) {
	p, err := NewPackages(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range p.Paths() {
		q, err := p.Import(path)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		if !q.Complete() {
			t.Errorf("%s is incomplete", path)
		}
		p.Closure(q)
	}
}

func TestOneUniverse(t *testing.T) {
	// Whatever the order, there is one iter.Seq and one atomic.Pointer.
	for _, order := range [][]string{{"iter", "strings"}, {"strings", "iter"}, {"net/netip", "unique", "iter", "strings"}, {"net/http", "strings", "iter", "sync/atomic"}} {
		p, err := NewPackages(nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range order {
			if _, err := p.Import(path); err != nil {
				t.Fatalf("%v: %s: %v", order, path, err)
			}
		}
		it, _ := p.Import("iter")
		st, _ := p.Import("strings")
		seq := st.Scope().Lookup("Lines").(*types.Func).Signature().Results().At(0).Type().(*types.Named)
		if seq.Origin().Obj() != it.Scope().Lookup("Seq") {
			t.Errorf("%v: two types iter.Seq", order)
		}
		if _, ok := p.Symbol("iter", "Seq[string]"); !ok {
			t.Error("no symbol for iter.Seq[string]")
		}
	}
}

func TestSyntaxHasEveryObject(t *testing.T) {
	p, err := NewPackages(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"slices", "sync", "sync/atomic", "reflect", "runtime", "errors"} {
		q, err := p.Import(path)
		if err != nil {
			t.Fatal(err)
		}
		_, info, ok := p.Syntax(q)
		if !ok {
			t.Errorf("%s has no syntax", path)
			continue
		}
		have := map[types.Object]bool{}
		for _, o := range info.Defs {
			have[o] = true
		}
		for _, n := range q.Scope().Names() {
			if !have[q.Scope().Lookup(n)] {
				t.Errorf("%s.%s has no declaration", path, n)
			}
		}
	}
}

func TestOwnPackage(t *testing.T) {
	src := fstest.MapFS{
		"box.go":         {Data: []byte("// Package box is a test.\npackage box\nimport (\"fmt\"; \"os\")\ntype Box[T any] struct{ v T }\nfunc Of[T any](v T) Box[T] { Note(fmt.Sprint(v)); return Box[T]{v} }\nfunc (b Box[T]) Get() T { return b.v }\nfunc Note(s string) { os.Stdout.WriteString(s); undefinedHere() }\nfunc init() { missing() }\nvar Count int\n")},
		"box_windows.go": {Data: []byte("package box\nfunc Wrong() {}\n")},
		"box_test.go":    {Data: []byte("package box\nfunc Test() {}\n")},
		"gpu.go":         {Data: []byte("//go:build gpu\n\npackage box\nfunc GPU() {}\n")},
	}
	var count int
	p, err := NewPackages([]engine.Package{{Path: "example.com/box", Short: "box", Source: src, Symbols: []engine.Symbol{{Name: "Count", Value: &count}}}})
	if err != nil {
		t.Fatal(err)
	}
	q, err := p.Import("box")
	if err != nil {
		t.Fatal(err)
	}
	if got := q.Scope().Names(); len(got) != 4 {
		t.Errorf("names %v", got)
	}
	if v, ok := p.Symbol(q.Path(), "Count"); !ok || v != &count {
		t.Error("Count is not the compiled variable")
	}
	files, info, ok := p.Syntax(q)
	if !ok || len(files) != 1 || len(info.InitOrder) != 0 {
		t.Errorf("syntax: %d files, %v", len(files), ok)
	}
}

func TestStartup(t *testing.T) {
	start := time.Now()
	p, err := NewPackages(nil)
	if err != nil {
		t.Fatal(err)
	}
	opened := time.Since(start)
	for _, path := range []string{"fmt", "slices", "encoding/json", "net/http"} {
		start := time.Now()
		q, err := p.Import(path)
		if err != nil {
			t.Fatal(err)
		}
		decoded := time.Since(start)
		n := len(p.Closure(q))
		t.Logf("%s: decoded in %v, with all %d dependencies %v", path, decoded, n, time.Since(start))
	}
	t.Logf("opened in %v", opened)
}
