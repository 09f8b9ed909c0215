package modules_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goray/goray/kernel/lang/modules"
	"github.com/goray/goray/kernel/lang/modules/modulestest"
)

func nothing(string) bool { return false }

func resolve(t *testing.T, l *modules.Loader, from, path string) []*modules.Package {
	t.Helper()
	set, err := l.Resolve(t.Context(), from, path, nothing)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return set
}

var greet = map[string]string{
	"example.com/greet@v1.0.0/greet.go":    "package greet\n\nconst Version = 1\n",
	"example.com/greet@v1.1.0/greet.go":    "package greet\n\nimport _ \"example.com/word/deep\"\n\nconst Version = 2\n",
	"example.com/greet@v1.1.0/go.mod":      "module example.com/greet\n\ngo 1.21\n\nrequire example.com/word v1.0.0\n",
	"example.com/word@v1.0.0/deep/deep.go": "package deep\n",
	"example.com/word@v1.0.0/word.go":      "package word\n",
	"example.com/plain@v1.0.0/plain.go":    "package plain\n",
	"example.com/word@v1.0.0/cmd/cmd.go":   "package main\n\nfunc main() {}\n",
}

func TestFirstUsePinsTheLatestVersion(t *testing.T) {
	pins := modulestest.Proxy(t, greet)
	set := resolve(t, modules.New(""), t.TempDir(), "example.com/greet")
	if len(set) != 2 || set[0].Path != "example.com/word/deep" || set[1].String() != "example.com/greet (example.com/greet@v1.1.0)" {
		t.Fatalf("found %v", set)
	}
	mod, err := os.ReadFile(filepath.Join(pins, "go.mod"))
	if err != nil || !strings.Contains(string(mod), "example.com/greet v1.1.0") {
		t.Errorf("go.mod: %v\n%s", err, mod)
	}
}

func TestSecondUseNeedsNeitherToolNorNetwork(t *testing.T) {
	modulestest.Proxy(t, greet)
	first := resolve(t, modules.New(""), t.TempDir(), "example.com/greet")
	resolve(t, modules.New(""), t.TempDir(), "example.com/plain") // go.mod is another now
	t.Setenv("PATH", "")
	t.Setenv("GOROOT", "")
	t.Setenv("GOPROXY", "off")
	again := resolve(t, modules.New(""), t.TempDir(), "example.com/greet")
	if len(again) != len(first) || again[1].Hash != first[1].Hash {
		t.Errorf("first %v, then %v", first, again)
	}
	_, err := modules.New("").Resolve(t.Context(), t.TempDir(), "example.com/word", nothing)
	if err == nil || !strings.Contains(err.Error(), "the go command is not on PATH") || !strings.Contains(err.Error(), "go.dev/dl") {
		t.Errorf("without the tool: %v", err)
	}
}

func TestGetChoosesAVersion(t *testing.T) {
	modulestest.Proxy(t, greet)
	l := modules.New("")
	text, err := l.Get(t.Context(), "example.com/greet@v1.0.0")
	if err != nil || text != "example.com/greet@v1.0.0\n" {
		t.Fatalf("%q, %v", text, err)
	}
	if set := resolve(t, l, t.TempDir(), "example.com/greet"); len(set) != 1 || set[0].Version != "v1.0.0" {
		t.Errorf("found %v", set)
	}
	if text, err = modules.New("").Get(t.Context(), ""); err != nil || text != "example.com/greet@v1.0.0\n" {
		t.Errorf("a later session has %q, %v", text, err)
	}
	_, err = l.Get(t.Context(), "example.com/greet@v3.0.0")
	if err == nil || !strings.Contains(err.Error(), "v3.0.0") || strings.Contains(err.Error(), "\n") {
		t.Errorf("a version that does not exist: %v", err)
	}
	if _, err = l.Get(t.Context(), "-u example.com/greet"); err == nil {
		t.Error("a flag was accepted")
	}
}

func TestErrorsAreOneLine(t *testing.T) {
	modulestest.Proxy(t, greet)
	for path, want := range map[string]string{
		"example.com/greet/nosuch": "does not contain package example.com/greet/nosuch",
		"example.com/nosuch":       "example.com/nosuch",
		"nosuch/thing":             "is not in the standard library",
		"example.com/word/cmd":     "is a program",
	} {
		_, err := modules.New("").Resolve(t.Context(), t.TempDir(), path, nothing)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestWithoutNetworkTheModuleCacheServes(t *testing.T) {
	modulestest.Proxy(t, greet)
	resolve(t, modules.New(""), t.TempDir(), "example.com/greet")
	t.Setenv("GOPROXY", "http://127.0.0.1:1")
	set := resolve(t, modules.New(t.TempDir()), t.TempDir(), "example.com/greet")
	if set[1].Version != "v1.1.0" {
		t.Errorf("found %v", set)
	}
	_, err := modules.New(t.TempDir()).Resolve(t.Context(), t.TempDir(), "example.com/other", nothing)
	if err == nil || !strings.Contains(err.Error(), "example.com/other") || !strings.Contains(err.Error(), "the network does not answer") {
		t.Errorf("no network: %v", err)
	}
}

func TestWhatCannotBeInterpretedIsRefused(t *testing.T) {
	modulestest.Proxy(t, map[string]string{
		"example.com/c@v1.0.0/c.go":         "package c\n\nimport \"C\"\n",
		"example.com/asm@v1.0.0/add.go":     "package asm\n\nfunc Add(a, b int) int\n",
		"example.com/asm@v1.0.0/add.s":      "",
		"example.com/link@v1.0.0/l.go":      "package link\n\nimport _ \"unsafe\"\n\n//go:linkname nanotime runtime.nanotime\nfunc nanotime() int64\n",
		"example.com/tree@v1.0.0/t.go":      "package tree\n\nimport _ \"embed\"\n\ntype text string\n\n//go:embed *.txt\nvar Files text\n",
		"example.com/tree@v1.0.0/a.txt":     "a",
		"example.com/choice@v1.0.0/asm.go":  "//go:build !purego\n\npackage choice\n\nfunc Add(a, b int) int\n",
		"example.com/choice@v1.0.0/add.s":   "//go:build !purego\n\n",
		"example.com/choice@v1.0.0/pure.go": "//go:build purego\n\npackage choice\n\nfunc Add(a, b int) int { return a + b }\n",
		"example.com/older@v1.0.0/asm.go":   "//go:build !appengine\n\npackage older\n\nfunc Add(a, b int) int\n",
		"example.com/older@v1.0.0/add.s":    "//go:build !appengine\n\n",
		"example.com/older@v1.0.0/pure.go":  "//go:build appengine\n\npackage older\n\nfunc Add(a, b int) int { return a + b }\n",
	})
	for path, want := range map[string]string{
		"example.com/c":    "package example.com/c cannot be interpreted: c.go: it needs cgo",
		"example.com/asm":  "package example.com/asm cannot be interpreted: add.go: func Add has no body: it is written in assembly",
		"example.com/link": "package example.com/link cannot be interpreted: l.go: func nanotime has no body: it is linked",
		"example.com/tree": "package example.com/tree cannot be interpreted: t.go: var Files embeds files (go:embed) as something else",
	} {
		_, err := modules.New("").Resolve(t.Context(), t.TempDir(), path, nothing)
		var refused *modules.RefusedError
		if !errors.As(err, &refused) || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v", path, err)
		}
	}
	for _, path := range []string{"example.com/choice", "example.com/older"} {
		if set := resolve(t, modules.New(""), t.TempDir(), path); len(set[0].Files) != 1 || set[0].Files[0].Name != "pure.go" {
			t.Errorf("%s: files %v", path, set[0].Files)
		}
	}
}

func TestInterruptEndsTheTool(t *testing.T) {
	modulestest.Proxy(t, greet)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := modules.New("").Resolve(ctx, t.TempDir(), "example.com/greet", nothing); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestKnownPathsNeedNoNetwork(t *testing.T) {
	modulestest.Proxy(t, greet)
	l := modules.New("")
	resolve(t, l, t.TempDir(), "example.com/word")
	if got := strings.Join(l.Known(t.TempDir(), "example.com/w"), " "); got != "example.com/word example.com/word/cmd example.com/word/deep" {
		t.Errorf("known: %s", got)
	}
}

func TestPackedPackagesKeepTheirLines(t *testing.T) {
	modulestest.Proxy(t, map[string]string{"example.com/p@v1.0.0/p.go": "// Package p is documented.\npackage p\n\n/* two\nlines */ const A = /* here */ 1 // end\n\n//go:noinline\nfunc F() {}\n"})
	p := resolve(t, modules.New(""), t.TempDir(), "example.com/p")[0]
	packed, err := p.Pack()
	if err != nil {
		t.Fatal(err)
	}
	q, err := packed.Unpack()
	if err != nil {
		t.Fatal(err)
	}
	if got := string(q.Files[0].Text); got != "\npackage p\n\n\n const A =   1 \n\n//go:noinline\nfunc F() {}\n" {
		t.Errorf("%q", got)
	}
	packed.Data = packed.Data[:len(packed.Data)/2]
	if _, err := packed.Unpack(); err == nil {
		t.Error("damaged source was accepted")
	}
}
