package ray_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/goray/goray/runtime/ray"
)

// TestBadCalls is the table of what people get wrong, with the whole text: cause and fix.
func TestBadCalls(t *testing.T) {
	both(t, func(t *testing.T) {
		sq := ray.Remote[int](square)
		c := ray.NewActor[Counter](NewCounter, 0)
		for _, test := range []struct {
			name string
			call func() error
			want string
		}{
			{"type", func() error { return failed(sq.Remote("x")) },
				"ray: ray_test.square: argument 1: string is not assignable to int; give an int"},
			{"value", func() error { return failed(sq.Remote(1.5)) },
				"ray: ray_test.square: argument 1: 1.5 does not fit into int; give an int"},
			{"nil", func() error { return failed(sq.Remote(nil)) },
				"ray: ray_test.square: argument 1 is nil, the parameter is int; give an int"},
			{"number", func() error { return failed(sq.Remote(1, 2)) },
				"ray: ray_test.square takes 1 argument(s), got 2; its parameters are [int]"},
			{"reference", func() error { return failed(sq.Remote(ray.Put("x"))) },
				"ray: ray_test.square: argument 1 is an ObjectRef[string], the parameter is int; give a reference to int"},
			{"result", func() error { return failed(ray.Remote[string](square).Remote(1)) },
				"ray: ray_test.square returns int, not string; write Remote[int]"},
			{"no result", func() error { return failed(ray.Remote[int](nothing).Remote()) },
				"ray: ray_test.nothing returns nothing, not int; write Remote[any] or Remote[struct{}]"},
			{"no function", func() error { return failed(ray.Remote[int](7).Remote()) },
				"ray: Remote: int is not a function; give it a function"},
			{"option", func() error { return failed(sq.Options(ray.NumGPUs(1.5)).Remote(1)) },
				"ray: ray_test.square: GPU: amount 1.5; above 1 only whole GPUs can be had, ask for 1 or 2"},
			{"put of a reference", func() error { return failed(ray.Put(ray.Put(1))) },
				"ray: Put of a reference (ray.ObjectRef[int]); pass the reference itself, or put a slice of references"},
			{"method", func() error { return failed(ray.Call[int](c, "Dec", 1)) },
				`ray: Call: *ray_test.Counter has no exported method "Dec"; it has Echo, Fail, Inc, PID`},
			{"bound method", func() error { return failed(ray.Call[int](c, (&Counter{}).Inc, 1)) },
				"ray: Call: Inc is bound to a value of this process; write the method expression, (*T).Inc"},
			{"constructor", func() error { return failed(ray.Call[int](ray.NewActor[Counter](square, 1), "Inc", 1)) },
				"ray: ray_test.square returns int, not *ray_test.Counter; give NewActor a constructor of ray_test.Counter"},
			{"wait for nothing", func() error { _, _, err := ray.Wait[int](nil); return err },
				"ray: Wait needs at least one reference"},
			{"wait for the same", func() error {
				r := ray.Put(1)
				_, _, err := ray.Wait([]ray.ObjectRef[int]{r, r})
				return err
			}, "ray: Wait: references 0 and 1 are the same; give each once"},
			{"zero reference", func() error { return failed(ray.ObjectRef[int]{}) },
				"ray: the reference is nil; use one that Remote, Put or Call returned"},
			{"infeasible", func() error { return failed(sq.Options(ray.NumCPUs(36), ray.FailIfInfeasible()).Remote(1)) },
				"ray: ray_test.square: it asks for CPU 36, the cluster has 2; ask for less, or start more: ray.Config{NumCPUs: …}; ray.Explain tells what each node has"},
		} {
			err := test.call()
			if err == nil || err.Error() != test.want {
				t.Errorf("%s:\n got %v\nwant %s", test.name, err, test.want)
			}
		}
		if err := failed(sq.Options(ray.NumCPUs(36), ray.FailIfInfeasible()).Remote(1)); !errors.Is(err, ray.ErrInfeasible) {
			t.Error(err)
		}
		// The same options without the mistake still work: Options returns a copy.
		check(t, sq.Remote(4), 16)
	})
}

func failed[T any](ref ray.ObjectRef[T]) error {
	_, err := ray.Get(ref)
	return err
}

func TestWithoutSession(t *testing.T) {
	if err := failed(ray.Remote[int](square).Remote(1)); !errors.Is(err, ray.ErrNotInitialized) {
		t.Error(err)
	}
	if ray.ClusterResources() != nil || ray.IsInitialized() {
		t.Error("there is a session")
	}
	if _, err := ray.Init(ray.Config{NumCPUs: -1}); err == nil {
		t.Error("no error for negative CPUs")
	}
	if _, err := ray.Init(ray.Config{Address: "gopher://x"}); err == nil || !strings.Contains(err.Error(), `no backend for address "gopher://x"`) {
		t.Error(err)
	}
	if err := failed(ray.Put(1)); !errors.Is(err, ray.ErrNotInitialized) || !strings.Contains(err.Error(), "gopher://x") {
		t.Errorf("after an Init that failed: %v", err)
	}
	start(t, ray.Config{InProcess: true, NumCPUs: 128, Resources: map[string]float64{"disk": 2}})
	old := ray.Put(1)
	if r := ray.ClusterResources(); r["CPU"] != 128 || r["disk"] != 2 {
		t.Error(r)
	}
	if _, err := ray.Init(); !errors.Is(err, ray.ErrAlreadyInitialized) {
		t.Error(err)
	}
	if _, err := ray.Init(ray.Config{IgnoreReinitError: true}); err != nil {
		t.Error(err)
	}
	var order []int
	ray.OnShutdown(func() { order = append(order, 1) })
	ray.OnShutdown(func() { order = append(order, 2) })
	if err := ray.Shutdown(); err != nil || len(order) != 2 || order[0] != 2 {
		t.Error(err, order)
	}
	start(t, ray.Config{InProcess: true})
	if err := failed(old); !errors.Is(err, ray.ErrSessionClosed) {
		t.Error(err)
	}
}

func TestFailures(t *testing.T) {
	both(t, func(t *testing.T) {
		err := failed(ray.Remote[int](square).Remote(ray.Remote[int](boom).Remote(7)))
		var task *ray.TaskError
		if !errors.As(err, &task) || task.Func != "ray_test.boom" || task.Cell != "ray_test.go" || task.Panic || task.Message != "n=7: boom" {
			t.Fatalf("%+v", task)
		}
		if !errors.Is(err, errBoom) {
			t.Error("the sentinel is not found two tasks downstream")
		}
		_, err = ray.GetAll([]ray.ObjectRef[int]{ray.Put(1), ray.Remote[int](boom).Remote(7)})
		if err == nil || !strings.HasPrefix(err.Error(), "item 1: ray: task ray_test.boom (ray_test.go:") {
			t.Error(err)
		}
		err = failed(ray.Remote[any](panicking).Remote())
		if !errors.As(err, &task) || !task.Panic || !strings.Contains(task.Stack, "panicking") || task.Message != "assignment to entry in nil map" {
			t.Errorf("%+v", task)
		}
		err = failed(ray.Remote[int](made).Remote())
		var own *ownError
		if !errors.As(err, &own) || own.Code != 42 || !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%v", err)
		}
		err = failed(ray.Call[int](ray.NewActor[Counter](broken), "Inc", 1))
		if !errors.Is(err, ray.ErrActorDied) || !errors.Is(err, errBoom) {
			t.Error(err)
		}
	})
}

type ownError struct {
	Code int
	Err  error
}

func (e *ownError) Error() string { return "own" }
func (e *ownError) Unwrap() error { return e.Err }

func made() (int, error)        { return 0, &ownError{42, os.ErrNotExist} }
func broken() (*Counter, error) { return nil, errBoom }
func panicking()                { var m map[string]int; m["x"] = 1 }

func untilDone(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }

func TestTimeoutAndCancel(t *testing.T) {
	both(t, func(t *testing.T) {
		ref := ray.Remote[any](untilDone).Remote()
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		_, err := ray.GetContext(ctx, ref)
		if !errors.Is(err, ray.ErrGetTimeout) || !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		if err := ray.Cancel(ref); err != nil {
			t.Error(err)
		}
		if err := failed(ref); !errors.Is(err, ray.ErrTaskCancelled) {
			t.Error(err)
		}
		if _, err := ray.GetContext(cancelled(), ref); err != nil && !errors.Is(err, ray.ErrTaskCancelled) && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}

func cancelled() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

// The interrupt of a cell reaches calls without a context.
func TestCellContext(t *testing.T) {
	both(t, func(t *testing.T) {
		ctx, interrupt := context.WithCancel(t.Context())
		ray.SetCellContext(func() context.Context { return ctx })
		defer ray.SetCellContext(nil)
		ref := ray.Remote[any](untilDone).Remote()
		time.AfterFunc(10*time.Millisecond, interrupt)
		if err := failed(ref); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		ray.SetCellContext(nil)
		if err := ray.Cancel(ref); err != nil {
			t.Error(err)
		}
	})
}

func TestWaitKeepsTheOrder(t *testing.T) {
	both(t, func(t *testing.T) {
		never := ray.Remote[any](untilDone).Remote()
		a, b, c := ray.Put[any](1), ray.Put[any](2), ray.Put[any](3)
		ready, pending, err := ray.Wait([]ray.ObjectRef[any]{a, never, b, c}, ray.NumReturns(2))
		if err != nil || len(ready) != 2 || ready[0] != a || ready[1] != b || len(pending) != 2 || pending[0] != never || pending[1] != c {
			t.Error(ready, pending, err)
		}
		ready, pending, err = ray.Wait([]ray.ObjectRef[any]{never}, ray.Timeout(5*time.Millisecond))
		if err != nil || len(ready) != 0 || len(pending) != 1 {
			t.Error(ready, pending, err)
		}
		ray.Cancel(never)
	})
}

func large(n int) []byte { return make([]byte, n) }

func TestStoreIsFull(t *testing.T) {
	start(t, ray.Config{NumCPUs: 1, ObjectStoreMemory: 8 << 20})
	if err := failed(ray.Put(make([]byte, 16<<20))); !errors.Is(err, ray.ErrOutOfMemory) {
		t.Error("Put:", err)
	}
	if err := failed(ray.Remote[[]byte](large).Remote(16 << 20)); !errors.Is(err, ray.ErrOutOfMemory) {
		t.Error("result:", err)
	}
	if err := failed(ray.Remote[[]float64](echo).Remote(make([]float64, 2<<20))); !errors.Is(err, ray.ErrOutOfMemory) {
		t.Error("argument:", err)
	}
	// What is let go makes room, without anybody freeing it.
	for range 6 {
		if v, err := ray.Get(ray.Remote[[]byte](large).Remote(3 << 20)); err != nil || len(v) != 3<<20 {
			t.Fatal(len(v), err)
		}
	}
}
