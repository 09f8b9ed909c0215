package ray_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/goray/goray/runtime/ray"
)

// Door counts who passes; a guard waits until somebody has.
type Door struct{ passed chan struct{} }

func NewDoor() *Door                              { return &Door{passed: make(chan struct{})} }
func (d *Door) Pass()                             { close(d.passed) }
func (d *Door) Guard()                            { <-d.passed }
func (d *Door) Leave(ctx context.Context) error   { return ray.ExitActor(ctx) }
func (d *Door) Sit(ctx context.Context) error     { <-ctx.Done(); return ctx.Err() }
func (d *Door) Name(ctx context.Context) []string { return namesSeen() }

func namesSeen() (list []string) {
	names, err := ray.ListNamedActors(true)
	if err != nil {
		return []string{err.Error()}
	}
	for _, n := range names {
		list = append(list, n.Namespace+"/"+n.Name)
	}
	return list
}

// ExampleConcurrencyGroups: a call that waits for another one of the same actor.
func ExampleConcurrencyGroups() {
	ray.Init(ray.Config{NumCPUs: 1})
	defer ray.Shutdown()
	door := ray.Actor[Door](NewDoor).Options(
		ray.ConcurrencyGroups(map[string]int{"guards": 2}), ray.MethodGroup("guards", (*Door).Guard)).Remote()
	guards := []ray.ObjectRef[any]{ray.Call[any](door, (*Door).Guard), ray.Call[any](door, (*Door).Guard)}
	ray.Call[any](door, (*Door).Pass)
	_, err := ray.GetAll(guards)
	fmt.Println(err)
	// Output: <nil>
}

// ExampleTaskTimeout: what takes too long has an error instead of a value.
func ExampleTaskTimeout() {
	ray.Init(ray.Config{NumCPUs: 1})
	defer ray.Shutdown()
	_, err := ray.Get(ray.Remote[any](linger).Options(ray.TaskTimeout(50 * time.Millisecond)).Remote())
	fmt.Println(errors.Is(err, ray.ErrTaskTimeout), errors.Is(err, context.DeadlineExceeded))
	// Output: true true
}

// ExampleExitActor: an actor ends itself.
func ExampleExitActor() {
	ray.Init(ray.Config{NumCPUs: 1})
	defer ray.Shutdown()
	door := ray.NewActor[Door](NewDoor)
	_, err := ray.Get(ray.Call[any](door, (*Door).Leave))
	fmt.Println(err)
	_, err = ray.Get(ray.Call[any](door, (*Door).Pass))
	fmt.Println(err)
	// Output:
	// <nil>
	// ray: Pass: it exited intentionally, with ray.ExitActor; create a new actor, or let it restart: ray.MaxRestarts(n)
}

// ExampleListNamedActors lists names for GetActor.
func ExampleListNamedActors() {
	ray.Init(ray.Config{NumCPUs: 1, Namespace: "house"})
	defer ray.Shutdown()
	front := ray.Actor[Door](NewDoor).Options(ray.Name("front")).Remote()
	back := ray.Actor[Door](NewDoor).Options(ray.Name("back"), ray.Namespace("garden")).Remote()
	fmt.Println(ray.ListNamedActors(false))
	fmt.Println(ray.Get(ray.Call[[]string](front, (*Door).Name)))
	ray.Kill(back)
	// Output:
	// [{front house}] <nil>
	// [garden/back house/front] <nil>
}

func linger(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }

// TestCallOptions: which options belong to tasks, actors and calls.
func TestCallOptions(t *testing.T) {
	both(t, func(t *testing.T) {
		door := ray.Actor[Door](NewDoor).Options(ray.ConcurrencyGroups(map[string]int{"seats": 1}), ray.MaxConcurrency(2)).Remote()
		_, err := ray.Get(ray.Call[any](door.Options(ray.TaskTimeout(50*time.Millisecond), ray.ConcurrencyGroup("seats")), (*Door).Sit))
		if !errors.Is(err, ray.ErrTaskTimeout) {
			t.Errorf("a call in a group with a timeout: %v", err)
		}
		sq := ray.Remote[int](square)
		for name, test := range map[string]struct {
			err  error
			want string
		}{
			"timeout of an actor": {failed(ray.Call[any](ray.Actor[Door](NewDoor).Options(ray.TaskTimeout(1)).Remote(), (*Door).Pass)), "TaskTimeout is for tasks and for calls"},
			"a timeout of 0":      {failed(sq.Options(ray.TaskTimeout(0)).Remote(1)), "use a duration above 0"},
			"restarts of a task":  {failed(sq.Options(ray.MaxRestarts(1)).Remote(1)), "MaxRestarts is an option of actors"},
			"CPUs of a call":      {failed(ray.Call[any](door.Options(ray.NumCPUs(1)), (*Door).Pass)), "a call takes ray.TaskTimeout and ray.ConcurrencyGroup"},
			"an unknown group":    {failed(ray.Call[any](door.Options(ray.ConcurrencyGroup("beds")), (*Door).Pass)), `no concurrency group "beds"; it has ["seats"]`},
			"a method's group": {failed(ray.Call[any](ray.Actor[Door](NewDoor).Options(ray.MethodGroup("beds", "Sit")).Remote(), (*Door).Pass)),
				"which ray.ConcurrencyGroups does not have"},
			"exit of a driver": {ray.ExitActor(t.Context()), "not that of an actor's call"},
		} {
			if !errors.Is(test.err, ray.ErrInvalidCall) || !strings.Contains(test.err.Error(), test.want) {
				t.Errorf("%s: %v; want %q", name, test.err, test.want)
			}
		}
	})
}
