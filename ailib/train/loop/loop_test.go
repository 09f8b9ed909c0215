package loop_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/goray/goray/ailib/train/loop"
	"github.com/goray/goray/runtime/ray"
)

func TestMain(m *testing.M) {
	if _, err := ray.Init(ray.Config{InProcess: true, NumCPUs: 8}); err != nil {
		panic(err)
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(int) { _ = ray.Shutdown() }), goleak.IgnoreCurrent())
}

// follow runs fn as a driver would and returns the events before the end.
func follow(t *testing.T, fn, config any, stopAt int) ([]loop.Event, loop.Outcome, error) {
	t.Helper()
	f, err := ray.CaptureFunc(fn)
	if err != nil {
		t.Fatal(err)
	}
	runner := ray.Actor[loop.Runner](loop.NewRunner).Options(ray.MaxConcurrency(2)).Remote(f)
	defer func() { _ = ray.Kill(runner) }()
	done := ray.Call[loop.Outcome](runner, (*loop.Runner).Run, 0, loop.Spec{Config: config, Name: "t"})
	var events []loop.Event
	var reply loop.Reply
	for {
		e, err := ray.Get(ray.Call[loop.Event](runner, (*loop.Runner).Next, 0, reply))
		if err != nil {
			t.Fatal(err)
		}
		if e.End {
			break
		}
		events = append(events, e)
		reply.Stop = len(events) == stopAt
	}
	out, err := ray.Get(done)
	return events, out, err
}

func TestReportsArriveInOrder(t *testing.T) {
	events, out, err := follow(t, func(ctx context.Context, n int) error {
		for i := range n {
			if err := loop.From(ctx).Report(ctx, map[string]float64{"i": float64(i)}, ""); err != nil {
				return err
			}
		}
		return nil
	}, 5, 0)
	if err != nil || out.Kind != loop.None {
		t.Fatal(out, err)
	}
	if len(events) != 5 {
		t.Fatalf("%d events", len(events))
	}
	for i, e := range events {
		if e.Iteration != i+1 || e.Metrics["i"] != float64(i) || e.PID == 0 {
			t.Errorf("event %d: %+v", i, e)
		}
	}
}

func TestStopEndsTheFunction(t *testing.T) {
	var reports, after int
	var cause error
	events, _, err := follow(t, func(ctx context.Context) error {
		for {
			reports++
			if err := loop.From(ctx).Report(ctx, nil, ""); err != nil {
				<-ctx.Done() // the context ends too
				cause = context.Cause(ctx)
				if !errors.Is(loop.From(ctx).Report(ctx, nil, ""), loop.ErrStopped) {
					after++
				}
				return nil
			}
		}
	}, nil, 3)
	if err != nil || len(events) != 3 || reports != 3 || after != 0 || !errors.Is(cause, loop.ErrStopped) {
		t.Errorf("%d events, %d reports, %d after the stop, cause %v, error %v", len(events), reports, after, cause, err)
	}
}

func TestOutcomes(t *testing.T) {
	type named map[string]float64
	for name, c := range map[string]struct {
		fn   any
		want loop.Outcome
	}{
		"nothing":   {func() {}, loop.Outcome{}},
		"number":    {func() float64 { return 2.5 }, loop.Outcome{Kind: loop.Score, Score: 2.5}},
		"metrics":   {func() (named, error) { return named{"a": 1}, nil }, loop.Outcome{Kind: loop.Metrics, Metrics: map[string]float64{"a": 1}}},
		"any":       {func(s string) string { return s + "!" }, loop.Outcome{Kind: loop.Value, Value: "hi!"}},
		"interface": {func(v any) error { return nil }, loop.Outcome{}},
	} {
		_, out, err := follow(t, c.fn, "hi", 0)
		if err != nil || !reflect.DeepEqual(out, c.want) {
			t.Errorf("%s: %+v %v, want %+v", name, out, err, c.want)
		}
	}
}

func TestFailuresReachTheDriver(t *testing.T) {
	own := errors.New("my own")
	if _, _, err := follow(t, func() error { return own }, nil, 0); !errors.Is(err, own) {
		t.Errorf("error: %v", err)
	}
	if _, _, err := follow(t, func() error { panic("boom") }, nil, 0); err == nil || !strings.Contains(err.Error(), "boom") {
		t.Errorf("panic: %v", err)
	}
}

// One actor runs the function again and again; what was left of a run does not
// reach the next.
func TestRunsFollowEachOther(t *testing.T) {
	f, err := ray.CaptureFunc(func(ctx context.Context, n int) error {
		for range n {
			if err := loop.From(ctx).Report(ctx, map[string]float64{"n": float64(n)}, ""); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	runner := ray.Actor[loop.Runner](loop.NewRunner).Options(ray.MaxConcurrency(2)).Remote(f)
	defer func() { _ = ray.Kill(runner) }()
	for run := range 20 {
		reports := run % 4
		// Asking before the run has begun is as good as after.
		first := ray.Call[loop.Event](runner, (*loop.Runner).Next, run, loop.Reply{})
		done := ray.Call[loop.Outcome](runner, (*loop.Runner).Run, run, loop.Spec{Config: reports})
		got := 0
		for {
			e, err := ray.Get(first)
			if err != nil {
				t.Fatal(err)
			}
			if e.End {
				break
			}
			got++
			if e.Iteration != got || e.Metrics["n"] != float64(reports) {
				t.Errorf("run %d: %+v", run, e)
			}
			first = ray.Call[loop.Event](runner, (*loop.Runner).Next, run, loop.Reply{Stop: run%8 == 7})
		}
		if _, err := ray.Get(done); err != nil && run%8 != 7 {
			t.Error(err)
		}
		if want := reports; run%8 != 7 && got != want {
			t.Errorf("run %d: %d reports, want %d", run, got, want)
		}
	}
}

func TestCheck(t *testing.T) {
	type params map[string]any
	with := reflect.TypeFor[params]()
	for _, c := range []struct {
		fn   any
		want string
	}{
		{func(context.Context, params) error { return nil }, ""},
		{func(map[string]any) float64 { return 0 }, ""},
		{func() {}, ""},
		{func(any) {}, ""},
		{7, "int is not a function"},
		{nil, "is not a function"},
		{(func())(nil), "the function is nil"},
		{func(int) {}, "takes a int, but is given"},
		{func(...params) {}, "variable number"},
		{func(params, int) {}, "too many arguments"},
		{func() (int, int) { return 0, 0 }, "too many results"},
	} {
		err := loop.Check(c.fn, with)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%T: %v, want %q", c.fn, err, c.want)
		}
	}
	if err := loop.Check(func(int) {}, nil); err == nil || !strings.Contains(err.Error(), "no configuration is given") {
		t.Error(err)
	}
	if loop.From(context.Background()) != nil {
		t.Error("there is a runner outside of one")
	}
}

// A function that reports its square, followed by the driver's side.
func ExampleRunner() {
	f, err := ray.CaptureFunc(func(ctx context.Context, n int) error {
		return loop.From(ctx).Report(ctx, map[string]float64{"square": float64(n * n)}, "")
	})
	if err != nil {
		panic(err)
	}
	runner := ray.Actor[loop.Runner](loop.NewRunner).Options(ray.MaxConcurrency(2)).Remote(f)
	done := ray.Call[loop.Outcome](runner, (*loop.Runner).Run, 0, loop.Spec{Config: 7})
	for {
		e, err := ray.Get(ray.Call[loop.Event](runner, (*loop.Runner).Next, 0, loop.Reply{}))
		if err != nil || e.End {
			break
		}
		fmt.Println(e.Metrics)
	}
	_, err = ray.Get(done)
	fmt.Println(err)
	// Output:
	// map[square:49]
	// <nil>
}
