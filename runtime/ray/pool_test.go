package ray_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goray/goray/runtime/ray"
)

// Squarer is the worker of the pool's tests.
type Squarer struct{ Done int }

func NewSquarer() *Squarer { return &Squarer{} }

// Square fails for 13.
func (s *Squarer) Square(n int) (int, error) {
	s.Done++
	if n == 13 {
		return 0, errors.New("unlucky")
	}
	return n * n, nil
}

// Sleep returns after so many milliseconds.
func (s *Squarer) Sleep(ctx context.Context, ms int) int {
	select {
	case <-time.After(time.Duration(ms) * time.Millisecond):
	case <-ctx.Done():
	}
	return ms
}

func ExampleActorPool() {
	ray.Must(ray.Init(ray.Config{NumCPUs: 2}))
	defer ray.Shutdown()

	pool := ray.NewActorPool[Squarer, int](ray.NewActor[Squarer](NewSquarer), ray.NewActor[Squarer](NewSquarer))
	for n, err := range pool.Map((*Squarer).Square, []int{1, 2, 3, 4, 5}) {
		fmt.Println(n, err)
	}
	// Output:
	// 1 <nil>
	// 4 <nil>
	// 9 <nil>
	// 16 <nil>
	// 25 <nil>
}

func TestActorPool(t *testing.T) {
	both(t, func(t *testing.T) {
		var actors []ray.ActorHandle[Squarer]
		for range 6 {
			actors = append(actors, ray.NewActor[Squarer](NewSquarer))
		}
		pool := ray.NewActorPool[Squarer, int](actors...)
		shards := []int{1, 2, 13, 4, 5, 6, 7, 8, 9, 10, 11, 12}
		var failed, sum int
		for n, err := range pool.MapUnordered((*Squarer).Square, shards) {
			if err != nil {
				failed++
				if !strings.Contains(err.Error(), "unlucky") {
					t.Error(err)
				}
			}
			sum += n
		}
		if want := 650 - 9; failed != 1 || sum != want {
			t.Errorf("%d failed, sum %d; want 1, %d", failed, sum, want)
		}
		if pool.HasNext() || !pool.HasFree() {
			t.Error("the pool still has results, or no idle actor")
		}
		if _, err := pool.Next(); !errors.Is(err, ray.ErrPoolEmpty) {
			t.Error(err)
		}
	})
}

func TestActorPoolOrder(t *testing.T) {
	start(t, ray.Config{NumCPUs: 2})
	a, b := ray.NewActor[Squarer](NewSquarer), ray.NewActor[Squarer](NewSquarer)
	pool := ray.NewActorPool[Squarer, int](a, b)
	pool.Submit((*Squarer).Sleep, 300)
	pool.Submit("Sleep", 1)
	pool.Submit((*Squarer).Sleep, "x") // waits for an actor; its result says what is wrong
	if first, err := pool.NextUnordered(); err != nil || first != 1 {
		t.Errorf("NextUnordered: %d, %v; want 1", first, err)
	}
	if _, ok := pool.PopIdle(); ok {
		t.Error("an actor is idle while a call waits")
	}
	short, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	if _, err := pool.NextContext(short); !errors.Is(err, ray.ErrGetTimeout) {
		t.Errorf("NextContext: %v; want ErrGetTimeout", err)
	}
	if next, err := pool.Next(); err != nil || next != 300 {
		t.Errorf("Next: %d, %v; want 300, which the deadline has left in the pool", next, err)
	}
	if _, err := pool.Next(); !errors.Is(err, ray.ErrInvalidCall) {
		t.Errorf("a bad call: %v", err)
	}
	for range 2 {
		if _, ok := pool.PopIdle(); !ok {
			t.Error("no actor is idle in the end")
		}
	}
	pool.Submit((*Squarer).Square, 3)
	if _, err := pool.Next(); !errors.Is(err, ray.ErrInvalidCall) || !strings.Contains(err.Error(), "Push") {
		t.Errorf("without actors: %v", err)
	}
	pool.Push(a)
	if n, err := pool.Next(); n != 9 || err != nil {
		t.Error(n, err)
	}
	got := []int{}
	for n := range pool.Map((*Squarer).Square, [2]int{3, 4}) {
		got = append(got, n)
	}
	if !slices.Equal(got, []int{9, 16}) {
		t.Error(got)
	}
	for _, err := range pool.Map((*Squarer).Square, 7) {
		if !errors.Is(err, ray.ErrInvalidCall) {
			t.Error(err)
		}
	}
}
