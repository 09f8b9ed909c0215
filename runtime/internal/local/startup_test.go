package local_test

import (
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/local"
	"github.com/goray/goray/runtime/internal/marshal"
)

// envBroken makes workers end before they are ready, as those of a program that never calls Init.
const envBroken = "GORAY_TEST_BROKEN_WORKER"

func one() int { return 1 }

func TestWorkersThatDoNotComeUp(t *testing.T) {
	t.Setenv(envBroken, "1")
	b, err := local.Open(t.Context(), core.Config{Resources: core.Resources{core.CPU: 1}, ObjectStoreMemory: 1 << 20, DashboardPort: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	f, _, err := marshal.Function(one)
	if err != nil {
		t.Fatal(err)
	}
	run := func() core.Value {
		id := b.NewID()
		if err := b.Submit(&core.TaskSpec{ID: id, Func: &f, Options: new(core.DefaultTask())}); err != nil {
			t.Fatal(err)
		}
		values, err := b.Get(t.Context(), []core.ID{id})
		if err != nil {
			t.Fatal(err)
		}
		return values[0]
	}
	for range 2 {
		v := run()
		if v.Failure == nil || v.Failure.Kind != core.WorkerCrashed || !strings.Contains(v.Failure.Text, "call it first in main") {
			t.Fatalf("%+v", v.Failure)
		}
	}
	os.Unsetenv(envBroken) // and when the cause is mended, tasks run
	var v core.Value
	eventually(t, "a worker that comes up", func() bool { // some may have been started before
		v = run()
		return v.Failure == nil
	})
	if n, err := marshal.Decode(v, reflect.TypeFor[int]()); err != nil || n.Int() != 1 {
		t.Error(n, err)
	}
}
