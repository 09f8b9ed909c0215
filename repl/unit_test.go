package repl

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestComplete(t *testing.T) {
	braces := (&script{}).IsComplete
	for _, c := range []struct {
		cell        string
		typed, want bool
	}{
		{"x\n", true, true}, {"{\n", true, false}, {"{\n\n\n", true, true}, {"{\n\n\n", false, false}, {"{\n}\n", false, true},
		{"%%bash\nls\n", true, false}, {"%%bash\nls\n\n", true, true}, {"!ls {\n", true, true}, {"?f\n", true, true},
		{"f?\n", true, true}, {":help\n", true, true}, {"\n", true, true},
	} {
		if got := complete(braces, c.cell, c.typed); got != c.want {
			t.Errorf("complete(%q, typed %v) = %v", c.cell, c.typed, got)
		}
	}
}

func TestSplitScript(t *testing.T) {
	got := splitScript("// %% one\na\nb\n\n// %%\n\n// %% three\nc")
	if want := []string{"\na\nb\n\n", "\n\n\n\n\n\n\nc"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

func TestIsProgram(t *testing.T) {
	for source, want := range map[string]bool{
		"package main\n\nfunc main() {}\n": true, "// hello\npackage main": true, "x := 1\n": false, "": false, "func f() {}": false,
		"packages := 3": false,
	} {
		if isProgram([]byte(source)) != want {
			t.Errorf("isProgram(%q) is not %v", source, want)
		}
	}
}

func TestHighlight(t *testing.T) {
	for _, source := range []string{
		"func f(s string) int { return len(s) + 1 } // done", "x := `a\n\tb` + \"c", "/* open", "'a", "\x00\xff", "日本 := 1.5i", "!ls -l", "",
		"a\r\nb := `x\r\ny`\n",
	} {
		coloured := highlight(source)
		if stripEscapes(coloured) != source {
			t.Errorf("highlight(%q) = %q", source, coloured)
		}
	}
	if got := highlight("return 1"); got != "\x1b[35mreturn\x1b[0m \x1b[36m1\x1b[0m" {
		t.Errorf("%q", got)
	}
}

func TestImages(t *testing.T) {
	env := func(pairs ...string) func(string) string {
		return func(name string) string {
			for i := 0; i < len(pairs); i += 2 {
				if pairs[i] == name {
					return pairs[i+1]
				}
			}
			return ""
		}
	}
	for _, c := range []struct {
		env  func(string) string
		want imageProtocol
		sure bool
	}{
		{env("TERM", "xterm-256color"), noImages, false}, {env("TERM", "xterm-kitty"), kittyImages, true},
		{env("TERM_PROGRAM", "iTerm.app"), itermImages, true}, {env("TERM", "xterm-kitty", "TMUX", "/tmp/x"), noImages, false},
		{env("TERM", "xterm-kitty", "GORAY_IMAGES", "none"), noImages, true}, {env("GORAY_IMAGES", "sixel"), sixelImages, true},
	} {
		if got, sure := imagesOf(c.env); got != c.want || sure != c.sure {
			t.Errorf("%v %v, want %v %v", got, sure, c.want, c.sure)
		}
	}
	long := kittySequence(make([]byte, 10000), 0)
	if n := strings.Count(long, "\x1b_G"); n != 4 || !strings.Contains(long, "m=0;") {
		t.Errorf("%d chunks", n)
	}
	if got := itermSequence([]byte("x")); got != "\x1b]1337;File=inline=1;size=1:eA==\a\n" {
		t.Errorf("%q", got)
	}
}

func TestHistory(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "history")
	h, err := openHistory(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, cell := range []string{"a", "b\nc\n", "b\nc", "", "日本"} {
		if err := h.Write(cell); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(path, append(must(os.ReadFile(path)), "not json\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	again, err := openHistory(path)
	if want := []string{"a", "b\nc", "日本"}; err != nil || !slices.Equal(again.items, want) {
		t.Errorf("%q %v", again.items, err)
	}
	if _, err := openHistory(t.TempDir()); err == nil {
		t.Error("a directory was read as a history")
	}
	none := func(string) string { return "" }
	if historyPath("", none) != "" || historyPath("-", os.Getenv) != "" || historyPath("x", none) != "x" {
		t.Error("historyPath")
	}
}

// TestHistoryIsShortened: a file of twice the size is written anew, with the newest cells.
func TestHistoryIsShortened(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history")
	lines := func() int { return bytes.Count(must(os.ReadFile(path)), []byte("\n")) }
	fill := func(from, to int, pad string) {
		t.Helper()
		var text bytes.Buffer
		for i := from; i < to; i++ {
			fmt.Fprintf(&text, "\"cell %d%s\"\n", i, pad)
		}
		if err := os.WriteFile(path, text.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	fill(0, 2*maxHistory, "")
	if h, err := openHistory(path); err != nil || h.Len() != maxHistory || lines() != 2*maxHistory {
		t.Errorf("%d cells, %d lines, %v", h.Len(), lines(), err)
	}
	fill(0, 2*maxHistory+1, "")
	h, err := openHistory(path)
	if last := fmt.Sprintf("cell %d", 2*maxHistory); err != nil || lines() != maxHistory || h.At(h.Len()-1) != last {
		t.Errorf("%d lines, %v", lines(), err)
	}
	fill(0, 40, strings.Repeat("x", maxBytes/19))
	if _, err := openHistory(path); err != nil || lines() != 18 {
		t.Errorf("%d lines of many bytes, %v", lines(), err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	before := lines()
	if err := h.Write(strings.Repeat("y", maxItem+1)); err != nil || lines() != before || len(h.At(h.Len()-1)) != maxItem+1 {
		t.Errorf("a huge cell: %d lines, %v", lines(), err)
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestGroups(t *testing.T) {
	source := "import \"fmt\"\ntype T int\nfunc (t T) M() {}\nfunc f() {}\nimport \"os\"\nx := 1\nvar a = 1\nvar a = 2\nvar b = 3\nprint\n"
	g := groupReader{in: newPlainReader(strings.NewReader(source), func(string) bool { return true })}
	var got []string
	for {
		cell, err := g.read(1)
		if err != nil {
			break
		}
		got = append(got, cell)
	}
	want := []string{"import \"fmt\"\ntype T int\nfunc (t T) M() {}\nfunc f() {}\n", "import \"os\"\n", "x := 1\n", "var a = 1\n", "var a = 2\nvar b = 3\n", "print\n"}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

func TestStripEscapes(t *testing.T) {
	for text, want := range map[string]string{
		"plain\n":                "plain\n",
		"\x1b[1;31mred\x1b[0m\n": "red\n",
		"\x1b]0;title\aa":        "a",
		"\x1b]8;;https://x.y\x1b\\link\x1b]8;;\x1b\\": "link",
		"a\x1b(Bb\x1b7c": "abc",
		"\x1bPq#0\x1b\\sixel, \x1b_Gm=1;AA\x1b\\kitty": "sixel, kitty",
		"cut \x1b]0;off": "cut ",
		"cut \x1b[3":     "cut ",
	} {
		if got := stripEscapes(text); got != want {
			t.Errorf("%q leaves %q, want %q", text, got, want)
		}
	}
}
