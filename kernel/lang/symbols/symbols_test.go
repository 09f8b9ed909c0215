package symbols

import (
	"fmt"
	"iter"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/goray/goray/kernel/engine"
)

func TestLookup(t *testing.T) {
	v, ok := Lookup("strings", "ToUpper")
	if f, isFunc := v.(func(string) string); !ok || !isFunc || f("a") != "A" {
		t.Errorf("strings.ToUpper is %T", v)
	}
	if v, _ := Lookup("os", "Args"); v != &os.Args {
		t.Error("os.Args is not the variable")
	}
	if v, _ := Lookup("strings", "Builder"); fmt.Sprintf("%T %v", v, v) != "*strings.Builder <nil>" {
		t.Errorf("strings.Builder is %T", v)
	}
	if v, _ := Lookup("iter", "Seq[string]"); fmt.Sprintf("%T", v) != fmt.Sprintf("%T", (*iter.Seq[string])(nil)) {
		t.Errorf("iter.Seq[string] is %T", v)
	}
	for _, missing := range [][2]string{{"strings", "Nothing"}, {"nosuch", "F"}, {"slices", "Sort"}} {
		if _, ok := Lookup(missing[0], missing[1]); ok {
			t.Errorf("%s.%s has a symbol", missing[0], missing[1])
		}
	}
}

func TestTablesAreSorted(t *testing.T) {
	if paths := Paths(); !slices.IsSorted(paths) || len(paths) < 150 {
		t.Errorf("%d packages, sorted: %v", len(paths), slices.IsSorted(paths))
	}
	for _, tab := range tables {
		if !slices.IsSortedFunc(tab.symbols, func(a, b engine.Symbol) int { return strings.Compare(a.Name, b.Name) }) {
			t.Errorf("%s is not sorted", tab.path)
		}
	}
}
