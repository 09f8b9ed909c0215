package session_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/goray/goray/kernel/session"
)

// What magics run is kept as what a cell runs itself.
func TestDeclarationsOfMagicsOutliveTheProcess(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.go"), []byte("package main\n\nfunc fromFile() int { return 3 }\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	l := live(t)
	l.run("x := 0")
	l.try("%%time\ntype T struct{ N int }\nv := T{7}")
	l.try("%run " + filepath.Join(dir, "a.go"))
	l.try("func afterExit() int { return 4 }\nos.Exit(3)")
	l.run("_private := 5")
	said := l.dies("syscall.Kill(os.Getpid(), syscall.SIGKILL); select {}")
	if !strings.Contains(said, "Restored: _private, v, x.") || strings.Contains(said, "Lost") {
		t.Error(said)
	}
	l.wants("fmt.Sprint(v.N, fromFile(), afterExit(), _private)", `"7 3 4 5"`)
}

// Nothing to undo is no step: an empty cell, a comment that %help stands beside, a user expression.
func TestWhatRunsNothingIsNoStep(t *testing.T) {
	l := live(t)
	l.run("x := 1")
	l.run("x = 2")
	for _, cell := range []string{"", " \n", "// a comment", "%who", "!true", "%cd .", "undefined_name"} {
		l.i++
		l.s.Run(t.Context(), session.Request{Number: l.i, Source: cell, Expressions: map[string]string{"e": "1 + 1"}})
	}
	l.run("%undo")
	l.wants("x", "1")
}

// %timeit takes an expression too; what is wrong is told as it was written.
func TestTimeitOfAnExpression(t *testing.T) {
	l := live(t)
	l.run("x := 2")
	if f := l.try("%timeit x * 2"); f.Failure != nil || !strings.Contains(l.n.take(), "each, of ") {
		t.Errorf("%+v", f.Failure)
	}
	if f := l.try("%timeit nothing(x)"); f.Failure == nil || !strings.Contains(f.Failure.Value, "1:15: undefined: nothing") {
		t.Errorf("%+v", f.Failure)
	}
}

// A question that nobody has answered ends with its cell; one that is interrupted is no other error.
func TestQuestionsEndWithTheirCell(t *testing.T) {
	if _, err := os.ReadFile("/proc/self/syscall"); err != nil {
		t.Skip("/proc/self/syscall is absent")
	}
	asked := make(chan bool, 1)
	n := &notes{wake: make(chan struct{}, 1), wait: func(ctx context.Context) { asked <- true; <-ctx.Done() }}
	s := session.Supervise(session.Command(os.Args[0], realChild), n)
	t.Cleanup(s.Close)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-asked; cancel() }()
	f := s.Run(ctx, session.Request{Number: 1, Source: "var word string; fmt.Scan(&word)", AllowStdin: true})
	if f.Failure == nil || f.Failure.Name != "Interrupted" {
		t.Errorf("interrupted: %+v", f.Failure)
	}
	again, stop := context.WithCancel(t.Context())
	go func() { <-asked; stop() }()
	f = s.Run(again, session.Request{Number: 2, Source: "display.Input(\"a word\", false)", AllowStdin: true})
	if f.Failure == nil || f.Failure.Name != "Interrupted" {
		t.Errorf("interrupted: %+v", f)
	}
	ended := make(chan session.Finished)
	go func() {
		ended <- s.Run(t.Context(), session.Request{Number: 3, Source: "go func() { var word string; fmt.Scan(&word) }()\nready := make(chan bool)\n<-ready", AllowStdin: true})
	}()
	<-asked
	go s.Run(t.Context(), session.Request{Number: 4, Side: true, Source: "close(ready)"})
	if f := <-ended; f.Failure != nil {
		t.Errorf("the cell ended with %+v", f.Failure)
	}
}

// alive says whether a process is there, and is no corpse.
func alive(pid int) bool {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, after, ok := strings.Cut(string(b), ") ")
	return err == nil && ok && after[0] != 'Z'
}

func eventually(t *testing.T, what string, f func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(10 * time.Second); !f(); <-tick.C {
		if time.Now().After(end) {
			t.Fatal(what)
		}
	}
}

func TestCommandsEndWithTheirProcess(t *testing.T) {
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		t.Skip("/proc is absent")
	}
	l := live(t)
	var session, command int
	fmt.Sscan(l.run("os.Getpid()"), &session)
	done := make(chan bool)
	go func() { defer close(done); l.try("!echo command $$; trap '' INT; sleep 1000; true") }()
	l.n.saw(t, "command ")
	eventually(t, "the line is not whole", func() bool {
		_, after, _ := strings.Cut(l.n.text(), "command ")
		n, _ := fmt.Sscanf(after, "%d\n", &command)
		return n == 1 && strings.Contains(after, "\n")
	})
	eventually(t, "the kernel is not told of the command", func() bool { return l.s.Commands() == 1 })
	syscall.Kill(session, syscall.SIGKILL)
	<-done
	eventually(t, "the command outlives its session", func() bool { return !alive(command) })
}

// %capture does not wait for commands that the cell leaves behind.
func TestCapture(t *testing.T) {
	l := live(t)
	file := filepath.Join(t.TempDir(), "out")
	if f := l.try("%capture " + file + "\n!echo shell; sleep 5 &\nfmt.Println(\"cell\")"); f.Failure != nil {
		t.Fatal(f.Failure)
	}
	l.try("fmt.Println(\"not captured\")")
	b, err := os.ReadFile(file)
	if err != nil || string(b) != "shell\ncell\n" {
		t.Errorf("captured %q, %v", b, err)
	}
	if said := l.n.take(); !strings.Contains(said, "shell\ncell\nnot captured\n") {
		t.Errorf("said %q", said)
	}
}

// A method that says how a value looks is stopped by an interrupt, and not only left behind.
func TestMethodsOfResultsAreStopped(t *testing.T) {
	l := live(t)
	l.run("type Hang struct{}\nvar hanging atomic.Int64\nfunc (Hang) String() string { for { hanging.Add(1); if hanging.Load() == 1 { fmt.Println(\"in String\") } } }")
	ctx, cancel := context.WithCancel(t.Context())
	go func() { l.n.saw(t, "in String"); cancel() }()
	l.i++
	if f := l.s.Run(ctx, session.Request{Number: l.i, Source: "Hang{}"}); f.Failure == nil || f.Failure.Name != "Interrupted" {
		t.Fatalf("%+v", f.Failure)
	}
	eventually(t, "String goes on", func() bool {
		return text(l.try("n := hanging.Load(); time.Sleep(20 * time.Millisecond); n == hanging.Load()")) == "true"
	})
}
