package ray_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/goray/goray/runtime/ray"
)

// Stage is an actor of a graph. Other calls come while the loop of a graph runs.
type Stage struct {
	By    int
	calls atomic.Int64
}

func NewStage(by int) *Stage { return &Stage{By: by} }

func (s *Stage) Add(x int) (int, error) {
	if s.calls.Add(1); x < 0 {
		return 0, fmt.Errorf("stage of %d: %w", s.By, errBoom)
	}
	return x + s.By, nil
}
func (s *Stage) Sum(x, y int) int        { return x + y }
func (s *Stage) Seen() int               { return int(s.calls.Load()) }
func (s *Stage) Blob(n int) []byte       { return make([]byte, n) }
func (s *Stage) Len(b []byte, k int) int { return len(b) + k }
func (s *Stage) Die(n int) int           { _ = syscall.Kill(os.Getpid(), syscall.SIGKILL); select {} }
func (s *Stage) Text(x int) string       { return fmt.Sprint(x) }
func (s *Stage) quiet(x int) int         { return x }

// Hold answers when its call is cancelled.
func (s *Stage) Hold(ctx context.Context, x int) (int, error) { <-ctx.Done(); return 0, ctx.Err() }

func chain(stages ...ray.ActorHandle[Stage]) ray.DAG[int, int] {
	return ray.NewDAG(func(x ray.DAGNode[int]) ray.DAGNode[int] {
		for _, s := range stages {
			x = ray.BindCall[int](s, (*Stage).Add, x)
		}
		return x
	})
}

// ExampleNewDAG: a graph of a task and an actor, executed twice.
func ExampleNewDAG() {
	ray.Init(ray.Config{NumCPUs: 2})
	defer ray.Shutdown()
	stage := ray.NewActor[Stage](NewStage, 100)
	dag := ray.NewDAG(func(in ray.DAGNode[int]) ray.DAGNode[int] {
		return ray.BindCall[int](stage, (*Stage).Add, ray.Remote[int](square).Bind(in))
	})
	fmt.Println(ray.Get(dag.Execute(3)))
	fmt.Println(ray.Get(dag.Execute(4)))
	// Output:
	// 109 <nil>
	// 116 <nil>
}

// ExampleDAG_Compile: three actors that pass values on to each other.
func ExampleDAG_Compile() {
	ray.Init(ray.Config{NumCPUs: 2})
	defer ray.Shutdown()
	a, b, c := ray.NewActor[Stage](NewStage, 1), ray.NewActor[Stage](NewStage, 10), ray.NewActor[Stage](NewStage, 100)
	compiled, err := chain(a, b, c).Compile()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer compiled.Teardown()
	for i := range 3 {
		fmt.Println(compiled.Execute(i).Get())
	}
	// Output:
	// 111 <nil>
	// 112 <nil>
	// 113 <nil>
}

// TestCompiledGivesWay: who waits for a result that does not come keeps nobody from his own deadline, and
// not the graph from its end.
func TestCompiledGivesWay(t *testing.T) {
	both(t, func(t *testing.T) {
		a := ray.NewActor[Stage](NewStage, 1)
		compiled, err := ray.NewDAG(func(x ray.DAGNode[int]) ray.DAGNode[int] {
			return ray.BindCall[int](a, (*Stage).Hold, x)
		}).Compile()
		if err != nil {
			t.Fatal(err)
		}
		result := compiled.Execute(1)
		patient := make(chan error, 1)
		go func() {
			_, err := result.Get()
			patient <- err
		}()
		for range 5 { // in one of them, at the latest, the other one waits, too
			ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
			if _, err := result.GetContext(ctx); !errors.Is(err, ray.ErrGetTimeout) {
				t.Errorf("at the deadline: %v", err)
			}
			cancel()
		}
		if err := compiled.Teardown(); err != nil {
			t.Error(err)
		}
		if err := <-patient; err == nil || !strings.Contains(err.Error(), "torn down") {
			t.Errorf("who waited: %v", err)
		}
	})
}

// TestDAG: graphs as they are, and compiled, give the same.
func TestDAG(t *testing.T) {
	both(t, func(t *testing.T) {
		a, b := ray.NewActor[Stage](NewStage, 1), ray.NewActor[Stage](NewStage, 10)
		diamond := ray.NewMultiDAG(func(in ray.DAGNode[int]) []ray.DAGNode[any] {
			x := ray.BindCall[int](a, (*Stage).Add, in)
			y := ray.BindCall[int](b, (*Stage).Add, in)
			both := ray.BindCall[int](a, (*Stage).Sum, x, ray.BindCall[int](b, (*Stage).Sum, y, 1000))
			return []ray.DAGNode[any]{both.Any(), ray.BindCall[string](b, (*Stage).Text, both).Any(), x.Any()}
		})
		want := func(in int) []any { return []any{2*in + 1011, fmt.Sprint(2*in + 1011), in + 1} }
		for in := range 3 {
			got, err := ray.GetAll(diamond.Execute(in))
			if err != nil || !slices.Equal(got, want(in)) {
				t.Fatalf("%v, %v; want %v", got, err, want(in))
			}
		}
		compiled, err := diamond.Compile()
		if err != nil {
			t.Fatal(err)
		}
		var results [][]ray.CompiledRef[any]
		for in := range 25 { // more than may be under way
			results = append(results, compiled.Execute(in))
		}
		for in, refs := range slices.Backward(results) {
			for i, w := range want(in) {
				if got, err := refs[i].Get(); err != nil || got != w {
					t.Errorf("input %d, output %d: %v, %v; want %v", in, i, got, err, w)
				}
			}
		}
		// The actors take calls beside the loop, which has the same state.
		check(t, ray.Call[int](a, (*Stage).Seen), 28)
		if err := compiled.Teardown(); err != nil {
			t.Error(err)
		}
		if _, err := compiled.Execute(1)[0].Get(); !errors.Is(err, ray.ErrInvalidCall) {
			t.Errorf("after Teardown: %v", err)
		}
		check(t, ray.Call[int](a, (*Stage).Sum, 1, 2), 3)
	})
}

func TestCompiledErrors(t *testing.T) {
	both(t, func(t *testing.T) {
		a, b := ray.NewActor[Stage](NewStage, 1), ray.NewActor[Stage](NewStage, 10)
		compiled, err := chain(a, b).Compile()
		if err != nil {
			t.Fatal(err)
		}
		defer compiled.Teardown()
		bad, good := compiled.Execute(-7), compiled.Execute(7)
		var te *ray.TaskError
		if _, err := bad.Get(); !errors.Is(err, errBoom) || !errors.As(err, &te) || !strings.Contains(err.Error(), "stage of 1") {
			t.Errorf("the error of the first stage is %v", err)
		}
		if got, err := good.Get(); err != nil || got != 18 {
			t.Errorf("%d, %v", got, err)
		}
		check(t, ray.Call[int](b, (*Stage).Seen), 1) // it was not called with an error
		if _, err := bad.Get(); !errors.Is(err, errBoom) {
			t.Errorf("the second time: %v", err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
		defer cancel()
		slow := ray.NewActor[Door](NewDoor)
		waits, err := ray.NewDAG(func(in ray.DAGNode[int]) ray.DAGNode[any] {
			return ray.BindCall[any](slow, (*Door).Wait, in)
		}).Compile()
		if err != nil {
			t.Fatal(err)
		}
		result := waits.Execute(1)
		if _, err := result.GetContext(ctx); !errors.Is(err, ray.ErrGetTimeout) {
			t.Errorf("a deadline: %v", err)
		}
		ray.Get(ray.Call[any](slow, (*Door).Pass))
		if _, err := result.Get(); err != nil {
			t.Error(err)
		}
		waits.Teardown()
		for name, test := range map[string]struct {
			graph interface {
				Compile() (ray.CompiledDAG[int, int], error)
			}
			want string
		}{
			"a task":              {ray.NewDAG(func(in ray.DAGNode[int]) ray.DAGNode[int] { return ray.Remote[int](square).Bind(in) }), "is a task"},
			"unexported":          {ray.NewDAG(func(in ray.DAGNode[int]) ray.DAGNode[int] { return ray.BindCall[int](a, (*Stage).quiet, in) }), "export it"},
			"without the input":   {ray.NewDAG(func(in ray.DAGNode[int]) ray.DAGNode[int] { return ray.BindCall[int](a, (*Stage).Add, 1) }), "does not depend on the input"},
			"type":                {ray.NewDAG(func(in ray.DAGNode[int]) ray.DAGNode[int] { return ray.BindCall[int](a, (*Stage).Len, in, 1) }), "argument 1 is the result of a node, int"},
			"number":              {ray.NewDAG(func(in ray.DAGNode[int]) ray.DAGNode[int] { return ray.BindCall[int](a, (*Stage).Add) }), "takes 1 argument(s), got 0"},
			"the input is output": {ray.NewDAG(func(in ray.DAGNode[int]) ray.DAGNode[int] { return in }), "is its input"},
		} {
			if _, err := test.graph.Compile(); !errors.Is(err, ray.ErrInvalidCall) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%s: %v; want %q", name, err, test.want)
			}
		}
	})
}

// Wait is Guard with an argument.
func (d *Door) Wait(int) { <-d.passed }

// TestCompiledLarge: what does not fit into a socket goes through, while more is under way.
func TestCompiledLarge(t *testing.T) {
	start(t, ray.Config{NumCPUs: 2})
	a, b := ray.NewActor[Stage](NewStage, 1), ray.NewActor[Stage](NewStage, 1)
	compiled, err := ray.NewMultiDAG(func(in ray.DAGNode[int]) []ray.DAGNode[any] {
		blob := ray.BindCall[[]byte](a, (*Stage).Blob, in)
		other := ray.BindCall[[]byte](b, (*Stage).Blob, in)
		// Both wait for what the other has made, and for their own.
		return []ray.DAGNode[any]{
			ray.BindCall[int](b, (*Stage).Len, blob, 1).Any(), ray.BindCall[int](a, (*Stage).Len, other, 2).Any(), blob.Any(),
		}
	}).Compile()
	if err != nil {
		t.Fatal(err)
	}
	defer compiled.Teardown()
	const size = 3 << 20
	var all [][]ray.CompiledRef[any]
	for range 12 {
		all = append(all, compiled.Execute(size))
	}
	for _, refs := range all {
		x, err := refs[0].Get()
		y, _ := refs[1].Get()
		z, _ := refs[2].Get()
		if err != nil || x != size+1 || y != size+2 || len(z.([]byte)) != size {
			t.Fatalf("%v, %v, %T, %v", x, y, z, err)
		}
	}
}

// TestCompiledActorDies: the death of an actor is the error of what is under way, and of what follows.
func TestCompiledActorDies(t *testing.T) {
	start(t, ray.Config{NumCPUs: 2})
	a, b := ray.NewActor[Stage](NewStage, 1), ray.NewActor[Stage](NewStage, 1)
	compiled, err := ray.NewDAG(func(in ray.DAGNode[int]) ray.DAGNode[int] {
		return ray.BindCall[int](b, (*Stage).Add, ray.BindCall[int](a, (*Stage).Die, in))
	}).Compile()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := compiled.Execute(1).Get(); !errors.Is(err, ray.ErrActorDied) {
		t.Errorf("%v; want ErrActorDied", err)
	}
	if _, err := compiled.Execute(1).Get(); !errors.Is(err, ray.ErrActorDied) {
		t.Errorf("the next: %v; want ErrActorDied", err)
	}
	if err := compiled.Teardown(); err != nil {
		t.Error(err)
	}
	check(t, ray.Call[int](b, (*Stage).Sum, 1, 2), 3)
}

// BenchmarkChain compares a chain of three actors as calls, and compiled.
func BenchmarkChain(b *testing.B) {
	if _, err := ray.Init(ray.Config{NumCPUs: 2, DashboardPort: -1}); err != nil {
		b.Fatal(err)
	}
	defer ray.Shutdown()
	dag := chain(ray.NewActor[Stage](NewStage, 1), ray.NewActor[Stage](NewStage, 10), ray.NewActor[Stage](NewStage, 100))
	b.Run("calls", func(b *testing.B) {
		for b.Loop() {
			if _, err := ray.Get(dag.Execute(1)); err != nil {
				b.Fatal(err)
			}
		}
	})
	compiled, err := dag.Compile()
	if err != nil {
		b.Fatal(err)
	}
	defer compiled.Teardown()
	b.Run("compiled", func(b *testing.B) {
		for b.Loop() {
			if _, err := compiled.Execute(1).Get(); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("compiled, 8 under way", func(b *testing.B) {
		var refs []ray.CompiledRef[int]
		for b.Loop() {
			if refs = append(refs, compiled.Execute(1)); len(refs) == 8 {
				if _, err := refs[0].Get(); err != nil {
					b.Fatal(err)
				}
				refs = refs[1:]
			}
		}
	})
}
