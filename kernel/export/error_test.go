package export_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/goray/goray/kernel/export"
	"github.com/goray/goray/kernel/session"
)

func TestRefused(t *testing.T) {
	for _, c := range []struct{ cells, want string }{
		{"x := 1\n%time x", `In[1] line 2: "%time x" is for sessions`},
		{"x := 1 ---!ls -l\n", `In[2] line 1: "!ls -l" is for sessions`},
		{"%%bash\nls", `In[1] line 1: "%%bash" is for sessions`},
		{"strings.ToUpper?", `In[1] line 1: "?strings.ToUpper" is for sessions`},
		{"x := 1 --- y := undefinedName", "In[2]:1:6: undefined: undefinedName"},
		{"type T struct{} --- func (T) M() {} --- func (T) M() {}", "In[3] line 1: method T.M is declared a second time"},
		{"type T struct{}\nt := T{} --- func (T) String() string { return \"\" } --- t", "In[3] line 1: t has the T of before In[2] gave it methods"},
		{"var a any\nfunc f() (any, int) { return a, 1 } --- f()", "In[2] line 1: the results of the last expression cannot be printed"},
		{"40 --- _ + 2", "In[2] line 1: _ and Out[n] are results of earlier cells"},
		{"40 --- x := 1\nfmt.Println(Out[1])", "In[2] line 2: _ and Out[n] are results of earlier cells"},
		{"n := len(os.Args) --- f := ray.Remote[int](func() int { return n })", "In[2] line 1: this function runs in other processes and uses n of In[1]"},
		{"n := len(os.Args)\nfunc g() int { return n } --- func f() int { return g() } --- ray.Remote[int](f)", "In[3] line 1: this function runs in other processes and uses n of In[1]"},
		{"e := errors.New(os.Args[0]) --- f := ray.Remote[int](func() (int, error) { return 0, e })", "In[2] line 1: this function runs in other processes and uses e of In[1]"},
		{"e := errors.New(\"bad\") --- e = nil --- f := ray.Remote[int](func() (int, error) { return 0, e })", "In[3] line 1: this function runs in other processes and uses e of In[1]"},
		{"r := regexp.MustCompile(\"a|ab\")\nr.Longest() --- f := ray.Remote[bool](func() bool { return r.MatchString(\"a\") })", "In[2] line 1: this function runs in other processes and uses r of In[1]"},
		{"var a any = 3 --- f := ray.Remote[int](func() int { return a.(int) })", "In[2] line 1: this function runs in other processes and uses a of In[1]"},
	} {
		var nb export.Notebook
		for cell := range strings.SplitSeq(c.cells, "---") {
			nb.Cells = append(nb.Cells, export.Cell{Source: strings.Trim(cell, " ")})
		}
		_, err := export.Program(t.Context(), nb, export.Options{Packages: session.Packages(plugins())})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s\ngives %v\nwant %s", c.cells, err, c.want)
		}
		var refused *export.Error
		if strings.Contains(c.want, " line ") && (!errors.As(err, &refused) || refused.Hint == "") {
			t.Errorf("%v is no Error with a hint", err)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"{":              "no notebook",
		`{"nbformat":3}`: "nbformat 3",
		`{"nbformat":4,"metadata":{"kernelspec":{"language":"python"}}}`: "language is python",
	} {
		if _, err := export.ReadNotebook(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
