package overlay

import (
	"go/parser"
	"go/token"
	"strings"
	"testing"
)

func TestFiles(t *testing.T) {
	for path, want := range map[string]string{
		"slices":       "func Reverse[",
		"maps":         "func clone(m any) any { return rt.MapClone(m) }",
		"iter":         "func Pull[",
		"sync":         "func OnceValue[",
		"sync/atomic":  "type Pointer[",
		"math/rand/v2": "func N[",
		"errors":       "func AsType[",
		"weak":         "type Pointer[",
	} {
		files, err := Files(path)
		if err != nil || !Has(path) {
			t.Fatalf("%s: %v", path, err)
		}
		all := ""
		for name, text := range files {
			all += string(text)
			if _, err := parser.ParseFile(token.NewFileSet(), name, text, 0); err != nil {
				t.Error(err)
			}
		}
		if !strings.Contains(all, want) {
			t.Errorf("%s has no %q", path, want)
		}
	}
	if Has("fmt") || !Whole("slices") || Whole("sync") {
		t.Error("what is compiled and what is not")
	}
	licence, err := open("LICENSE")
	if err != nil {
		t.Error("the distribution's source travels without its licence")
	} else {
		licence.Close()
	}
}
