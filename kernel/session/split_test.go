package session

import (
	"fmt"
	"strings"
	"testing"
)

func TestSplit(t *testing.T) {
	for _, c := range []struct{ source, want string }{
		{"x := 1\nx % 2", "go0 x := 1|x % 2"},
		{"!ls -l", "sh0 ls -l"},
		{"x := 1\n!ls\nx", "go0 x := 1 / sh1 ls / go2 x"},
		{"%time f(3)\n  %who", "line0 time f(3) / line1 who"},
		{"$ ls", "sh0 ls"},
		{"a := `\n!no\n%no\n`", "go0 a := `|!no|%no|`"},
		{"/*\n!no\n*/", "go0 /*|!no|*/"},
		{"ok := a &&\n!b", "go0 ok := a &&|!b"},
		{"f(a,\n!b)", "go0 f(a,|!b)"},
		{"if x {\n!y()\n}", "go0 if x {|!y()|}"},
		{"f() // why?\n!ls", "go0 f() // why? / sh1 ls"},
		{"%%bash -x\necho hi\n!not", "cell1 bash -x: echo hi|!not"},
		{"\n%%\nx", "cell2 : x"},
		{"ray.Init?", "help0 ray.Init: ?"},
		{" x?? ", "help0 x: ??"},
		{"?x", "help0 x: ?"},
		{"", "go0 "},
		{"s := \"100%\"", "go0 s := \"100%\""},
	} {
		var got []string
		for _, p := range split(c.source) {
			s := fmt.Sprintf("%s%d %s", []string{"go", "line", "cell", "sh", "help"}[p.kind], p.line, strings.TrimRight(p.text, "\n"))
			if p.body != "" {
				s += ": " + p.body
			}
			got = append(got, strings.ReplaceAll(s, "\n", "|"))
		}
		if s := strings.Join(got, " / "); s != c.want {
			t.Errorf("%q: %s, want %s", c.source, s, c.want)
		}
		if m := mask(c.source); len(m) != len(c.source) {
			t.Errorf("%q masked is %q", c.source, m)
		}
	}
}

func FuzzSplit(f *testing.F) {
	f.Add("x := 1\n!ls\nx")
	f.Add("%%bash\n`")
	f.Add("`\n%who")
	f.Add("?x")
	f.Fuzz(func(t *testing.T, source string) {
		split(source)
		if m := mask(source); len(m) != len(source) {
			t.Errorf("%q masked is %q", source, m)
		}
	})
}

func TestUnknownMagic(t *testing.T) {
	for _, c := range []struct{ mark, name, says string }{
		{"%", "tiem", "did you mean %time?"},
		{"%", "bash", "write %%bash as the first line"},
		{"%%", "who", "write %who"},
		{"%%", "writfile", "did you mean %%writefile?"},
		{"%", "matplotlib", "%help lists them"},
	} {
		if got := unknownMagic(c.mark, c.name); !strings.Contains(got, c.says) {
			t.Errorf("%s%s: %s", c.mark, c.name, got)
		}
	}
}
