package ray_test

import (
	"errors"
	"fmt"
	"slices"

	"github.com/goray/goray/runtime/ray"
)

// arrive waits for the other parties of a barrier.
func arrive(b ray.Barrier) (int, error) { return b.Wait() }

func ExampleNewBarrier() {
	ray.Must(ray.Init(ray.Config{NumCPUs: 3}))
	defer ray.Shutdown()

	b := ray.NewBarrier(3)
	task := ray.Remote[int](arrive)
	order := ray.Must(ray.GetAll([]ray.ObjectRef[int]{task.Remote(b), task.Remote(b), task.Remote(b)}))
	slices.Sort(order) // each has a place of its own
	fmt.Println(order)
	// Output: [0 1 2]
}

func ExampleSemaphore_TryAcquire() {
	ray.Must(ray.Init(ray.Config{NumCPUs: 1}))
	defer ray.Shutdown()

	licenses := ray.NewSemaphore(2)
	fmt.Println(licenses.Acquire(2))
	fmt.Println(errors.Is(licenses.TryAcquire(1), ray.ErrNoPermit))
	fmt.Println(licenses.Release(1), licenses.TryAcquire(1))
	// Output:
	// <nil>
	// true
	// <nil> <nil>
}

func ExampleQueue_TryPut() {
	ray.Must(ray.Init(ray.Config{NumCPUs: 1}))
	defer ray.Shutdown()

	q := ray.NewQueue[string](2)
	defer q.Close()
	fmt.Println(q.TryPutAll([]string{"a", "b"}))
	fmt.Println(errors.Is(q.TryPut("c"), ray.ErrQueueFull))
	fmt.Println(q.Len())
	fmt.Println(q.TryGetAll(10))
	_, err := q.TryGet()
	fmt.Println(errors.Is(err, ray.ErrQueueEmpty))
	// Output:
	// <nil>
	// true
	// 2 <nil>
	// [a b] <nil>
	// true
}

func ExampleNewMultiDAG() {
	ray.Must(ray.Init(ray.Config{NumCPUs: 2}))
	defer ray.Shutdown()

	// One input, two outputs.
	dag := ray.NewMultiDAG(func(in ray.DAGNode[int]) []ray.DAGNode[int] {
		squared := ray.Remote[int](square).Bind(in)
		return []ray.DAGNode[int]{squared, ray.Remote[int](square).Bind(squared)}
	})
	fmt.Println(ray.GetAll(dag.Execute(3)))
	// Output: [9 81] <nil>
}
