package session_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/goray/goray/kernel/display"
	"github.com/goray/goray/kernel/engine"
	"github.com/goray/goray/kernel/plugin"
	"github.com/goray/goray/kernel/session"
	"github.com/goray/goray/kernel/session/sessiontest"
)

// printed runs f and returns what it writes to standard output.
func printed(t *testing.T, f func()) string {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	old := os.Stdout
	os.Stdout = w
	got := make(chan string)
	go func() { b, _ := io.ReadAll(r); got <- string(b) }()
	f()
	os.Stdout = old
	w.Close()
	return <-got
}

func open(t *testing.T, cfg session.Config) *session.Local {
	t.Helper()
	l, err := session.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func TestMagics(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	t.Setenv("GORAY_MAGIC", "old")
	l := open(t, sessiontest.Config())
	for _, c := range []struct{ cell, prints, fails string }{
		{"%who", "no variables yet\n", ""},
		{"set alpha\n%who", "alpha  int   In[1]", ""},
		{"%time print x", "x\nwall time: ", ""},
		{"%%time\nprint x\nprint y", "x\ny\nwall time: ", ""},
		{"%env GORAY_MAGIC", "old\n", ""},
		{"%env GORAY_MAGIC=new\n!echo $GORAY_MAGIC", "new\n", ""},
		{"%env GORAY_NONE", "", "is not set"},
		{"%%writefile a.txt\none", "wrote a.txt\n", ""},
		{"%%writefile -a a.txt\ntwo", "appended to a.txt\n", ""},
		{"print before\n!cat a.txt\nprint after", "before\none\ntwo\nafter\n", ""},
		{"%%sh\nfor i in 1 2; do echo $i; done", "1\n2\n", ""},
		{"%%bash\nexit 3", "", "exit status 3"},
		{"!exit 4", "", ""},
		{"!command -v " + filepath.Base(os.Args[0]), filepath.Base(os.Args[0]) + "\n", ""},
		{"%cd ..", filepath.Dir(dir) + "\n", ""},
		{"%cd /nowhere", "", "no such file"},
		{"%about", "engine test", ""},
		{"%help", "%%writefile [-a] file", ""},
		{"!pip install ray", "nothing needs to be installed", ""},
		{"%reset\n%who", "no variables yet\n", ""},
		{"%tiem x", "", "did you mean %time"},
		{"nothing?", "", "no such name"},
		{"%%\nprint rest", "rest\n", ""},
		{"%history 1", "In[1]: %%\n    print rest\n", ""},
		{"%timeit set", "each, of ", ""},
		{"%%writefile b.go\n// about\npackage main\nprint b", "wrote b.go", ""},
		{"%run b.go", "b\n", ""},
		{"%run none.go", "", "none.go"},
		{"%load none.go", "", "none.go"},
	} {
		var out session.Outcome
		got := printed(t, func() { out = l.Execute(t.Context(), engine.Cell{Number: 1, Source: c.cell}) })
		failed := ""
		if out.Err != nil {
			failed = out.Err.Error()
		}
		if !strings.Contains(got, c.prints) || (failed != "") != (c.fails != "") || !strings.Contains(failed, c.fails) {
			t.Errorf("%q: printed %q, error %q", c.cell, got, failed)
		}
	}
}

func TestLinesOfErrorsCountInTheWholeCell(t *testing.T) {
	l := open(t, sessiontest.Config())
	for _, c := range []struct {
		cell string
		line int
	}{{"fail", 1}, {"!true\n\nfail", 3}, {"%time fail", 1}, {"!true\n%time fail", 2}, {"%%time\nprint\nfail", 3}, {"\n%%\nfail", 3}} {
		var compile *engine.CompileError
		var out session.Outcome
		printed(t, func() { out = l.Execute(t.Context(), engine.Cell{Number: 1, Source: c.cell}) })
		if !errors.As(out.Err, &compile) || compile.Diagnostics[0].Line != c.line {
			t.Errorf("%q: %v, want line %d", c.cell, out.Err, c.line)
		}
	}
}

func TestInspectionPages(t *testing.T) {
	l := open(t, sessiontest.Config())
	for cell, source := range map[string]bool{"value?": false, "value??": true} {
		out := l.Execute(t.Context(), engine.Cell{Source: cell})
		if out.Err != nil || len(out.Pages) != 1 {
			t.Fatalf("%s: %+v", cell, out)
		}
		html, _ := out.Pages[0].Data[display.MIMETypeHTML].(string)
		text, _ := out.Pages[0].Data[display.MIMETypeText].(string)
		if !strings.Contains(html, "&lt;int&gt;") || !strings.Contains(text, "value is a result.") || strings.Contains(text, "{}") != source {
			t.Errorf("%s: %q %q", cell, html, text)
		}
	}
}

func TestCellsShownAsTheyAre(t *testing.T) {
	l := open(t, sessiontest.Config())
	for name, mime := range map[string]string{"html": display.MIMETypeHTML, "markdown": display.MIMETypeMarkdown, "svg": display.MIMETypeSVG, "latex": display.MIMETypeLatex} {
		out := l.Execute(t.Context(), engine.Cell{Source: "%%" + name + "\n<i>!x</i>\n%who"})
		if out.Err != nil || out.Result == nil || out.Result.Data[mime] != "<i>!x</i>\n%who" {
			t.Errorf("%s: %+v", name, out)
		}
	}
}

func TestShellCommandStopsWithAllItStarted(t *testing.T) {
	l := open(t, sessiontest.Config())
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	start := time.Now()
	out := l.Execute(ctx, engine.Cell{Source: "!trap '' INT; sleep 30 & sleep 30; wait"})
	if out.Err == nil || time.Since(start) > 5*time.Second {
		t.Errorf("%v after %v", out.Err, time.Since(start))
	}
}

func TestCompletionOfMagics(t *testing.T) {
	l := open(t, sessiontest.Config())
	c := l.Complete("print x\n  %wh", 13)
	if len(c.Items) != 1 || c.Items[0].Text != "%who" || c.Start != 10 || c.End != 13 {
		t.Errorf("%+v", c)
	}
	if c := l.Complete("é", 1); c.End > 2 {
		t.Errorf("%+v", c)
	}
	for source, want := range map[string]engine.Completeness{"": "complete", "!ls": "complete", "%%bash\nif {": "complete", "f {": "incomplete", "!ls {\nf {": "incomplete", "x?": "complete"} {
		if got, _ := l.IsComplete(source); got != want {
			t.Errorf("%q is %s", source, got)
		}
	}
}

// probe is a plugin that notes what happens to it.
type probe struct {
	host plugin.Host
	log  []string
}

func (p *probe) Name() string               { return "probe" }
func (p *probe) Packages() []engine.Package { return nil }
func (p *probe) Start(h plugin.Host) error  { p.host = h; p.log = append(p.log, "start"); return nil }
func (p *probe) Close() error               { p.log = append(p.log, "close"); return nil }

// shown is a screen that says when something is shown.
type shown struct {
	display.Screen
	display func()
}

func (s *shown) Display(string, display.Bundle) { s.display() }

func TestPlugin(t *testing.T) {
	p := &probe{}
	cfg := sessiontest.Config()
	cfg.Plugins, cfg.Screen = []plugin.Plugin{p}, &shown{Screen: display.Terminal()}
	l := open(t, cfg)
	between := p.host.CellContext()
	ctx, cancel := context.WithCancel(t.Context())
	cfg.Screen.(*shown).display = func() {
		if p.host.CellContext() == between {
			t.Error("the running cell has no context of its own")
		}
		cancel()
	}
	out := l.Execute(ctx, engine.Cell{Source: "display here\nblock"})
	if !errors.Is(out.Err, engine.ErrInterrupted) || between.Err() != nil {
		t.Errorf("%v, session's context %v", out.Err, between.Err())
	}
	l.Execute(t.Context(), engine.Cell{Source: "%reset"})
	if got := strings.Join(p.log, " "); got != "start close start" {
		t.Error(got)
	}
	l.Close()
	if between.Err() == nil {
		t.Error("the session's context goes on after the session")
	}
}
