package session_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/goray/goray/kernel/session"
	"github.com/goray/goray/kernel/session/sessiontest"
)

// notes is a sink that writes down what it is told, in order.
type notes struct {
	mu     sync.Mutex
	log    strings.Builder
	answer func(prompt string) (string, error)
	wait   func(context.Context) // instead of an answer
	wake   chan struct{}
}

func (n *notes) write(format string, args ...any) {
	n.mu.Lock()
	defer n.mu.Unlock()
	fmt.Fprintf(&n.log, format, args...)
	select {
	case n.wake <- struct{}{}:
	default:
	}
}

func (n *notes) Begin(uint64)                           {}
func (n *notes) Stream(_ uint64, _ string, text []byte) { n.write("%s", text) }
func (n *notes) Show(s session.Shown)                   { n.write("<%v %s %s>", s.Update, s.ID, s.Data["text/html"]) }
func (n *notes) Clear(_ uint64, wait bool)              { n.write("<clear %v>", wait) }
func (n *notes) Input(ctx context.Context, _ uint64, prompt string, _ bool) (string, error) {
	n.write("<ask %s>", prompt)
	if n.wait != nil {
		n.wait(ctx)
		return "", ctx.Err()
	}
	return n.answer(prompt)
}

func (n *notes) take() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	s := n.log.String()
	n.log.Reset()
	return s
}

func (n *notes) text() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.log.String()
}

// saw waits until text was written.
func (n *notes) saw(t *testing.T, text string) {
	t.Helper()
	deadline := time.After(10 * time.Second)
	for {
		n.mu.Lock()
		have := strings.Contains(n.log.String(), text)
		n.mu.Unlock()
		if have {
			return
		}
		select {
		case <-n.wake:
		case <-deadline:
			t.Fatalf("%q never came, only %q", text, n.take())
		}
	}
}

func supervise(t *testing.T) (*session.Supervisor, *notes) {
	t.Helper()
	n := &notes{wake: make(chan struct{}, 1), answer: func(string) (string, error) { return "Ada", nil }}
	s := session.Supervise(sessiontest.Start, n)
	t.Cleanup(s.Close)
	return s, n
}

func text(f session.Finished) (s string) {
	if f.Result != nil {
		json.Unmarshal(f.Result.Data["text/plain"], &s)
	}
	return s
}

func TestRun(t *testing.T) {
	s, n := supervise(t)
	for _, c := range []struct{ cell, printed, result, fails string }{
		{"value 7", "", "7", ""},
		{"eprint b", "b\n", "", ""},
		{"print a\nnamed x <b>\nprint c\nupdate x d\nclear\nprint e", "a\n<false x \"\\u003cb\\u003e\">c\n<true x \"d\"><clear false>e\n", "", ""},
		{"fault no file", "", "no file", ""},
		{"fail", "", "", "CompileError"},
		{"panic oops", "", "", "panic"},
		{"explode", "", "", "EngineError"},
		{"input who?", "<ask who?>Ada\n", "", ""},
		{"string <x>", "", `"<x>"`, ""},
		{"raw c3a4", "ä", "", ""},
	} {
		f := s.Run(t.Context(), session.Request{Number: 3, Source: c.cell, AllowStdin: true})
		name := ""
		if f.Failure != nil {
			name = f.Failure.Name
		}
		got := n.take()
		if name != c.fails || text(f) != c.result || got != c.printed {
			t.Errorf("%q: failure %+v, result %q, printed %q", c.cell, f.Failure, text(f), got)
		}
	}
}

func TestOrderOfOutput(t *testing.T) {
	s, n := supervise(t)
	var cell, want strings.Builder
	for i := range 50 {
		fmt.Fprintf(&cell, "print %d\nnamed x %d\n", i, i)
		fmt.Fprintf(&want, "%d\n<false x \"%d\">", i, i)
	}
	s.Run(t.Context(), session.Request{Number: 1, Source: cell.String()})
	if got := n.take(); got != want.String() {
		t.Errorf("got %q", got)
	}
}

func TestInterrupt(t *testing.T) {
	s, n := supervise(t)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { n.saw(t, "now"); cancel() }()
	f := s.Run(ctx, session.Request{Number: 1, Source: "print now\nblock"})
	if f.Failure == nil || f.Failure.Name != "Interrupted" {
		t.Errorf("got %+v", f.Failure)
	}
	if f := s.Run(t.Context(), session.Request{Number: 2, Source: "value 2"}); text(f) != "2" {
		t.Errorf("after it: %+v", f)
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if f := s.Run(over, session.Request{Number: 3, Source: "block"}); f.Failure == nil || f.Failure.Name != "Interrupted" {
		t.Errorf("interrupted before it began: %+v", f.Failure)
	}
}

func TestDeath(t *testing.T) {
	s, n := supervise(t)
	run := func(source string) session.Finished {
		t.Helper()
		return s.Run(t.Context(), session.Request{Number: 1, Source: source})
	}
	if f := run("func kept() {}"); f.Failure != nil {
		t.Fatal(f.Failure)
	}
	n.take()
	if run("eprint a\neprint panic: only said so\neprint b"); n.take() != "a\npanic: only said so\nb\n" {
		t.Error("output that looks like a dump is lost")
	}
	for _, c := range []struct{ cell, says string }{
		{"set x\nset y\nexit 3", "exit status 3"},
		{"eprint last words\nfatal", "fatal error: sync: unlock of unlocked mutex"},
	} {
		run("set alpha")
		f := run(c.cell)
		if f.Failure == nil || f.Failure.Name != "SessionError" {
			t.Fatalf("%q: %+v", c.cell, f)
		}
		for _, want := range []string{c.says, "the functions and types of one cell", "Lost: alpha ("} {
			if !strings.Contains(f.Failure.Value, want) {
				t.Errorf("%q: no %q in %q", c.cell, want, f.Failure.Value)
			}
		}
		if said := n.take(); strings.Contains(said, "goroutine ") || strings.Contains(c.cell, "words") != strings.Contains(said, "last words\n") {
			t.Errorf("%q printed %q", c.cell, said)
		}
		if trace := strings.Join(f.Failure.Traceback, "\n"); strings.Contains(c.cell, "fatal") != strings.Contains(trace, "goroutine ") {
			t.Errorf("%q: traceback %s", c.cell, trace)
		}
		if f := run("value 4"); text(f) != "4" {
			t.Errorf("after it: %+v", f)
		}
	}
	done := make(chan session.Finished)
	n.take()
	go func() { done <- run("print now\nstubborn") }()
	n.saw(t, "now")
	s.Kill()
	if f := <-done; f.Failure == nil || !strings.Contains(f.Failure.Value, "signal: killed") {
		t.Errorf("killed: %+v", f.Failure)
	}
}

func TestChildThatDoesNotStart(t *testing.T) {
	t.Setenv("GORAY_TEST_BROKEN", "1")
	s, _ := supervise(t)
	for range 2 {
		f := s.Run(t.Context(), session.Request{Number: 1, Source: "value 1"})
		if f.Failure == nil || !strings.Contains(f.Failure.Value, "broken on purpose") {
			t.Fatalf("got %+v", f.Failure)
		}
	}
	os.Unsetenv("GORAY_TEST_BROKEN")
	if f := s.Run(t.Context(), session.Request{Number: 1, Source: "value 1"}); text(f) != "1" {
		t.Errorf("mended: %+v", f.Failure)
	}
	none := session.Supervise(session.Command("/nowhere/goray"), &notes{})
	defer none.Close()
	if f := none.Run(t.Context(), session.Request{}); f.Failure == nil || !strings.Contains(f.Failure.Value, "/nowhere/goray") {
		t.Errorf("no program: %+v", f.Failure)
	}
}

func TestStandardInput(t *testing.T) {
	if _, err := os.ReadFile("/proc/self/syscall"); err != nil {
		t.Skip("/proc/self/syscall is absent")
	}
	s, n := supervise(t)
	f := s.Run(t.Context(), session.Request{Number: 1, Source: "scan\nscan", AllowStdin: true})
	if got := n.take(); f.Failure != nil || got != "<ask >scanned Ada\n<ask >scanned Ada\n" {
		t.Errorf("asked: %+v %q", f.Failure, got)
	}
	f = s.Run(t.Context(), session.Request{Number: 2, Source: "scan"})
	if f.Failure == nil || f.Failure.Name != "StdinNotImplementedError" {
		t.Errorf("refused: %+v", f.Failure)
	}
	n.take()
	f = s.Run(t.Context(), session.Request{Number: 3, Source: "scan", AllowStdin: true})
	if got := n.take(); f.Failure != nil || got != "<ask >scanned Ada\n" {
		t.Errorf("asked again: %+v %q", f.Failure, got)
	}
}

func TestQueriesWhileACellRuns(t *testing.T) {
	s, n := supervise(t)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); s.Run(ctx, session.Request{Number: 1, Source: "print now\nblock"}) }()
	n.saw(t, "now")
	c, err := s.Complete(t.Context(), "a.b", 3)
	if err != nil || len(c.Items) != 2 || c.Items[0].Text != "a.bOne" {
		t.Errorf("complete: %+v %v", c, err)
	}
	in, ok, err := s.Inspect(t.Context(), "value", 2, 1)
	if !ok || err != nil || in.Source == "" {
		t.Errorf("inspect: %+v %v %v", in, ok, err)
	}
	status, indent, err := s.IsComplete(t.Context(), "func f() {")
	if status != "incomplete" || indent != "\t" || err != nil {
		t.Errorf("is complete: %s %q %v", status, indent, err)
	}
	cancel()
	<-done
}

// The child must not outlive its kernel.
func TestChildEndsWithItsKernel(t *testing.T) {
	p, err := sessiontest.Start()
	if err != nil {
		t.Fatal(err)
	}
	p.Conn.Close()
	ended := make(chan string, 1)
	go func() { ended <- p.Wait() }()
	select {
	case state := <-ended:
		if state != "exit status 0" {
			t.Errorf("ended with %s", state)
		}
	case <-time.After(10 * time.Second):
		p.Kill()
		t.Error("the child lives on")
		<-ended
	}
	p.Stdout.Close()
	p.Stderr.Close()
}
