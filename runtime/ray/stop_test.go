package ray_test

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/goray/goray/runtime/node"
	"github.com/goray/goray/runtime/ray"
)

// stops are the executions in this process that can be stopped: a stand-in for an engine.
var stops struct {
	sync.Mutex
	current *atomic.Bool
}

// Enter implements core.Stopper.
func (*pieceCode) Enter() (interrupt, leave func()) {
	stop := new(atomic.Bool)
	stops.Lock()
	stops.current = stop
	stops.Unlock()
	return func() { stop.Store(true) }, func() {}
}

// safepoint ends the goroutine of an execution that was interrupted.
func safepoint() {
	stops.Lock()
	stop := stops.current
	stops.Unlock()
	if stop.Load() {
		runtime.Goexit()
	}
}

func init() {
	piecesByName["deaf"] = piece{[]any{""}, func(c []reflect.Value) any {
		file := c[0].String()
		return func() (int, error) {
			defer os.WriteFile(file+".left", nil, 0o600) //nolint:errcheck // the test waits for the file
			if err := os.WriteFile(file, []byte(strconv.Itoa(os.Getpid())), 0o600); err != nil {
				return 0, err
			}
			for {
				safepoint()
			}
		}
	}}
}

// TestCancelStopsCellFunctions cancels functions that do not look at their context: the worker must
// be free again, and stay the same process.
func TestCancelStopsCellFunctions(t *testing.T) {
	node.SetCode(&pieces)
	defer node.SetCode(nil)
	start(t, ray.Config{NumCPUs: 1})
	for range 3 {
		file := filepath.Join(t.TempDir(), "begun")
		ref := ray.Remote[int](declare("deaf", file)).Remote()
		await(t, file)
		began := time.Now()
		ray.Cancel(ref)
		if err := failed(ref); !errors.Is(err, ray.ErrTaskCancelled) {
			t.Fatal(err)
		}
		await(t, file+".left")
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		before, _ := strconv.Atoi(string(text))
		check(t, ray.Remote[int](pid).Remote(), before)
		t.Logf("the worker is free after %v", time.Since(began))
	}
}

func await(t *testing.T, file string) {
	t.Helper()
	deadline := time.NewTimer(20 * time.Second)
	defer deadline.Stop()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for {
		if _, err := os.Stat(file); err == nil {
			return
		}
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("%s did not appear", file)
		}
	}
}
