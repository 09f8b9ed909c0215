package lang_test

import (
	"fmt"
	"testing"

	"github.com/goray/goray/kernel/engine"
	"github.com/goray/goray/kernel/lang"
)

func TestFootprint(t *testing.T) {
	lib, err := lang.NewPackages(nil)
	if err != nil {
		t.Fatal(err)
	}
	s := lang.NewSession(lib)
	for i, c := range []struct{ cell, want string }{
		{"n, m := 1, map[string]int{}\ntype T struct{ A int }\nconst k = 3\nfunc f() int { return n }", "declares [T f k m n] uses [] assigns []"},
		{"var t T\nt.A = n + k", "declares [t] uses [T k n] assigns []"},
		{"m[\"a\"] = f()\nt.A++\nfmt.Println(n)", "declares [] uses [f m n t] assigns [m t]"},
		{"func g() { n = 2 }\np := &t", "declares [g p] uses [n t] assigns [t]"},
		{"n := n + 1", "declares [n] uses [n] assigns []"},
		{"func() { n += 2 }()\nfor n = range 3 {}", "declares [] uses [n] assigns [n]"},
		{"strings.ToUpper(\"x\")", "declares [] uses [] assigns []"},
	} {
		checked, err := s.Check(engine.Cell{Number: i + 1, Source: c.cell})
		if err != nil {
			t.Fatal(err)
		}
		s.Commit(checked)
		f := checked.Footprint()
		if got := fmt.Sprintf("declares %v uses %v assigns %v", f.Declares, f.Uses, f.Assigns); got != c.want {
			t.Errorf("%s: %s, want %s", c.cell, got, c.want)
		}
	}
}
