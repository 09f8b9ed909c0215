package main

import (
	"bytes"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/go/gcexportdata"

	"github.com/goray/goray/kernel/lang/typedata"
)

func TestTablesAndTypes(t *testing.T) {
	w, err := load(nil, "strings", "unicode/utf8")
	if err != nil {
		t.Fatal(err)
	}
	pkgs := w.selected([]string{"strings", "unicode/utf8"})
	src, err := packagesFile("demo", "demoTables", pkgs)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"package demo\n",
		"{Path: \"strings\", Symbols: demoTables_strings[:]},",
		"{Name: \"ToUpper\", Value: p0.ToUpper},",
		"{Name: \"Builder\", Value: (*p0.Builder)(nil)},",
		"{Name: \"RuneLen\", Value: p1.RuneLen},",
	} {
		if !strings.Contains(string(src), want) {
			t.Errorf("no %q in\n%s", want, src)
		}
	}
	if strings.Contains(string(src), "UTFMax") {
		t.Error("constants have no symbol")
	}
	first, err := bundle(pkgs)
	if err != nil {
		t.Fatal(err)
	}
	b, err := typedata.Open(string(first))
	if err != nil || len(b.Paths()) != 2 {
		t.Errorf("bundle of %v, %v", b.Paths(), err)
	}
}

// TestPlatforms checks the front end and the engine for each platform, with its tables.
func TestPlatforms(t *testing.T) {
	for _, at := range platforms {
		t.Run(at.suffix(), func(t *testing.T) {
			w, err := loadSource(at, "github.com/goray/goray/kernel/lang/...", "github.com/goray/goray/kernel/engine/typed")
			if err != nil {
				t.Fatal(err)
			}
			if w.pkgs["github.com/goray/goray/kernel/engine/typed"] == nil {
				t.Error("the engine was not checked")
			}
			data, err := os.ReadFile(filepath.Join("..", "typedata", "gen_std_"+at.suffix()+".bin"))
			if err != nil {
				t.Fatal(err)
			}
			b, err := typedata.Open(string(data))
			if err != nil {
				t.Fatal(err)
			}
			raw, _, ok, err := b.Package("syscall")
			if err != nil || !ok {
				t.Fatal(ok, err)
			}
			p, err := gcexportdata.Read(bytes.NewReader(raw), token.NewFileSet(), map[string]*types.Package{}, "syscall")
			if err != nil {
				t.Fatal(err)
			}
			if c, ok := p.Scope().Lookup("O_CREAT").(*types.Const); !ok || c.Val().String() != w.pkgs["syscall"].Scope().Lookup("O_CREAT").(*types.Const).Val().String() {
				t.Errorf("syscall.O_CREAT is %v", c)
			}
		})
	}
}

func TestExtract(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a.go")
	text := "// Package a is a test.\npackage a\n\nimport (\n\t\"fmt\"\n\t\"os\"\n)\n\n// F is wanted.\nfunc F[T any](v T) string { return fmt.Sprint(v) }\n\nfunc G() { os.Exit(1) }\n\ntype T[E any] struct{ e E }\n\nfunc (t *T[E]) M() E { return t.e }\n"
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	got, err := extract(file, []string{"F", "T", "Missing"}, found)
	if err != nil {
		t.Fatal(err)
	}
	want := "// Package a is a test.\npackage a\n\nimport \"fmt\"\n\n// F is wanted.\nfunc F[T any](v T) string { return fmt.Sprint(v) }\n\ntype T[E any] struct{ e E }\n\nfunc (t *T[E]) M() E { return t.e }\n"
	if string(got) != want {
		t.Errorf("got\n%s", got)
	}
	if !found["F"] || found["Missing"] {
		t.Errorf("found %v", found)
	}
	if got, err := extract(file, []string{"*", "-F"}, found); err != nil || strings.Contains(string(got), "func F") || !strings.Contains(string(got), "func G") {
		t.Errorf("without F: %v\n%s", err, got)
	}
}
