package ray_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"

	"github.com/goray/goray/runtime/ray"
)

// nested tells what a task knows of itself, and then what a task of its own does.
func nested(ctx context.Context, depth int) ([]ray.RuntimeContext, error) {
	list := []ray.RuntimeContext{ray.CurrentContext(ctx)}
	if depth == 0 {
		return list, nil
	}
	rest, err := ray.GetContext(ctx, ray.Remote[[]ray.RuntimeContext](nested).Options(ray.NumCPUs(0.5), ray.Name("inner")).Remote(depth-1))
	return append(list, rest...), err
}

// thirdTime fails in its first two attempts and tells which attempt it is.
func thirdTime(ctx context.Context) (int, error) {
	if n := ray.CurrentContext(ctx).Attempt; n == 2 {
		return n, nil
	}
	return 0, errors.New("not yet")
}

type witness struct{ made ray.RuntimeContext }

func newWitness(ctx context.Context) *witness { return &witness{made: ray.CurrentContext(ctx)} }

func (w *witness) Tell(ctx context.Context) []ray.RuntimeContext {
	return []ray.RuntimeContext{w.made, ray.CurrentContext(ctx)}
}

func TestCurrentContext(t *testing.T) {
	both(t, func(t *testing.T) {
		driver := ray.CurrentContext(t.Context())
		if driver.TaskID != "" || driver.NodeID == "" || driver.JobID == "" || driver.WorkerPID != os.Getpid() || driver.Cancelled {
			t.Errorf("driver: %+v", driver)
		}
		list, err := ray.Get(ray.Remote[[]ray.RuntimeContext](nested).Options(ray.Name("outer"), ray.NumCPUs(1.5)).Remote(2))
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for i, c := range list {
			name, cpus := "inner", 0.5
			if i == 0 {
				name, cpus = "outer", 1.5
			}
			if c.Name != name || c.Resources["CPU"] != cpus || c.JobID != driver.JobID || c.NodeID != driver.NodeID || c.ActorID != "" || c.Attempt != 0 || seen[c.TaskID] {
				t.Errorf("task %d: %+v", i, c)
			}
			seen[c.TaskID] = true
		}
		third := ray.Remote[int](thirdTime).Options(ray.RetryExceptions())
		check(t, third.Remote(), 2)

		w := ray.Actor[witness](newWitness).Options(ray.NumCPUs(0.25)).Remote()
		told, err := ray.Get(ray.Call[[]ray.RuntimeContext](w, (*witness).Tell))
		if err != nil {
			t.Fatal(err)
		}
		for i, c := range told {
			if c.ActorID != w.ID() || c.Resources["CPU"] != 0.25 || c.WorkerPID != told[0].WorkerPID || fmt.Sprint(c.GPUIDs) != "[]" {
				t.Errorf("actor, call %d: %+v", i, c)
			}
		}
	})
}
