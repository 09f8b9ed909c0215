package lang

import (
	"strings"
	"testing"

	"github.com/goray/goray/kernel/engine"
)

func TestResultsStayHere(t *testing.T) {
	pkgs, err := NewPackages(nil)
	if err != nil {
		t.Fatal(err)
	}
	s := NewSession(pkgs)
	var last *Checked
	for i, source := range []string{"1 + 1", "func half() int { return Out[1] / 2 }", "f := func() int { return 3 }\nf"} {
		if last, err = s.Check(engine.Cell{Number: i + 1, Source: source}); err != nil {
			t.Fatal(err)
		}
		s.Commit(last)
	}
	half, _, _ := s.Lookup("half")
	if _, err := s.Export(Root{half.Pkg(), half.Pos()}); err == nil || !strings.Contains(err.Error(), "Out[1] belongs to this session") {
		t.Errorf("export: %v", err)
	}
	f, _, _ := s.Lookup("f")
	b, err := s.Export(Root{f.Pkg(), f.Pos()})
	if err != nil {
		t.Fatal(err)
	} else if _, err := NewSession(pkgs).Import(b, nil); err != nil {
		t.Error(err)
	}
	s.Forget(last)
	if _, err := s.Check(engine.Cell{Number: 4, Source: "Out[3]"}); err == nil || !strings.Contains(err.Error(), "In[3] has no result (the last result is Out[1])") {
		t.Errorf("a result that never came: %v", err)
	}
	aside, err := s.Check(engine.Cell{Number: 4, Source: "\"aside\"", Aside: true})
	if err != nil {
		t.Fatal(err)
	}
	s.Commit(aside)
	c, err := s.Check(engine.Cell{Number: 5, Source: "_"})
	if err != nil || c.Results[0].String() != "int" {
		t.Errorf("the last result: %v, %v", c, err)
	}
}
