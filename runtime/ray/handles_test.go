package ray_test

import (
	"errors"
	"runtime"
	"testing"
	"time"

	"github.com/goray/goray/runtime/ray"
)

// report gets a handle within other values, and leaves it behind.
func report(to map[string]*struct{ Handle ray.ActorHandle[Counter] }) (int, error) {
	return ray.Get(ray.Call[int](to["progress"].Handle, (*Counter).Inc, 1))
}

// TestActorEndsWithItsLastHandle: also with one that a task had, whose worker has nothing to do.
func TestActorEndsWithItsLastHandle(t *testing.T) {
	start(t, ray.Config{NumCPUs: 2})
	func() {
		c := ray.Actor[Counter](NewCounter).Options(ray.Name("progress")).Remote(0)
		refs := make([]ray.ObjectRef[int], 10)
		for i := range refs {
			refs[i] = ray.Remote[int](report).Remote(map[string]*struct{ Handle ray.ActorHandle[Counter] }{"progress": {c}})
		}
		if _, err := ray.GetAll(refs); err != nil {
			t.Fatal(err)
		}
		check(t, ray.Call[int](c, (*Counter).Inc, 0), 10)
	}()
	deadline := time.NewTimer(30 * time.Second)
	defer deadline.Stop()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		runtime.GC() // of the driver's own handles
		_, err := ray.GetActor[Counter]("progress")
		if errors.Is(err, ray.ErrActorNotFound) {
			return
		}
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("the actor lives on: %v", err)
		}
	}
}
