package typed

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/goray/goray/kernel/engine"
)

// debugging is a session with a debugger and the events that it tells.
type debugging struct {
	t      *testing.T
	s      *Session
	d      engine.Debugging
	events chan engine.DebugEvent
	number int
}

func debugSession(t *testing.T) *debugging {
	t.Helper()
	eng, err := New(engine.Config{})
	if err != nil {
		t.Fatal(err)
	}
	d := &debugging{t: t, s: eng.(*Session), events: make(chan engine.DebugEvent, 100)}
	t.Cleanup(func() { eng.Close() })
	return d
}

func (d *debugging) attach() {
	d.t.Helper()
	var err error
	if d.d, err = d.s.Debug(func(e engine.DebugEvent) { d.events <- e }); err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(d.d.Close)
}

// run executes a cell whose path is the letter c and its number, and fails the test on an error.
func (d *debugging) run(source string) engine.Result {
	d.t.Helper()
	f := <-d.start(source)
	if f.err != nil {
		d.t.Fatal(f.err)
	}
	return f.res
}

type finished struct {
	res engine.Result
	err error
}

func (d *debugging) start(source string) <-chan finished {
	return d.startContext(context.Background(), source)
}

func (d *debugging) startContext(ctx context.Context, source string) <-chan finished {
	d.number++
	cell := engine.Cell{Number: d.number, Source: source, Path: fmt.Sprintf("c%d", d.number)}
	done := make(chan finished, 1)
	go func() {
		res, err := d.s.Execute(ctx, cell)
		done <- finished{res, err}
	}()
	return done
}

func (d *debugging) breakAt(cell int, lines ...int) {
	d.t.Helper()
	var ps []engine.Breakpoint
	for _, l := range lines {
		ps = append(ps, engine.Breakpoint{Line: l})
	}
	d.d.SetBreakpoints(fmt.Sprintf("c%d", cell), ps)
}

// event waits for the next event.
func (d *debugging) event() engine.DebugEvent {
	d.t.Helper()
	select {
	case e := <-d.events:
		return e
	case <-time.After(10 * time.Second):
		d.t.Fatal("no event within 10 s")
		panic("unreachable")
	}
}

// stopped waits for a stop and says why, where and what is visible: "breakpoint fib:3 n=2".
func (d *debugging) stopped() (id int, where string) {
	d.t.Helper()
	e := d.event()
	if e.Kind != "stopped" {
		d.t.Fatalf("event %+v, want a stop", e)
	}
	return e.Thread, e.Reason + " " + d.where(e.Thread, 0)
}

func (d *debugging) frame(id, n int) engine.DebugFrame {
	d.t.Helper()
	stack, err := d.d.Stack(id)
	if err != nil {
		d.t.Fatal(err)
	}
	if n >= len(stack) {
		d.t.Fatalf("%d calls, want more than %d", len(stack), n)
	}
	return stack[n]
}

func (d *debugging) where(id, n int) string {
	d.t.Helper()
	f := d.frame(id, n)
	p := f.Place()
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s:%d", p.Function, p.Path, p.Line)
	vars, _ := f.Variables()
	for _, v := range vars {
		fmt.Fprintf(&b, " %s=%v", v.Name, v.Value.Interface())
	}
	return b.String()
}

func (d *debugging) resume(id int, how engine.Resumption) {
	d.t.Helper()
	if err := d.d.Resume(id, how); err != nil {
		d.t.Fatal(err)
	}
}

// walk resumes a thread in the given ways and checks where each takes it.
func (d *debugging) walk(steps ...string) (id int) {
	d.t.Helper()
	for i, s := range steps {
		how, want, _ := strings.Cut(s, ": ")
		if how != "" {
			d.resume(id, engine.Resumption(how))
		}
		var got string
		if id, got = d.stopped(); got != want {
			d.t.Fatalf("step %d, %s: at %q, want %q", i, how, got, want)
		}
	}
	return id
}

// ends resumes a thread and waits for the end of its cell.
func (d *debugging) ends(id int, done <-chan finished) finished {
	d.t.Helper()
	d.resume(id, engine.Continue)
	select {
	case f := <-done:
		return f
	case e := <-d.events:
		d.t.Fatalf("%+v at %s, want the end", e, d.where(e.Thread, 0))
	case <-time.After(10 * time.Second):
		d.t.Fatal("the cell did not end within 10 s")
	}
	panic("unreachable")
}

func TestDebugCell(t *testing.T) {
	d := debugSession(t)
	d.run("func double(n int) int {\n\tm := n\n\tm *= 2\n\treturn m\n}")
	d.attach()
	d.breakAt(2, 2)
	done := d.start("x := 1\ny := double(x)\nz := y + x\nz")
	id := d.walk(
		": breakpoint cell c2:2",
		"stepIn: step double c1:2 n=1",
		"next: step double c1:3 n=1 m=1",
		"next: step double c1:4 n=1 m=2",
		"next: step cell c2:3",
		"next: step cell c2:4",
	)
	if got := fmt.Sprint(d.ends(id, done).res.Values[0].Reflect); got != "3" {
		t.Errorf("the cell returned %s", got)
	}
}

func TestDebugLoops(t *testing.T) {
	d := debugSession(t)
	d.attach()
	d.run("func loop(xs []int) (sum int) {\n\tfor i, x := range xs {\n\t\tsum += x * i\n\t}\n\tfor k := 0; k < 2; k++ {\n\t\tsum++\n\t}\n\treturn\n}")
	d.breakAt(1, 2)
	done := d.start("loop([]int{3, 4})")
	id := d.walk(
		": breakpoint loop c1:2 xs=[3 4] sum=0",
		"next: step loop c1:3 xs=[3 4] sum=0 i=0 x=3",
		"continue: breakpoint loop c1:2 xs=[3 4] sum=0 i=1 x=4",
	)
	d.breakAt(1)
	d.walkOn(id,
		"next: step loop c1:3 xs=[3 4] sum=0 i=1 x=4",
		"next: step loop c1:5 xs=[3 4] sum=4",
		"next: step loop c1:6 xs=[3 4] sum=4 k=0",
		"next: step loop c1:5 xs=[3 4] sum=5 k=0",
		"next: step loop c1:6 xs=[3 4] sum=5 k=1",
		"next: step loop c1:5 xs=[3 4] sum=6 k=1",
		"next: step loop c1:8 xs=[3 4] sum=6",
	)
	d.ends(id, done)
}

// walkOn is walk for a thread that has stopped.
func (d *debugging) walkOn(id int, steps ...string) {
	d.t.Helper()
	for i, s := range steps {
		how, want, _ := strings.Cut(s, ": ")
		d.resume(id, engine.Resumption(how))
		if _, got := d.stopped(); got != want {
			d.t.Fatalf("step %d, %s: at %q, want %q", i, how, got, want)
		}
	}
}

func TestDebugInterrupt(t *testing.T) {
	d := debugSession(t)
	d.attach()
	d.breakAt(1, 2)
	ctx, cancel := context.WithCancel(context.Background())
	done := d.startContext(ctx, "a := 1\nb := 2")
	d.walk(": breakpoint cell c1:2")
	cancel()
	if e := d.event(); e.Kind != "continued" {
		t.Errorf("event %+v, want continued", e)
	}
	if f := <-done; !errors.Is(f.err, engine.ErrInterrupted) {
		t.Errorf("the cell ended with %v", f.err)
	}
}
