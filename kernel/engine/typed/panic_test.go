package typed

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/goray/goray/kernel/engine"
)

func frames(fs []engine.Frame) string {
	var out []string
	for _, f := range fs {
		out = append(out, fmt.Sprintf("%s %s:%d", f.Function, f.Cell, f.Line))
	}
	return strings.Join(out, ", ")
}

func TestPanic(t *testing.T) {
	s := newSession(t, engine.Config{})
	do(t, s, 1, "func f(i int) int {\n\ta := []int{1}\n\treturn a[i]\n}\ntype T struct{ n *int }\nfunc (t *T) Get() int { return *t.n }\ntype P struct{}\nfunc (p P) String() string { return fmt.Sprint(p) }")
	for name, c := range map[string]struct{ src, value, frames string }{
		"index":       {"\nf(5)", "index out of range [5] with length 1", "f In[1]:3, cell In[2]:2"},
		"nil":         {"t := &T{}\nt.Get()", "nil pointer", "(*T).Get In[1]:6, cell In[2]:2"},
		"explicit":    {"panic(fmt.Errorf(\"own\"))", "own", "cell In[2]:1"},
		"closure":     {"g := func() {\n\tpanic(\"x\")\n}\ng()", "x", "cell.func1 In[2]:2, cell In[2]:4"},
		"callback":    {"sort.Slice([]int{2, 1}, func(i, j int) bool { return f(3) > 0 })", "index out of range", "f In[1]:3, cell.func1 In[2]:1, cell In[2]:1"},
		"deferred":    {"func() {\n\tdefer func() { f(2) }()\n\tf(1)\n}()", "index out of range [2]", "f In[1]:3, cell.func1.1 In[2]:2, cell.func1 In[2]:3, cell In[2]:4"},
		"compiled":    {"strings.Repeat(\"x\", -1)", "negative Repeat count", "cell In[2]:1"},
		"map":         {"var m map[string]int\nm[\"a\"] = 1", "assignment to entry in nil map", "cell In[2]:2"},
		"assertion":   {"var x any = 1\n_ = x.(string)", "interface conversion", "cell In[2]:2"},
		"division":    {"z := 0\n1 / z", "divide by zero", "cell In[2]:2"},
		"overflow":    {"var rec func(int) int\nrec = func(n int) int { return rec(n + 1) }\nrec(0)", "stack overflow", "cell.func1 In[2]:2"},
		"deep defers": {"var rec func(int) int\nrec = func(n int) int { defer func() { n++ }(); return rec(n + 1) }\nrec(0)", "stack overflow", "cell.func1 In[2]:2"},
		"close":       {"var c chan int\nclose(c)", "close of nil channel", "cell In[2]:2"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := execute(s, 2, c.src)
			var p *engine.PanicError
			if !errors.As(err, &p) {
				t.Fatalf("Execute = %v, want a panic", err)
			}
			if !strings.Contains(p.Error(), c.value) {
				t.Errorf("value %q, want %q", p.Error(), c.value)
			}
			if got := frames(p.Frames); !strings.HasPrefix(got, c.frames) {
				t.Errorf("frames\n\t%.300s\nwant\n\t%s", got, c.frames)
			}
		})
	}
	// fmt catches the panic of a String method.
	if got := do(t, s, 3, "fmt.Sprint(P{})"); !strings.Contains(got, "PANIC=String method: stack overflow") {
		t.Errorf("a String method that prints itself gives %.200s", got)
	}
	if got := do(t, s, 3, "func() (r int) { defer func() { recover(); r = 4 }(); return f(9) }()"); got != "4 int" {
		t.Errorf("after the panics: %s", got)
	}
}

func TestUncaught(t *testing.T) {
	got := make(chan *engine.PanicError, 1)
	s := newSession(t, engine.Config{Uncaught: func(c engine.Cell, err *engine.PanicError) {
		if c.Number == 4 {
			got <- err
		}
	}})
	do(t, s, 4, "go func() {\n\tpanic(\"lost\")\n}()\n<-time.After(0)")
	if err := <-got; err.Value != "lost" || !strings.HasPrefix(frames(err.Frames), "cell.func1 In[4]:2") {
		t.Errorf("Uncaught got %v at %s", err, frames(err.Frames))
	}
}

// TestUncaughtInLibrary: the goroutine belongs to compiled code.
func TestUncaughtInLibrary(t *testing.T) {
	got := make(chan *engine.PanicError, 1)
	s := newSession(t, engine.Config{Uncaught: func(_ engine.Cell, err *engine.PanicError) { got <- err }})
	for _, src := range []string{
		"var wg sync.WaitGroup\nwg.Go(func() { panic(\"lost\") })\nwg.Wait()",
		"\ntime.AfterFunc(0, func() { panic(\"lost\") })",
		"ctx, cancel := context.WithCancel(context.Background())\ncontext.AfterFunc(ctx, func() { panic(\"lost\") })\ncancel()",
	} {
		do(t, s, 1, src+";")
		if err := <-got; err.Value != "lost" || !strings.HasPrefix(frames(err.Frames), "cell.func1 In[1]:2") {
			t.Errorf("Uncaught got %v at %s", err, frames(err.Frames))
		}
	}
}

func TestExit(t *testing.T) {
	s := newSession(t, engine.Config{})
	for name, src := range map[string]string{
		"exit":     "defer fmt.Print(\"must not run\")\nos.Exit(3)",
		"value":    "f := os.Exit\nf(3)",
		"fatal":    "log.SetOutput(io.Discard)\nlog.Fatal(\"x\")",
		"logger":   "log.New(io.Discard, \"\", 0).Fatalf(\"x\")",
		"recover":  "func() { defer func() { recover() }(); os.Exit(3) }()",
		"goexit":   "runtime.Goexit()",
		"callback": "sort.Slice([]int{2, 1}, func(i, j int) bool { os.Exit(3); return true })",
	} {
		_, err := s.Execute(context.Background(), engine.Cell{Number: 1, Source: src})
		if err == nil || !strings.Contains(err.Error(), "cell") {
			t.Errorf("%s: Execute = %v, want an error about the cell", name, err)
		}
		if got := do(t, s, 2, "1 + 1"); got != "2 int" {
			t.Errorf("%s: next cell gives %s", name, got)
		}
	}
}
