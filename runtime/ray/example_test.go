package ray_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"syscall"
	"time"

	"github.com/goray/goray/runtime/ray"
)

// Functions that run as tasks are ordinary functions. In these examples workers are started by
// TestMain; in a program ray.Init does it.
func mean(numbers []float64) float64 {
	var sum float64
	for _, n := range numbers {
		sum += n
	}
	return sum / float64(len(numbers))
}

func Example() {
	ray.Must(ray.Init(ray.Config{NumCPUs: 2}))
	defer ray.Shutdown()

	sq := ray.Remote[int](square)
	var refs []ray.ObjectRef[int]
	for n := range 10 {
		refs = append(refs, sq.Remote(n)) // returns at once
	}
	fmt.Println(ray.GetAll(refs))
	// Output: [0 1 4 9 16 25 36 49 64 81] <nil>
}

func ExamplePut() {
	ray.Must(ray.Init(ray.Config{NumCPUs: 2}))
	defer ray.Shutdown()

	numbers := make([]float64, 1_000_000) // 8 MB, stored once in shared memory
	for i := range numbers {
		numbers[i] = float64(i)
	}
	ref := ray.Put(numbers)
	average := ray.Remote[float64](mean)
	fmt.Println(ray.GetAll([]ray.ObjectRef[float64]{average.Remote(ref), average.Remote(ref)}))
	// Output: [499999.5 499999.5] <nil>
}

func ExampleRemoteFunc_Options() {
	ray.Must(ray.Init(ray.Config{NumCPUs: 2, Resources: map[string]float64{"license": 1}}))
	defer ray.Shutdown()

	root := ray.Remote[float64](math.Sqrt)
	licensed := root.Options(ray.NumCPUs(0.5), ray.Resource("license", 1), ray.MaxRetries(5))
	fmt.Println(ray.Get(licensed.Remote(2.25)))
	// Output: 1.5 <nil>
}

func ExampleNewActor() {
	ray.Must(ray.Init(ray.Config{NumCPUs: 2}))
	defer ray.Shutdown()

	c := ray.NewActor[Counter](NewCounter, 10)
	ray.Call[int](c, (*Counter).Inc, 1)
	ray.Call[int](c, (*Counter).Inc, 1)
	fmt.Println(ray.Get(ray.Call[int](c, (*Counter).Inc, 1)))
	// Output: 13 <nil>
}

func ExampleWait() {
	ray.Must(ray.Init(ray.Config{NumCPUs: 2}))
	defer ray.Shutdown()

	slow := ray.Remote[any](untilDone).Remote()
	fast := ray.Remote[any](square).Remote(3)
	ready, pending, err := ray.Wait([]ray.ObjectRef[any]{slow, fast})
	fmt.Println(len(ready), len(pending), err)
	fmt.Println(ray.Get(ready[0]))
	// Output:
	// 1 1 <nil>
	// 9 <nil>
}

func ExampleGetContext() {
	ray.Must(ray.Init(ray.Config{NumCPUs: 2}))
	defer ray.Shutdown()

	ref := ray.Remote[any](untilDone).Remote()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	_, err := ray.GetContext(ctx, ref)
	fmt.Println(errors.Is(err, ray.ErrGetTimeout))

	ray.Cancel(ref)
	_, err = ray.Get(ref)
	fmt.Println(errors.Is(err, ray.ErrTaskCancelled))
	// Output:
	// true
	// true
}

func ExampleTaskError() {
	ray.Must(ray.Init(ray.Config{NumCPUs: 2}))
	defer ray.Shutdown()

	_, err := ray.Get(ray.Remote[int](boom).Remote(7))
	var task *ray.TaskError
	if errors.As(err, &task) {
		fmt.Println(task.Func, "failed:", task.Message)
	}
	fmt.Println(errors.Is(err, errBoom)) // the sentinel of another process
	// Output:
	// ray_test.boom failed: n=7: boom
	// true
}

// crashOnce ends its worker process in the first attempt, as a crash of the machine would.
func crashOnce(ctx context.Context) int {
	attempt := ray.CurrentContext(ctx).Attempt
	if attempt == 0 {
		syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
	return attempt
}

func ExampleMaxRetries() {
	ray.Must(ray.Init(ray.Config{NumCPUs: 2}))
	defer ray.Shutdown()

	fmt.Println(ray.Get(ray.Remote[int](crashOnce).Remote()))
	_, err := ray.Get(ray.Remote[int](crashOnce).Options(ray.MaxRetries(0)).Remote())
	fmt.Println(errors.Is(err, ray.ErrWorkerCrashed))
	// Output:
	// 1 <nil>
	// true
}

func ExampleCaptureFunc() {
	ray.Must(ray.Init(ray.Config{NumCPUs: 2}))
	defer ray.Shutdown()

	f, err := ray.CaptureFunc(square)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(ray.Get(ray.Remote[int](apply).Remote(f, 7))) // apply calls f in the worker
	// Output: 49 <nil>
}
