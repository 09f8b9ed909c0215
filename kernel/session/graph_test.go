package session_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/goray/goray/kernel/engine"
	"github.com/goray/goray/kernel/session"
)

// book is cells that are run by their ids, as a front end does.
type book struct {
	l *session.Local
	t *testing.T
	n int
}

func (b *book) run(id, source string) string {
	b.t.Helper()
	b.n++
	return printed(b.t, func() {
		if out := b.l.Execute(context.Background(), engine.Cell{ID: id, Number: b.n, Source: source}); out.Err != nil {
			b.t.Fatalf("%s: %v", source, out.Err)
		}
	})
}

func TestStaleCells(t *testing.T) {
	b := &book{l: open(t, real()), t: t}
	nine := []string{
		"num_samples := 10",
		"base := 3",
		"func double(n int) int { return 2 * n }",
		"data := make([]int, num_samples)",
		"fmt.Println(\"base\", double(base))",
		"label := \"x\"",
		"total := len(data) + base",
		"fmt.Println(label)",
		"fmt.Println(\"done\")",
	}
	for i, source := range nine {
		b.run(fmt.Sprint("c", i+1), source)
	}
	if got := b.run("m", "%stale"); got != "nothing is stale\n" {
		t.Errorf("at first: %q", got)
	}
	// One input is edited: two of nine cells run again.
	b.run("c1", "num_samples := 20")
	if got := b.run("m", "%stale"); strings.Count(got, "\n") != 2 || !strings.Contains(got, "In[4]  data := make([]int, num_samples)  num_samples was changed by In[11]") ||
		!strings.Contains(got, "In[7]  total := len(data) + base         data is from In[4], which is stale") {
		t.Errorf("after an edit:\n%s", got)
	}
	if got := b.run("r", "%run-stale"); strings.Count(got, "again") != 2 || !strings.Contains(got, "In[4] again") || !strings.Contains(got, "In[7] again") {
		t.Errorf("run again: %q", got)
	}
	if got := b.run("m", "fmt.Println(total)\n%stale"); got != "23\nnothing is stale\n" {
		t.Errorf("afterwards: %q", got)
	}
	// A function that is declared anew makes its callers stale.
	b.run("c3", "func double(n int) int { return 20 * n }")
	if got := b.run("r", "%run-stale"); !strings.Contains(got, "base 60\n") || strings.Count(got, "again") != 1 {
		t.Errorf("a function: %q", got)
	}
}

func TestWhatIsNotStale(t *testing.T) {
	for name, c := range map[string]struct {
		cells []string // "id source", in the order of their runs
		want  string   // ids of the stale ones
	}{
		"a counter below":       {[]string{"a x := 1", "b fmt.Println(x)", "c x++"}, ""},
		"a counter run again":   {[]string{"a x := 1", "c x++", "b fmt.Println(x)", "c x++"}, "b"},
		"the origin of both":    {[]string{"a x := 1", "c x++", "b fmt.Println(x)", "a x := 1"}, "c b"},
		"a name taken over":     {[]string{"a x := 1", "b x := 2", "c fmt.Println(x)", "a x := 5"}, "b c"},
		"nobody wants the name": {[]string{"a x := 1", "b x := 2", "a x := 5"}, ""},
		"an own loop":           {[]string{"a x := 1", "b x := x + 1; _ = x", "b x := x + 1; _ = x"}, ""},
		"a type":                {[]string{"a type T struct{ A int }", "b v := T{1}", "c fmt.Println(v.A)", "a type T struct{ A, B int }"}, "b c"},
		"cells without ids":     {[]string{"- x := 1", "- y := x * 2", "- x := 5"}, "-"},
		"parts with magics":     {[]string{"a x := 1\n%who\ny := x", "b fmt.Println(y)", "a x := 2\n%who\ny := x"}, "b"},
	} {
		t.Run(name, func(t *testing.T) {
			b := &book{l: open(t, real()), t: t}
			for _, cell := range c.cells {
				id, source, _ := strings.Cut(cell, " ")
				if id == "-" {
					id = ""
				}
				b.run(id, source)
			}
			got := strings.TrimSuffix(b.run("m", "%stale"), "nothing is stale\n")
			if lines, want := strings.Count(got, "\n"), len(strings.Fields(c.want)); lines != want {
				t.Errorf("%d stale cells, want %s:\n%s", lines, c.want, got)
			}
		})
	}
}
