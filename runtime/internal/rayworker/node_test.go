package rayworker_test

import (
	"bytes"
	"context"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/marshal"
	"github.com/goray/goray/runtime/internal/rayclient/rayhead"
)

// session opens a session of a program inside the cluster.
func session(t *testing.T, address string) core.Backend {
	t.Helper()
	b, err := core.Open(t.Context(), core.Config{Address: address, Namespace: "nodes"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

// task makes a task of fn with plain arguments.
func task(t *testing.T, b core.Backend, kind core.Kind, fn any, args ...any) *core.TaskSpec {
	t.Helper()
	f, _, err := marshal.Function(fn)
	if err != nil {
		t.Fatal(err)
	}
	s := &core.TaskSpec{ID: b.NewID(), Kind: kind, Func: &f, Options: new(core.DefaultTask())}
	if kind != core.Task {
		s.Options = new(core.DefaultActor())
	}
	for _, a := range args {
		v, err := marshal.Encode(reflect.ValueOf(a))
		if err != nil {
			t.Fatal(err)
		}
		s.Args = append(s.Args, core.Arg{Value: v})
	}
	return s
}

// value waits for an object.
func value(t *testing.T, b core.Backend, id core.ID) any {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), rayhead.Patience)
	defer cancel()
	values, err := b.Get(ctx, []core.ID{id})
	if err != nil {
		t.Fatal(err)
	}
	if f := values[0].Failure; f != nil {
		t.Fatalf("%s: %s", f.Kind, f.Text)
	}
	v, err := marshal.Decode(values[0], nil)
	if err != nil {
		t.Fatal(err)
	}
	return v.Interface()
}

// selfWith is self of a process to which a large value has come through shared memory.
func selfWith([]byte) []int { return self() }

func self() []int { return []int{os.Getpid(), os.Getppid()} }

type keeper struct{ n int }

func newKeeper(n int) *keeper    { return &keeper{n} }
func (k *keeper) add(n int) int  { k.n += n; return k.n }
func (k *keeper) process() []int { return self() }

// A Ray Job's entry point joins the cluster that it runs in without an address.
func TestAJobJoinsItsCluster(t *testing.T) {
	a := address(t)
	t.Setenv("RAY_ADDRESS", strings.TrimPrefix(a, "raynode://"))
	t.Setenv("RAY_JOB_CONFIG_JSON_ENV_VAR", `{"metadata": {"job_submission_id": "raysubmit_1"}}`)
	b := session(t, "")
	if i := b.Info(); i.Scheme != "ray" || i.NodeID == "" || i.JobID == "" {
		t.Errorf("it joined %+v", i)
	}
	s := task(t, b, core.Task, self)
	if err := b.Submit(s); err != nil {
		t.Fatal(err)
	}
	if pids := value(t, b, s.ID).([]int); pids[0] == os.Getpid() {
		t.Error("the task ran in the driver")
	}
}

// A detached actor outlives its driver, which owned the program, and is restarted with it.
func TestADetachedActorSurvivesItsDriver(t *testing.T) {
	a := address(t)
	first, err := core.Open(t.Context(), core.Config{Address: a, Namespace: "nodes"})
	if err != nil {
		t.Fatal(err)
	}
	s := task(t, first, core.ActorStart, newKeeper, 10)
	s.Options.Name, s.Options.Namespace, s.Options.Detached, s.Options.MaxRestarts = "keeper", "nodes", true, -1
	if _, err := first.CreateActor(s); err != nil {
		t.Fatal(err)
	}
	call := func(b core.Backend, actor core.ID, method any, args ...any) any {
		c := task(t, b, core.ActorCall, method, args...)
		c.Actor = actor
		if err := b.Submit(c); err != nil {
			t.Fatal(err)
		}
		return value(t, b, c.ID)
	}
	if got := call(first, s.ID, (*keeper).add, 1); got != 11 {
		t.Fatal(got)
	}
	dir := first.Info().SessionDir
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second := session(t, a)
	info, err := second.LookupActor("keeper", "nodes")
	if err != nil {
		t.Fatal(err)
	}
	defer second.Kill(info.ID, true)
	if got := call(second, info.ID, (*keeper).add, 1); got != 12 {
		t.Fatal(got)
	}
	before := call(second, info.ID, (*keeper).process).([]int)
	if dir == "" {
		t.Log("this version of Ray does not say where the programs are")
	}
	stored, _ := filepath.Glob(filepath.Join(dir, "goray-*", "*", "goray"))
	for _, path := range stored {
		if err := os.RemoveAll(filepath.Dir(path)); err != nil {
			t.Fatal(err)
		}
	}
	if err := second.Kill(info.ID, false); err != nil {
		t.Fatal(err)
	}
	// Calls fail until the actor has been restarted.
	deadline := time.Now().Add(rayhead.Patience)
	for {
		c := task(t, second, core.ActorCall, (*keeper).process)
		c.Actor = info.ID
		if err := second.Submit(c); err != nil {
			t.Fatal(err)
		}
		values, err := second.Get(t.Context(), []core.ID{c.ID})
		if err != nil {
			t.Fatal(err)
		}
		if values[0].Failure == nil {
			v, err := marshal.Decode(values[0], nil)
			if err != nil {
				t.Fatal(err)
			}
			if v.Interface().([]int)[0] != before[0] {
				break
			}
		}
		if time.Now().After(deadline) {
			t.Fatalf("the actor was not restarted: %+v", values[0].Failure)
		}
	}
	if got := call(second, info.ID, (*keeper).add, 1); got != 11 {
		t.Errorf("after its restart the actor holds %v, want 11", got)
	}
}

// When a cluster has ended, no process, no file outside Ray's session and no memory of ours is left.
func TestNothingIsLeftOfACluster(t *testing.T) {
	root := rayhead.Environment(t)
	address(t) // for its environment
	temp := t.TempDir()
	head, err := rayhead.Start(root, []string{"TMPDIR=" + temp})
	if err != nil {
		t.Fatal(err)
	}
	stopped := false
	defer func() {
		if !stopped {
			head.Stop()
		}
	}()
	b := session(t, nodeAddress(head))
	s := task(t, b, core.Task, self)
	if err := b.Submit(s); err != nil {
		t.Fatal(err)
	}
	pids := value(t, b, s.ID).([]int)
	a := task(t, b, core.ActorStart, newKeeper, 1)
	if _, err := b.CreateActor(a); err != nil {
		t.Fatal(err)
	}
	c := task(t, b, core.ActorCall, (*keeper).process)
	c.Actor = a.ID
	if err := b.Submit(c); err != nil {
		t.Fatal(err)
	}
	pids = append(pids, value(t, b, c.ID).([]int)...)
	head.Stop()
	stopped = true
	_ = b.Close()
	for _, pid := range pids {
		awaitEnd(t, pid)
	}
	filepath.Walk(temp, func(path string, info os.FileInfo, err error) error {
		if err == nil && strings.Contains(path, "goray") {
			t.Errorf("%s is left", path)
		}
		return nil
	})
}

// A head that listens on loopback only is joined without a word to Ray.
func TestAHeadOnLoopbackOnRay(t *testing.T) {
	a := address(t)
	os.Unsetenv("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER") // address set it, and so sets it back
	b := session(t, a)
	s := task(t, b, core.Task, self)
	if err := b.Submit(s); err != nil {
		t.Fatal(err)
	}
	value(t, b, s.ID)
}

func TestAnAddressWithoutAHeadOnRay(t *testing.T) {
	environment(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	a := l.Addr().String()
	l.Close()
	b, err := core.Open(t.Context(), core.Config{Address: "raynode://" + a})
	if err == nil {
		b.Close()
		t.Fatal("a session was opened")
	}
	for _, part := range []string{a, "nothing listens there", "ray start --head"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("the error %q does not say %q", err, part)
		}
	}
}

// A Ray worker that is killed takes its Go process with it, and with that the shared memory that
// nothing else names; a Go process that is killed takes its worker.
func TestAKilledWorkerLeavesNothing(t *testing.T) {
	b := session(t, address(t))
	for turn := range 2 {
		s := task(t, b, core.Task, selfWith, make([]byte, 8<<20))
		if err := b.Submit(s); err != nil {
			t.Fatal(err)
		}
		both := value(t, b, s.ID).([]int)
		if err := syscall.Kill(both[1-turn], syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		for _, pid := range both {
			awaitEnd(t, pid)
		}
	}
}

func sum(b []byte) (n int) {
	for _, x := range b {
		n += int(x)
	}
	return n
}

// Large values share memory between driver, shim and worker, which is used again for others.
func TestLargeValuesArriveWhole(t *testing.T) {
	b := session(t, address(t))
	for turn := range 4 {
		for _, size := range []int{1 << 20, 9 << 20, 3<<20 + 7} {
			data := bytes.Repeat([]byte{byte(turn + 1)}, size)
			v, err := marshal.EncodeAny(reflect.ValueOf(data))
			if err != nil {
				t.Fatal(err)
			}
			id := b.NewID()
			if err := b.Put(id, v); err != nil {
				t.Fatal(err)
			}
			s := task(t, b, core.Task, sum, data)
			if err := b.Submit(s); err != nil {
				t.Fatal(err)
			}
			if got := value(t, b, s.ID); got != size*(turn+1) {
				t.Errorf("the sum of %d bytes is %v", size, got)
			}
			if got := value(t, b, id).([]byte); !bytes.Equal(got, data) {
				t.Errorf("%d bytes came back as others", size)
			}
			b.Release(id)
			b.Release(s.ID)
		}
	}
}

// awaitEnd waits until a process is gone.
func awaitEnd(t *testing.T, pid int) {
	t.Helper()
	p, err := os.FindProcess(pid)
	if err != nil {
		return
	}
	deadline := time.After(30 * time.Second)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for p.Signal(syscall.Signal(0)) == nil {
		select {
		case <-tick.C:
		case <-deadline:
			t.Errorf("process %d is left", pid)
			return
		}
	}
}
