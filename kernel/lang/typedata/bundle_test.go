package typedata

import (
	"bytes"
	"go/token"
	"go/types"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/tools/go/gcexportdata"
)

func TestStd(t *testing.T) {
	b, err := Open(Std)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(b.Paths()); n < 150 {
		t.Errorf("only %d packages", n)
	}
	raw, needs, ok, err := b.Package("strings")
	if !ok || err != nil {
		t.Fatal(ok, err)
	}
	if len(needs) == 0 || needs[0] != "iter" {
		t.Errorf("strings needs %v, not iter", needs)
	}
	p, err := gcexportdata.Read(bytes.NewReader(raw), token.NewFileSet(), map[string]*types.Package{}, "strings")
	if err != nil || p.Scope().Lookup("ToUpper") == nil {
		t.Errorf("strings: %v, %v", p, err)
	}
	if _, _, ok, _ := b.Package("nosuch"); ok || b.Has("nosuch") {
		t.Error("a package that is not there")
	}
}

func TestRefusals(t *testing.T) {
	for name, c := range map[string]struct{ data, want string }{
		"another release": {strings.Replace(Std[:200], runtime.Version(), "go1.99.1", 1), "typedata: the types were generated for go1.99.1, but this program was built with " + runtime.Version()},
		"no bundle":       {"PK", "damaged"},
		"empty":           {"", "there are no types for " + runtime.GOOS},
		"cut off":         {Std[:1000], "damaged"},
	} {
		_, err := Open(c.data)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	b, err := Open(Std[:len(Std)-5000] + strings.Repeat("\xff", 5000))
	if err != nil {
		t.Fatal(err)
	}
	paths := b.Paths()
	if _, _, _, err := b.Package(paths[len(paths)-1]); err == nil {
		t.Error("a damaged package decodes")
	}
}
