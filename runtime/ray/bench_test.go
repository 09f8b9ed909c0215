package ray_test

import (
	"testing"
	"time"

	"github.com/goray/goray/runtime/ray"
)

func nothing() {}

func TestTimes(t *testing.T) {
	t0 := time.Now()
	lap := func(what string) { t.Logf("%s %v", what, time.Since(t0)); t0 = time.Now() }
	start(t, ray.Config{NumCPUs: 2})
	lap("init")
	ray.Must(ray.Get(ray.Remote[any](nothing).Remote()))
	lap("first task")
	for range 100 {
		ray.Must(ray.Get(ray.Remote[any](nothing).Remote()))
	}
	lap("100 tasks")
	ray.Must(ray.Get(ray.Remote[int](fib).Remote(10)))
	lap("fib(10)")
	ray.Shutdown()
	lap("shutdown")
}

func BenchmarkTaskSync(b *testing.B) {
	start(b, ray.Config{NumCPUs: 2})
	f := ray.Remote[any](nothing)
	ray.Must(ray.Get(f.Remote()))
	for b.Loop() {
		ray.Must(ray.Get(f.Remote()))
	}
}

func BenchmarkTaskAsync(b *testing.B) {
	start(b, ray.Config{NumCPUs: 2})
	f := ray.Remote[any](nothing)
	ray.Must(ray.Get(f.Remote()))
	const batch = 10000
	refs := make([]ray.ObjectRef[any], batch)
	for b.Loop() {
		for i := range refs {
			refs[i] = f.Remote()
		}
		ray.Must(ray.GetAll(refs))
	}
	b.ReportMetric(float64(b.N)*batch/b.Elapsed().Seconds(), "tasks/s")
}

func BenchmarkActorSync(b *testing.B) {
	start(b, ray.Config{NumCPUs: 2})
	c := ray.NewActor[Counter](NewCounter, 0)
	for b.Loop() {
		ray.Must(ray.Get(ray.Call[int](c, (*Counter).Inc, 1)))
	}
}

func BenchmarkActorAsync(b *testing.B) {
	start(b, ray.Config{NumCPUs: 2})
	c := ray.NewActor[Counter](NewCounter, 0)
	const batch = 10000
	refs := make([]ray.ObjectRef[int], batch)
	for b.Loop() {
		for i := range refs {
			refs[i] = ray.Call[int](c, (*Counter).Inc, 1)
		}
		ray.Must(ray.GetAll(refs))
	}
	b.ReportMetric(float64(b.N)*batch/b.Elapsed().Seconds(), "calls/s")
}

func BenchmarkPut1KB(b *testing.B) {
	start(b, ray.Config{NumCPUs: 2})
	data := make([]byte, 1024)
	for b.Loop() {
		ray.Put(data)
	}
}

func BenchmarkPut1GiB(b *testing.B) {
	start(b, ray.Config{NumCPUs: 2, ObjectStoreMemory: 8 << 30})
	data := make([]byte, 1<<30)
	for i := range data {
		data[i] = byte(i * 7)
	}
	b.SetBytes(1 << 30)
	for b.Loop() {
		ref := ray.Put(data)
		ready, _, err := ray.Wait([]ray.ObjectRef[[]byte]{ref})
		if err != nil || len(ready) != 1 {
			b.Fatal(ready, err)
		}
		b.StopTimer()
		collect() // the space of the last object is reused: its pages are there
		b.StartTimer()
	}
}

// BenchmarkWait1000 waits for 1,000 tasks one by one.
func BenchmarkWait1000(b *testing.B) {
	start(b, ray.Config{NumCPUs: 2})
	f := ray.Remote[any](nothing)
	for b.Loop() {
		b.StopTimer()
		var left []ray.ObjectRef[any]
		for range 1000 {
			left = append(left, f.Remote())
		}
		ray.Must(ray.GetAll(left))
		b.StartTimer()
		for len(left) > 0 {
			var err error
			if _, left, err = ray.Wait(left); err != nil {
				b.Fatal(err)
			}
		}
	}
}

func size(data []byte) int { return len(data) }

// BenchmarkArgument10MB calls a task with a new argument of 10 MB each time.
func BenchmarkArgument10MB(b *testing.B) {
	start(b, ray.Config{NumCPUs: 2})
	f, data := ray.Remote[int](size), make([]byte, 10_000_000)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		ray.Must(ray.Get(f.Remote(data)))
	}
}
