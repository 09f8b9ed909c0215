package ray_test

import (
	"context"
	"errors"
	"os"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/goray/goray/runtime/ray"
)

// oneByOne calls a function often enough that whoever waits for a result reads it himself.
func oneByOne(t *testing.T) {
	t.Helper()
	f := ray.Remote[int](process)
	for range 50 {
		ray.Must(ray.Get(f.Remote()))
	}
}

func process() int { return os.Getpid() }

// obey ends its process when it is told so through a pipe, and returns when it is told something else.
func obey(path string) (int, error) {
	word, err := os.ReadFile(path)
	if string(word) == "die" {
		return 0, syscall.Kill(os.Getpid(), syscall.SIGKILL)
	}
	return os.Getpid(), err
}

// What ends a Get while it reads for its worker: a result, an interrupt, the end of the worker, a
// cancellation by another goroutine, the end of the session.
func TestGetThatReadsForItsWorker(t *testing.T) {
	start(t, ray.Config{NumCPUs: 1})
	oneByOne(t)
	t.Run("interrupt", func(t *testing.T) {
		ref := ray.Remote[any](untilDone).Remote()
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		if _, err := ray.GetContext(ctx, ref); !errors.Is(err, ray.ErrGetTimeout) {
			t.Error(err)
		}
		ray.Must(0, ray.Cancel(ref))
	})
	oneByOne(t)
	t.Run("cancellation", func(t *testing.T) {
		ref := ray.Remote[any](untilDone).Remote()
		time.AfterFunc(10*time.Millisecond, func() { _ = ray.Cancel(ref) })
		if err := failed(ref); !errors.Is(err, ray.ErrTaskCancelled) {
			t.Error(err)
		}
	})
	oneByOne(t)
	t.Run("the end of the worker", func(t *testing.T) {
		path := t.TempDir() + "/pipe"
		if err := syscall.Mkfifo(path, 0o600); err != nil {
			t.Fatal(err)
		}
		ref := ray.Remote[int](obey).Remote(path)
		time.AfterFunc(10*time.Millisecond, func() {
			_ = os.WriteFile(path, []byte("die"), 0o600)
			_ = os.WriteFile(path, []byte("live"), 0o600)
		})
		if pid, err := ray.Get(ref); err != nil || pid == 0 {
			t.Error(pid, err)
		}
	})
	oneByOne(t)
	t.Run("others", func(t *testing.T) {
		c := ray.NewActor[Counter](NewCounter, 0)
		ray.Must(ray.Get(ray.Call[int](c, (*Counter).Inc, 1)))
		var getters sync.WaitGroup
		for range 8 {
			getters.Go(func() {
				for range 200 {
					if _, err := ray.Get(ray.Call[int](c, (*Counter).Inc, 1)); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		getters.Wait()
		if n := ray.Must(ray.Get(ray.Call[int](c, (*Counter).Inc, 0))); n != 1601 {
			t.Error(n)
		}
	})
	oneByOne(t)
	t.Run("what nobody waits for alone", func(t *testing.T) {
		f := ray.Remote[int](process)
		for n := 1; n < 200; n *= 3 {
			refs := make([]ray.ObjectRef[int], n)
			for i := range refs {
				refs[i] = f.Remote()
			}
			ray.Must(ray.GetAll(refs))
			oneByOne(t)
			if ready, _, err := ray.Wait([]ray.ObjectRef[int]{f.Remote()}); len(ready) != 1 {
				t.Error(err)
			}
		}
	})
	oneByOne(t)
	t.Run("the end of the session", func(t *testing.T) {
		ref := ray.Remote[any](untilDone).Remote()
		ended := make(chan error)
		go func() { ended <- failed(ref) }()
		time.AfterFunc(10*time.Millisecond, func() { _ = ray.Shutdown() })
		if err := <-ended; !errors.Is(err, ray.ErrSessionClosed) {
			t.Error(err)
		}
	})
}
