package typed

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/goray/goray/kernel/engine"
)

func TestDebugMethodsClosuresGenerics(t *testing.T) {
	d := debugSession(t)
	d.run("type acc struct{ sum int }\n\nfunc (a *acc) add(n int) {\n\ta.sum += n\n}\n\nfunc each[T any](xs []T, f func(T)) {\n\tfor _, x := range xs {\n\t\tf(x)\n\t}\n}")
	d.attach()
	d.breakAt(1, 4, 9)
	done := d.start("a := &acc{}\nk := 10\neach([]int{1, 2}, func(v int) {\n\tw := v * k\n\ta.add(w)\n\t_ = w\n})\na.sum")
	d.breakAt(2, 4)
	id, got := d.stopped()
	if !strings.HasPrefix(got, "breakpoint each c1:9 ") || !strings.Contains(got, "xs=[1 2]") || !strings.HasSuffix(got, " x=1") {
		t.Errorf("in an instance: %s", got)
	}
	d.breakAt(1, 4)
	d.walkOn(id,
		"continue: breakpoint cell.func1 c2:4 v=1",
		"next: step cell.func1 c2:5 v=1 w=10",
	)
	d.resume(id, engine.Continue)
	if _, got = d.stopped(); !strings.HasPrefix(got, "breakpoint (*acc).add c1:4 a=") || !strings.HasSuffix(got, " n=10") {
		t.Errorf("in a method: %s", got)
	}
	var calls []string
	stack, _ := d.d.Stack(id)
	for _, f := range stack {
		calls = append(calls, fmt.Sprintf("%s:%d", f.Place().Function, f.Place().Line))
	}
	if got := strings.Join(calls, " "); got != "(*acc).add:4 cell.func1:5 each:9 cell:3" {
		t.Errorf("stack %s", got)
	}
	d.breakAt(1)
	d.breakAt(2)
	d.walkOn(id, "stepOut: step cell.func1 c2:6 v=1 w=10")
	if got := fmt.Sprint(d.ends(id, done).res.Values[0].Reflect); got != "30" {
		t.Errorf("the cell returned %s", got)
	}
}

// value is how a variable of a frame prints.
func (d *debugging) value(id, frame int, name string) string {
	vars, _ := d.frame(id, frame).Variables()
	for _, v := range vars {
		if v.Name == name {
			return fmt.Sprint(v.Value.Interface())
		}
	}
	return ""
}

func TestDebugShadowing(t *testing.T) {
	d := debugSession(t)
	d.run("x := \"session\"")
	d.attach()
	d.breakAt(2, 5, 7)
	done := d.start("func f(x int) int {\n\tif x > 0 {\n\t\tx := float64(x) / 2\n\t\t{\n\t\t\t_ = x\n\t\t}\n\t}\n\treturn x\n}\nf(3)")
	id, got := d.stopped()
	if got != "breakpoint f c2:5 x=1.5" {
		t.Errorf("inside: %s", got)
	}
	for expr, want := range map[string]string{"x": "1.5 float64", "x > 1 && len(\"a\") == 1": "true bool"} {
		vs, err := d.d.Evaluate(context.Background(), d.frame(id, 0), expr)
		if err != nil || fmt.Sprint(vs[0].Reflect, " ", vs[0].Type) != want {
			t.Errorf("%s is %v, %v; want %s", expr, vs, err, want)
		}
	}
	vs, err := d.d.Evaluate(context.Background(), nil, "x")
	if err != nil || fmt.Sprint(vs[0].Reflect) != "session" {
		t.Errorf("x of the session is %v, %v", vs, err)
	}
	d.walkOn(id, "next: step f c2:8 x=3")
	d.ends(id, done)
}

func TestDebugEvaluate(t *testing.T) {
	d := debugSession(t)
	d.run("type point struct{ X, Y int }\nfunc (p point) Sum() int { return p.X + p.Y }\nfunc pair[T any](v T) []T { return []T{v, v} }\nbase := 100")
	d.attach()
	d.breakAt(2, 6)
	done := d.start("func g[T any](v T) (r T) {\n\tp := point{1, 2}\n\tm := map[string][]int{\"a\": {5, 6}}\n\ttype inner struct{ n int }\n\ti := inner{7}\n\t_, _, _ = p, m, i\n\tr = v\n\treturn\n}\ng(\"s\")")
	id, _ := d.stopped()
	f := d.frame(id, 0)
	for expr, want := range map[string]string{
		"p.Sum() + base": "103 int", "m[\"a\"][1]": "6 int", "i.n": "7 int", "v + \"!\"": "s! string", "T(\"x\")": "x string", "pair(p)": "[{1 2} {1 2}] []main.point",
		"strings.Repeat(v, 3)": "sss string", "func() int { return p.X * 4 }()": "4 int", "1 + 2": "3 int", "'a'": "97 rune", "&p == nil": "false bool", "inner{n: 3}.n": "3 int",
		"fmt.Sprintf(\"%v\", p)": "{1 2} string", "len(m)": "1 int",
	} {
		vs, err := d.d.Evaluate(context.Background(), f, expr)
		if err != nil || len(vs) != 1 || fmt.Sprint(vs[0].Reflect, " ", vs[0].Type) != want {
			t.Errorf("%s is %v, %v; want %s", expr, vs, err, want)
		}
	}
	for expr, want := range map[string]string{"nothing": "undefined: nothing", "p.Z": "p.Z undefined", "point": "is a type", "m[": "neither", "panic(\"no\")": "panic: no", "base.x": "undefined"} {
		if _, err := d.d.Evaluate(context.Background(), f, expr); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %s", expr, err, want)
		}
	}
	for _, st := range []string{"p.X = 41", "p.Y++", "base = 7", "m[\"b\"] = nil"} {
		if _, err := d.d.Evaluate(context.Background(), f, st); err != nil {
			t.Errorf("%s: %v", st, err)
		}
	}
	if got := d.value(id, 0, "p"); got != "{41 3}" {
		t.Errorf("p is %s after assignments", got)
	}
	if err := d.d.Declare(context.Background(), f, "copied", "p"); err != nil {
		t.Error(err)
	}
	if err := d.d.Declare(context.Background(), f, "other", "i"); err == nil {
		t.Error("a variable of a local type was declared in the session")
	}
	d.ends(id, done)
	if got := fmt.Sprint(d.run("copied.X + base").Values[0].Reflect); got != "48" {
		t.Errorf("copied.X + base is %s", got)
	}
}

func TestDebugConditions(t *testing.T) {
	d := debugSession(t)
	d.attach()
	d.run("func count(n int) (s int) {\n\tfor i := 0; i < n; i++ {\n\t\ts += i\n\t}\n\treturn\n}")
	d.d.SetBreakpoints("c1", []engine.Breakpoint{{Line: 3, Condition: "i%4 == 3", Hit: func(n int) bool { return n == 2 }}, {Line: 5, Log: "s is {s}"}})
	done := d.start("count(10)")
	id := d.walk(": breakpoint count c1:3 n=10 s=21 i=7")
	d.resume(id, engine.Continue)
	if e := d.event(); e.Kind != "output" || e.Text != "s is 45\n" {
		t.Errorf("event %+v", e)
	}
	<-done
	if errs := d.d.SetBreakpoints("c1", []engine.Breakpoint{{Line: 3, Condition: "i =="}}); errs[0] == nil {
		t.Error("a condition that does not parse was taken")
	}
}

func TestDebugDefersAndPanics(t *testing.T) {
	d := debugSession(t)
	d.attach()
	d.run("func risky(n int) (err error) {\n\tdefer func() {\n\t\tif r := recover(); r != nil {\n\t\t\terr = fmt.Errorf(\"%v\", r)\n\t\t}\n\t}()\n\tvar a []int\n\ta[n] = 1\n\treturn nil\n}")
	d.d.SetPanics(true, false)
	done := d.start("risky(5)")
	e := d.event()
	if got := d.where(e.Thread, 0); e.Reason != "exception" || got != "risky c1:8 n=5 err=<nil> a=[]" || !strings.Contains(e.Text, "out of range [5]") {
		t.Errorf("%+v at %s", e, got)
	}
	d.resume(e.Thread, engine.StepIn)
	id, got := d.stopped()
	if !strings.HasPrefix(got, "step risky.func1 c1:3") {
		t.Errorf("the deferred call: %s", got)
	}
	d.ends(id, done)
	d.d.SetPanics(false, true)
	d.run("risky(6)")
	done = d.start("func bare(p *int) int {\n\treturn *p\n}\nbare(nil)")
	e = d.event()
	if got := d.where(e.Thread, 0); e.Reason != "exception" || got != "bare c4:2 p=<nil>" {
		t.Errorf("%+v at %s", e, got)
	}
	var pe *engine.PanicError
	if f := d.ends(e.Thread, done); !errors.As(f.err, &pe) || pe.Frames[0].Function != "bare" {
		t.Errorf("the cell ended with %v", f.err)
	}
}

func TestDebugGoroutines(t *testing.T) {
	d := debugSession(t)
	d.attach()
	d.breakAt(1, 4)
	done := d.start("results := make(chan int)\nfor i := range 2 {\n\tgo func() {\n\t\tresults <- i * i\n\t}()\n}\nsum := 0\nfor range 2 {\n\tsum += <-results\n}\nsum")
	seen := map[string]bool{}
	id, got := d.stopped()
	seen[got] = true
	d.resume(id, engine.Continue)
	id, got = d.stopped()
	seen[got] = true
	if !seen["breakpoint cell.func1 c1:4 i=0"] || !seen["breakpoint cell.func1 c1:4 i=1"] {
		t.Errorf("stops %v", seen)
	}
	if got := fmt.Sprint(d.ends(id, done).res.Values[0].Reflect); got != "1" {
		t.Errorf("the cell returned %s", got)
	}
	for deadline := time.Now().Add(10 * time.Second); len(d.d.Threads()) > 0; runtime.Gosched() { // they end after their last statement
		if time.Now().After(deadline) {
			t.Fatalf("%d threads are left", len(d.d.Threads()))
		}
	}
}

func TestDebugCallbacks(t *testing.T) {
	d := debugSession(t)
	d.attach()
	d.breakAt(1, 3)
	done := d.start("xs := []string{\"b\", \"a\"}\nsort.Slice(xs, func(i, j int) bool {\n\treturn xs[i] < xs[j]\n})\nxs")
	id := d.walk(": breakpoint cell.func1 c1:3 i=1 j=0")
	var calls []string
	stack, _ := d.d.Stack(id)
	for _, f := range stack {
		calls = append(calls, fmt.Sprintf("%s:%d", f.Place().Function, f.Place().Line))
	}
	if got := strings.Join(calls, " "); got != "cell.func1:3 cell:2" {
		t.Errorf("stack %s", got)
	}
	d.walkOn(id, "next: step cell c1:5")
	if got := fmt.Sprint(d.ends(id, done).res.Values[0].Reflect); got != "[a b]" {
		t.Errorf("the cell returned %s", got)
	}
}

func TestDebugIterators(t *testing.T) {
	d := debugSession(t)
	d.attach()
	d.run("func upTo(n int) func(func(int) bool) {\n\treturn func(yield func(int) bool) {\n\t\tfor i := range n {\n\t\t\tif !yield(i) {\n\t\t\t\treturn\n\t\t\t}\n\t\t}\n\t}\n}")
	d.breakAt(2, 2)
	done := d.start("t := 0\nfor v := range upTo(3) {\n\tif v == 2 {\n\t\tbreak\n\t}\n\tt += v\n}\nt")
	id := d.walk(": breakpoint cell c2:2")
	d.resume(id, engine.StepOver)
	_, got := d.stopped()
	if !strings.HasSuffix(got, "c2:3 v=0") {
		t.Fatalf("the body of the loop: %s", got)
	}
	for _, want := range []string{"c2:6 v=0", "c2:3 v=1", "c2:6 v=1", "c2:3 v=2", "c2:4 v=2", "c2:8"} {
		d.resume(id, engine.StepOver)
		if _, got := d.stopped(); !strings.HasSuffix(got, want) {
			t.Fatalf("at %s, want %s", got, want)
		}
	}
	d.ends(id, done)
}

func TestDebugPauseAndDetach(t *testing.T) {
	d := debugSession(t)
	d.attach()
	d.breakAt(1, 4)
	done := d.start("n := 0\nstop := false\nfor !stop {\n\tn++\n}\nn > 0")
	id, _ := d.stopped()
	d.breakAt(1)
	d.resume(id, engine.Continue)
	d.d.Pause(id)
	e := d.event()
	if e.Kind != "stopped" || e.Reason != "pause" {
		t.Fatalf("%+v", e)
	}
	if f := d.frame(e.Thread, 0); f.Place().Line < 1 {
		t.Errorf("paused at %+v", f.Place())
	}
	if _, err := d.d.Evaluate(context.Background(), nil, "stop = true"); err != nil {
		t.Error(err)
	}
	d.d.Close()
	if f := <-done; f.err != nil {
		t.Error(f.err)
	}
	d.attach()
	if _, err := d.s.Debug(nil); err == nil {
		t.Error("a second debugging was begun")
	}
}

func TestDebugSides(t *testing.T) {
	d := debugSession(t)
	d.attach()
	d.breakAt(1, 2)
	done := d.start("a := 1\nb := a + 1\nb")
	id, _ := d.stopped()
	if got := fmt.Sprint(d.run("a * 50").Values[0].Reflect); got != "50" { // another cell runs meanwhile
		t.Errorf("a * 50 is %s", got)
	}
	d.run("func later() int {\n\treturn 5\n}")
	d.breakAt(3, 2)
	side := d.start("later()")
	other, got := d.stopped()
	if got != "breakpoint later c3:2" || other == id {
		t.Errorf("thread %d at %s", other, got)
	}
	d.ends(other, side)
	if got := fmt.Sprint(d.ends(id, done).res.Values[0].Reflect); got != "2" {
		t.Errorf("the cell returned %s", got)
	}
}

func TestDebugRedeclared(t *testing.T) {
	d := debugSession(t)
	d.run("func f() int { return 1 }\nfunc g() int { return f() }")
	d.attach()
	d.run("func f() int {\n\treturn 2\n}")
	d.breakAt(2, 2)
	done := d.start("g()")
	id := d.walk(": breakpoint f c2:2")
	if got := fmt.Sprint(d.ends(id, done).res.Values[0].Reflect); got != "2" {
		t.Errorf("g() is %s", got)
	}
}

func TestStopLines(t *testing.T) {
	d := debugSession(t)
	got := d.s.StopLines("import \"fmt\"\n\n// f is\nfunc f(n int) int {\n\tif n > 1 {\n\t\treturn 1\n\t} else if n < -1 {\n\t\treturn 2\n\t}\n\tswitch n {\n\tcase 0:\n\t\tfmt.Println()\n\t}\n\treturn 3\n}\n\nx := f(\n\t2)\nvar y int\nx")
	if want := "[5 6 7 8 10 12 14 17 19 20]"; fmt.Sprint(got) != want {
		t.Errorf("lines %v, want %s", got, want)
	}
}
