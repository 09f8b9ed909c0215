package ray_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/goray/goray/runtime/ray"
)

func produce(q ray.Queue[int], from, n int) error {
	for i := range n {
		if err := q.Put(from + i); err != nil {
			return err
		}
	}
	return nil
}

// consume takes items until it gets a negative one.
func consume(q ray.Queue[int]) ([]int, error) {
	var got []int
	for {
		n, err := q.Get()
		if err != nil || n < 0 {
			return got, err
		}
		got = append(got, n)
	}
}

func ExampleQueue() {
	ray.Must(ray.Init(ray.Config{NumCPUs: 2}))
	defer ray.Shutdown()

	q := ray.NewQueue[int](2) // the producer waits when two items are in it
	done := ray.Remote[any](produce).Remote(q, 1, 5)
	for range 5 {
		fmt.Print(ray.Must(q.Get()), " ")
	}
	_, err := ray.Get(done)
	fmt.Println(err)
	// Output: 1 2 3 4 5 <nil>
}

// TestQueueLosesNothing: several producers and consumers in processes of their own.
func TestQueueLosesNothing(t *testing.T) {
	start(t, ray.Config{NumCPUs: 4})
	const workers, each = 4, 500
	q := ray.NewQueue[int](32)
	producer, consumer := ray.Remote[any](produce).Options(ray.NumCPUs(0.1)), ray.Remote[[]int](consume).Options(ray.NumCPUs(0.1))
	var taken []ray.ObjectRef[[]int]
	var given []ray.ObjectRef[any]
	for i := range workers {
		taken = append(taken, consumer.Remote(q))
		given = append(given, producer.Remote(q, i*each, each))
	}
	if _, err := ray.GetAll(given); err != nil {
		t.Fatal(err)
	}
	for range workers {
		if err := q.Put(-1); err != nil {
			t.Fatal(err)
		}
	}
	lists, err := ray.GetAll(taken)
	if err != nil {
		t.Fatal(err)
	}
	all := slices.Sorted(slices.Values(slices.Concat(lists...)))
	if len(all) != workers*each || all[0] != 0 || all[len(all)-1] != workers*each-1 || len(slices.Compact(all)) != workers*each {
		t.Errorf("%d items, from %d to %d", len(all), all[0], all[len(all)-1])
	}
	if n, err := q.Len(); n != 0 || err != nil {
		t.Error(n, err)
	}
}

func TestQueueEdges(t *testing.T) {
	both(t, func(t *testing.T) {
		q := ray.NewQueue[string](2)
		if _, err := q.TryGet(); !errors.Is(err, ray.ErrQueueEmpty) {
			t.Error(err)
		}
		if err := q.TryPutAll([]string{"a", "b"}); err != nil {
			t.Error(err)
		}
		if err := q.TryPut("c"); !errors.Is(err, ray.ErrQueueFull) {
			t.Error(err)
		}
		if err := q.TryPutAll([]string{"c", "d", "e"}); !errors.Is(err, ray.ErrInvalidCall) {
			t.Error(err)
		}
		if all, err := q.TryGetAll(5); err != nil || !slices.Equal(all, []string{"a", "b"}) {
			t.Error(all, err)
		}
		if all, err := q.TryGetAll(5); err != nil || len(all) != 0 {
			t.Error(all, err)
		}
		if _, err := q.TryGetAll(0); !errors.Is(err, ray.ErrInvalidCall) {
			t.Error(err)
		}
		if err := (ray.Queue[int]{}).Put(1); !errors.Is(err, ray.ErrInvalidCall) {
			t.Error(err)
		}
		if _, err := ray.NewQueue[int](-1).TryGet(); !errors.Is(err, ray.ErrActorDied) {
			t.Error(err)
		}
		if err := q.Close(); err != nil {
			t.Error(err)
		}
		if _, err := q.TryGet(); !errors.Is(err, ray.ErrActorDied) {
			t.Error(err)
		}
	})
}

// TestQueueDeadline: whoever leaves takes nothing along.
func TestQueueDeadline(t *testing.T) {
	both(t, func(t *testing.T) {
		q := ray.NewQueue[int](1)
		for range 20 {
			ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
			_, err := q.GetContext(ctx)
			cancel()
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Fatal(err)
			}
		}
		if err := q.Put(7); err != nil { // those that have left do not get it
			t.Fatal(err)
		}
		for range 20 {
			ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
			err := q.PutContext(ctx, 8)
			cancel()
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Fatal(err)
			}
		}
		if n, err := q.Get(); n != 7 || err != nil {
			t.Fatal(n, err)
		}
		if _, err := q.TryGet(); !errors.Is(err, ray.ErrQueueEmpty) {
			t.Error("an item of a caller that has left came in:", err)
		}
	})
}

func guarded(sem ray.Semaphore, q ray.Queue[int]) error {
	if err := sem.Acquire(1); err != nil {
		return err
	}
	if err := q.Put(1); err != nil {
		return err
	}
	time.Sleep(5 * time.Millisecond)
	if err := q.Put(-1); err != nil {
		return err
	}
	return sem.Release(1)
}

func ExampleSemaphore() {
	ray.Must(ray.Init(ray.Config{NumCPUs: 8}))
	defer ray.Shutdown()

	sem, events := ray.NewSemaphore(2), ray.NewQueue[int](0)
	task := ray.Remote[any](guarded)
	var refs []ray.ObjectRef[any]
	for range 8 {
		refs = append(refs, task.Remote(sem, events))
	}
	ray.Must(ray.GetAll(refs))
	inside, most := 0, 0
	for _, change := range ray.Must(events.TryGetAll(100)) {
		inside += change
		most = max(most, inside)
	}
	fmt.Println("at most", most, "at the same time, in the end", inside)
	// Output: at most 2 at the same time, in the end 0
}

func TestSemaphoreEdges(t *testing.T) {
	both(t, func(t *testing.T) {
		sem := ray.NewSemaphore(2)
		if err := sem.Acquire(2); err != nil {
			t.Fatal(err)
		}
		if err := sem.TryAcquire(1); !errors.Is(err, ray.ErrNoPermit) {
			t.Error(err)
		}
		for range 20 {
			ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
			if err := sem.AcquireContext(ctx, 1); !errors.Is(err, context.DeadlineExceeded) {
				t.Error(err)
			}
			cancel()
		}
		if err := sem.Release(2); err != nil {
			t.Error(err)
		}
		if err := sem.TryAcquire(2); err != nil {
			t.Error("those that have left hold a permit:", err)
		}
		if err := sem.Acquire(3); !errors.Is(err, ray.ErrInvalidCall) {
			t.Error(err)
		}
		if err := sem.Release(3); !errors.Is(err, ray.ErrInvalidCall) {
			t.Error(err)
		}
		if err := ray.NewSemaphore(0).Acquire(1); !errors.Is(err, ray.ErrActorDied) {
			t.Error(err)
		}
	})
}

// meet waits twice, and reports both places.
func meet(b ray.Barrier) ([]int, error) {
	first, err := b.Wait()
	if err != nil {
		return nil, err
	}
	second, err := b.Wait()
	return []int{first, second}, err
}

func TestBarrier(t *testing.T) {
	both(t, func(t *testing.T) {
		b := ray.NewBarrier(3)
		task := ray.Remote[[]int](meet).Options(ray.NumCPUs(0.1))
		places, err := ray.GetAll([]ray.ObjectRef[[]int]{task.Remote(b), task.Remote(b), task.Remote(b)})
		if err != nil {
			t.Fatal(err)
		}
		for round := range 2 {
			order := []int{places[0][round], places[1][round], places[2][round]}
			slices.Sort(order)
			if !slices.Equal(order, []int{0, 1, 2}) {
				t.Error(places)
			}
		}
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
		defer cancel()
		if _, err := b.WaitContext(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		if _, err := b.Wait(); !errors.Is(err, ray.ErrBarrierBroken) {
			t.Error(err)
		}
	})
}
