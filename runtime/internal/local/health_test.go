package local_test

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/marshal"
)

// waits leaves a mark, and ends when a file is there.
func waits(dir, release string) (int, error) {
	f, err := os.CreateTemp(dir, "mark")
	if err != nil {
		return 0, err
	}
	f.Close()
	for {
		if _, err := os.Stat(release); err == nil {
			return 1, nil
		}
		syscall.Nanosleep(&syscall.Timespec{Nsec: 1e6}, nil)
	}
}

// TestStoppedNode stops the processes of a node, as if its machine hung. It is declared dead once,
// and what it ran has one result.
func TestStoppedNode(t *testing.T) {
	t.Setenv("RAY_health_check_period_ms", "50")
	t.Setenv("RAY_health_check_failure_threshold", "4")
	b := open(t, core.Config{Nodes: []core.NodeConfig{virtualNode("a", 16<<20), virtualNode("b", 16<<20)}})
	f, _, err := marshal.Function(waits)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	release := filepath.Join(dir, "release")
	arg := func(s string) core.Arg {
		v, err := marshal.Encode(reflect.ValueOf(s))
		if err != nil {
			t.Fatal(err)
		}
		return core.Arg{Value: v}
	}
	marks := func() int {
		found, _ := filepath.Glob(filepath.Join(dir, "mark*"))
		return len(found)
	}
	var ids []core.ID
	for range 2 { // one on each node
		spec := &core.TaskSpec{ID: b.NewID(), Func: &f, Args: []core.Arg{arg(dir), arg(release)}, Options: new(core.DefaultTask())}
		ids = append(ids, spec.ID)
		if err := b.Submit(spec); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "the start of both", func() bool { return marks() == 2 })
	workers := func(of string) (pids []int) {
		for _, w := range b.(core.Inspector).Inspect().Cluster.Workers {
			if w.Node == of {
				pids = append(pids, w.PID)
			}
		}
		return pids
	}
	// One that is being started has no pid yet, and 0 would stop the test itself.
	eventually(t, "the start of all processes", func() bool { return !slices.Contains(workers("b"), 0) })
	for _, pid := range workers("b") {
		if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "the death of the node", func() bool { return !b.Nodes()[1].Alive })
	eventually(t, "the end of its processes", func() bool { return len(workers("b")) == 0 })
	if err := os.WriteFile(release, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	values, err := b.Get(t.Context(), ids)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range values {
		if v.Failure != nil {
			t.Errorf("%s: %s", v.Failure.Kind, v.Failure.Text)
		}
	}
	if n := marks(); n != 3 {
		t.Errorf("%d executions, want 3: one of them on the stopped node", n)
	}
	if len(workers("a")) == 0 || !b.Nodes()[0].Alive {
		t.Error("the other node is gone, too")
	}
}

// TestStoppedWorker stops one of the workers of the driver's own node while it runs a task, and one
// that does nothing: both are ended, and the task runs again. One that works is left alone.
func TestStoppedWorker(t *testing.T) {
	cfg := virtualNode("", 16<<20)
	b := open(t, core.Config{Resources: cfg.Resources, ObjectStoreMemory: 16 << 20, WorkerTimeout: 2 * time.Second})
	f, _, err := marshal.Function(waits)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	release := filepath.Join(dir, "release")
	spec := &core.TaskSpec{ID: b.NewID(), Func: &f, Options: new(core.DefaultTask())}
	for _, s := range []string{dir, release} {
		v, err := marshal.Encode(reflect.ValueOf(s))
		if err != nil {
			t.Fatal(err)
		}
		spec.Args = append(spec.Args, core.Arg{Value: v})
	}
	id := spec.ID
	if err := b.Submit(spec); err != nil {
		t.Fatal(err)
	}
	workers := func() map[int]bool {
		all := map[int]bool{}
		for _, w := range b.(core.Inspector).Inspect().Cluster.Workers {
			all[w.PID] = true
		}
		return all
	}
	marks := func() int {
		found, _ := filepath.Glob(filepath.Join(dir, "mark*"))
		return len(found)
	}
	eventually(t, "the start", func() bool { return marks() == 1 })
	// One that is being started has no pid yet, and 0 would stop the test itself.
	eventually(t, "the start of all processes", func() bool { return !workers()[0] })
	stopped := workers()
	for pid := range stopped {
		if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "the second execution", func() bool { return marks() == 2 })
	eventually(t, "the end of all that were stopped", func() bool {
		for pid := range workers() {
			if stopped[pid] {
				return false
			}
		}
		return true
	})
	// It works for longer than the timeout: that is not silence.
	began := time.Now()
	eventually(t, "a while", func() bool { return time.Since(began) > 4*time.Second })
	if err := os.WriteFile(release, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	values, err := b.Get(t.Context(), []core.ID{id})
	if err != nil || values[0].Failure != nil {
		t.Fatal(err, values)
	}
	if n := marks(); n != 2 {
		t.Errorf("%d executions, want 2", n)
	}
}
