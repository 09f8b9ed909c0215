package ray_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/goray/goray/runtime/ray"
)

func countTo(n int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := range n {
			if !yield(i) {
				return
			}
		}
	}
}

// countdown fails at zero.
func countdown(ctx context.Context, from int) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for i := from; i > 0; i-- {
			if !yield(fmt.Sprint(i), nil) {
				return
			}
		}
		yield("", errors.New("nothing is left"))
	}
}

// endless tells its pid, then yields until it is stopped, and reports how far it came.
func endless(ctx context.Context, report ray.Queue[int]) iter.Seq[int] {
	return func(yield func(int) bool) {
		n := 0
		for ; yield(n) && ctx.Err() == nil; n++ {
		}
		_ = report.PutContext(context.WithoutCancel(ctx), n)
	}
}

func blocks(n, size int) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for i := range n {
			b := make([]byte, size)
			b[0] = byte(i)
			if !yield(b) {
				return
			}
		}
	}
}

func diesAfter(n int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := range n {
			yield(i)
		}
		syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
}

func ExampleRemoteStream() {
	ray.Must(ray.Init(ray.Config{NumCPUs: 2}))
	defer ray.Shutdown()

	counts := ray.RemoteStream[int](countTo)
	for n, err := range counts.Remote(4).Values() { // while the task still counts
		fmt.Println(n, err)
	}
	// Output:
	// 0 <nil>
	// 1 <nil>
	// 2 <nil>
	// 3 <nil>
}

func TestStream(t *testing.T) {
	both(t, func(t *testing.T) {
		n := ray.Put(100) // an argument may be a reference
		sum := 0
		for v, err := range ray.RemoteStream[int](countTo).Ahead(3).Remote(n).Values() {
			if err != nil {
				t.Fatal(err)
			}
			sum += v
		}
		if sum != 4950 {
			t.Errorf("sum %d, want 4950", sum)
		}
		var got []string
		for v, err := range ray.RemoteStream[string](countdown).Remote(3).Values() {
			if err != nil {
				got = append(got, "error")
				if !strings.Contains(err.Error(), "nothing is left") {
					t.Error(err)
				}
				continue
			}
			got = append(got, v)
		}
		if fmt.Sprint(got) != "[3 2 1 error]" {
			t.Error(got)
		}
	})
}

// TestStreamBreak: whoever leaves the loop ends the task, wherever it is.
func TestStreamBreak(t *testing.T) {
	both(t, func(t *testing.T) {
		report := ray.NewQueue[int](1)
		for v, err := range ray.RemoteStream[int](endless).Ahead(2).Remote(report).Values() {
			if err != nil {
				t.Fatal(err)
			}
			if v == 5 {
				break
			}
		}
		limit, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		n, err := report.GetContext(limit)
		if err != nil || n < 5 || n > 10 {
			t.Errorf("the task came to %d (%v); it may be a few ahead of 5", n, err)
		}
	})
}

// TestStreamAbandoned: a stream that nobody can read any more ends its task, too.
func TestStreamAbandoned(t *testing.T) {
	start(t, ray.Config{NumCPUs: 2})
	report := ray.NewQueue[int](1)
	func() {
		s := ray.RemoteStream[int](endless).Ahead(2).Remote(report)
		if _, ok, err := s.Next(); !ok || err != nil {
			t.Fatal(ok, err)
		}
	}()
	for range 200 {
		runtime.GC()
		limit, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
		_, err := report.GetContext(limit)
		cancel()
		if err == nil {
			return
		}
	}
	t.Error("the task still runs")
}

// TestStreamLargerThanTheStore: what has been read makes room for what comes.
func TestStreamLargerThanTheStore(t *testing.T) {
	start(t, ray.Config{NumCPUs: 2, ObjectStoreMemory: 100 << 20})
	i := 0
	for b, err := range ray.RemoteStream[[]byte](blocks).Ahead(2).Remote(40, 10<<20).Values() {
		if err != nil {
			t.Fatal(err)
		}
		if len(b) != 10<<20 || b[0] != byte(i) {
			t.Fatalf("block %d: %d bytes, the first is %d", i, len(b), b[0])
		}
		i++
	}
	if i != 40 {
		t.Errorf("%d blocks, want 40", i)
	}
}

func TestStreamOfADyingWorker(t *testing.T) {
	start(t, ray.Config{NumCPUs: 2})
	n, last := 0, error(nil)
	for _, err := range ray.RemoteStream[int](diesAfter).Remote(3).Values() {
		if last = err; err == nil {
			n++
		}
	}
	if n != 3 || !errors.Is(last, ray.ErrWorkerCrashed) {
		t.Errorf("%d results, then %v; want 3, then ErrWorkerCrashed", n, last)
	}
}

func TestBadStreams(t *testing.T) {
	start(t, ray.Config{NumCPUs: 2})
	first := func(s ray.Stream[int]) error { _, _, err := s.Next(); return err }
	for want, err := range map[string]error{
		"gives no stream of int; return an iter.Seq[int]": first(ray.RemoteStream[int](square).Remote(1)),
		"gives no stream of int; return":                  first(ray.RemoteStream[int](countdown).Remote(1)),
		"Ahead(0); at least 1":                            first(ray.RemoteStream[int](countTo).Ahead(0).Remote(1)),
		"argument 1: string is not assignable to int":     first(ray.RemoteStream[int](countTo).Remote("x")),
		"takes 1 argument(s), got 0":                      first(ray.RemoteStream[int](countTo).Remote()),
		"give it a function":                              first(ray.RemoteStream[int](7).Remote()),
		"the stream is the zero value":                    first(ray.Stream[int]{}),
	} {
		if !errors.Is(err, ray.ErrInvalidCall) || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
