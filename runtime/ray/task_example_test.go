package ray_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/goray/goray/runtime/ray"
)

func ExampleRemote2() {
	ray.Must(ray.Init(ray.Config{NumCPUs: 2}))
	defer ray.Shutdown()

	quotient, rest := ray.Remote2[int, int](divide).Remote(17, 5) // a reference for each result
	fmt.Println(ray.Get(quotient))
	fmt.Println(ray.Get(ray.Remote[int](square).Remote(rest)))
	// Output:
	// 3 <nil>
	// 4 <nil>
}

var errBusy = errors.New("the server is busy")

// unsteady fails twice.
func unsteady(ctx context.Context) (int, error) {
	if attempt := ray.CurrentContext(ctx).Attempt; attempt < 2 {
		return 0, fmt.Errorf("attempt %d: %w", attempt, errBusy)
	}
	return 42, nil
}

func ExampleRetryExceptions() {
	ray.Must(ray.Init(ray.Config{NumCPUs: 2}))
	defer ray.Shutdown()

	f := ray.Remote[int](unsteady)
	_, err := ray.Get(f.Remote()) // errors of functions are not retried …
	fmt.Println(errors.Is(err, errBusy))
	fmt.Println(ray.Get(f.Options(ray.RetryExceptions(errBusy), ray.MaxRetries(2)).Remote())) // … unless asked for
	// Output:
	// true
	// 42 <nil>
}

// waitForChild submits a task that never ends by itself, says so, and waits for it.
func waitForChild(ctx context.Context, started string) (any, error) {
	child := ray.Remote[any](untilDone).Remote()
	if err := os.WriteFile(started, nil, 0o600); err != nil {
		return nil, err
	}
	return ray.GetContext(ctx, child)
}

func ExampleCancel() {
	ray.Must(ray.Init(ray.Config{NumCPUs: 2}))
	defer ray.Shutdown()
	dir, _ := os.MkdirTemp("", "cancel")
	defer os.RemoveAll(dir)

	started := filepath.Join(dir, "started")
	parent := ray.Remote[any](waitForChild).Remote(started)
	for _, err := os.Stat(started); err != nil; _, err = os.Stat(started) {
		ray.Wait([]ray.ObjectRef[any]{parent}, ray.Timeout(time.Millisecond)) // not finished
	}
	ray.Cancel(parent, ray.Recursive()) // what it has submitted ends, too; Force would kill its process
	_, err := ray.Get(parent)
	fmt.Println(errors.Is(err, ray.ErrTaskCancelled))
	// Output: true
}

// whoAmI tells what a task can know about itself.
func whoAmI(ctx context.Context) string {
	c := ray.CurrentContext(ctx)
	return fmt.Sprintf("%s, attempt %d, %v CPU, own process: %t", c.Name, c.Attempt, c.Resources["CPU"], c.WorkerPID == os.Getpid())
}

func ExampleCurrentContext() {
	ray.Must(ray.Init(ray.Config{NumCPUs: 2}))
	defer ray.Shutdown()

	fmt.Println(ray.Get(ray.Remote[string](whoAmI).Options(ray.NumCPUs(2), ray.Name("me")).Remote()))
	// Output: me, attempt 0, 2 CPU, own process: true <nil>
}

func ExampleClusterResources() {
	ray.Must(ray.Init(ray.Config{NumCPUs: 128, Resources: map[string]float64{"license": 2}}))
	defer ray.Shutdown()

	// Amounts are what is handed out, not what the machine has.
	all, free := ray.ClusterResources(), ray.AvailableResources()
	fmt.Println(ray.IsInitialized(), all["CPU"], all["license"], free["CPU"])
	// Output: true 128 2 128
}

func ExampleWaitContext() {
	ray.Must(ray.Init(ray.Config{NumCPUs: 2}))
	defer ray.Shutdown()

	slow := ray.Remote[any](untilDone).Remote()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	_, _, err := ray.WaitContext(ctx, []ray.ObjectRef[any]{slow})
	fmt.Println(errors.Is(err, context.DeadlineExceeded))
	ready, pending, err := ray.Wait([]ray.ObjectRef[any]{slow}, ray.Timeout(0)) // looks, and does not wait
	fmt.Println(len(ready), len(pending), err)
	// Output:
	// true
	// 0 1 <nil>
}

func ExampleOnShutdown() {
	ray.Must(ray.Init(ray.Config{NumCPUs: 1}))
	ray.OnShutdown(func() { fmt.Println("while the session still runs:", ray.IsInitialized()) })
	ray.Shutdown()
	// Output: while the session still runs: true
}

// Where the types are not known before the program runs, there is a form without them for each call.
func ExampleNewFunction() {
	ray.Must(ray.Init(ray.Config{NumCPUs: 2}))
	defer ray.Shutdown()

	f := ray.NewFunction(square, nil).With(ray.NumCPUs(0.5))
	ref := f.Submit(7)
	var n int
	err := ray.GetInto(context.Background(), ref, &n)
	fmt.Println(f, n, err)
	// Output: ray_test.square in ray_test.go 49 <nil>
}
