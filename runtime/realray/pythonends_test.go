package realray_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/goray/goray/runtime/ray"
)

const endingModule = `
import os, time
def crash_once(marker):
    if os.path.exists(marker): return "second"
    open(marker, "w").close()
    os._exit(3)
def sleep(marker):
    open(marker, "w").close()
    for _ in range(6000): time.sleep(0.1)  # Ray's soft cancellation waits for the end of a call of the system
class Tally:
    def __init__(self): self.n = 0
    def add(self): self.n += 1; return self.n
    def leave(self): os._exit(3)
`

// eventually waits until ok.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for limit := time.Now().Add(time.Minute); !ok(); {
		if time.Now().After(limit) {
			t.Fatalf("it does not come: %s", what)
		}
		<-time.After(20 * time.Millisecond)
	}
}

// TestPythonEndsOnRay: a Python process that ends is retried, a running function is cancelled, and an actor
// begins again without its state, as on the embedded runtime.
func TestPythonEndsOnRay(t *testing.T) {
	bothWays(t, func(t *testing.T, address string) {
		const m = "goray_python_ends"
		dir, quiet := t.TempDir(), false
		if err := os.WriteFile(filepath.Join(dir, m+".py"), []byte(endingModule), 0o600); err != nil {
			t.Fatal(err)
		}
		ctx := connectWith(t, ray.Config{Address: address, LogToDriver: &quiet, RuntimeEnv: &ray.RuntimeEnv{WorkingDir: dir}})
		marker := func(name string) string { return filepath.Join(dir, name) }
		if got := get(t, ctx, ray.Python[string](m, "crash_once").Remote(marker("once"))); got != "second" {
			t.Errorf("after the crash: %q", got)
		}
		never := ray.Python[string](m, "crash_once").Options(ray.MaxRetries(0)).Remote(marker("never"))
		if _, err := ray.GetContext(ctx, never); !errors.Is(err, ray.ErrWorkerCrashed) {
			t.Errorf("without retries: %v", err)
		}
		for _, force := range []bool{false, true} {
			started := marker(map[bool]string{false: "soft", true: "forced"}[force])
			long := ray.Python[any](m, "sleep").Remote(started)
			eventually(t, "the start of sleep", func() bool { _, err := os.Stat(started); return err == nil })
			var options []ray.CancelOption
			if force {
				options = append(options, ray.Force())
			}
			if err := ray.Cancel(long, options...); err != nil {
				t.Fatal(err)
			}
			if _, err := ray.GetContext(ctx, long); !errors.Is(err, ray.ErrTaskCancelled) {
				t.Errorf("cancelled, force %v: %v", force, err)
			}
		}
		a := ray.PythonClass(m, "Tally").Options(ray.MaxRestarts(1)).Remote()
		for want := range 3 {
			if got := get(t, ctx, ray.PythonCall[int](a, "add")); got != want+1 {
				t.Errorf("added %d, want %d", got, want+1)
			}
		}
		if _, err := ray.GetContext(ctx, ray.PythonCall[any](a, "leave")); err == nil {
			t.Error("the end of the process is no error")
		}
		var after int
		eventually(t, "the actor", func() (ok bool) {
			v, err := ray.GetContext(ctx, ray.PythonCall[int](a, "add"))
			after = v
			return err == nil
		})
		if after != 1 {
			t.Errorf("the state outlived the process: %d", after)
		}
	})
}
