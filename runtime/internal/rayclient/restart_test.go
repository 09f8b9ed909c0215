package rayclient_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/goray/goray/runtime/internal/backendtest"
	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/marshal"
	"github.com/goray/goray/runtime/internal/rayclient/rayhead"
)

// envDriver makes this binary a driver that is there to be killed: the address of its cluster, and
// the folder in which its calls leave marks.
const envDriver, envMarks = "GORAY_TEST_DRIVER", "GORAY_TEST_MARKS"

// mark leaves the mark of a call; the same call again leaves another one.
func (t *tally) mark(dir string, call int) (int, error) {
	f, err := os.OpenFile(filepath.Join(dir, fmt.Sprint(call)), os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return 0, os.WriteFile(filepath.Join(dir, fmt.Sprint("twice ", call)), nil, 0o600)
	}
	if err != nil {
		return 0, err
	}
	t.n++
	return t.n, f.Close()
}

func (t *tally) count() int { return t.n }
func (t *tally) home() string {
	return os.Getenv(backendtest.EnvNode)
}

// drive makes a detached actor, says so, and calls it without end.
func drive(address, dir string) error {
	ctx := context.Background()
	b, err := open(ctx, core.Config{Address: "ray://" + address, Namespace: "drivers"})
	if err != nil {
		return err
	}
	spec := func(kind core.Kind, fn any, args ...any) (*core.TaskSpec, error) {
		f, _, err := marshal.Function(fn)
		if err != nil {
			return nil, err
		}
		s := &core.TaskSpec{ID: b.NewID(), Kind: kind, Func: &f, Options: new(core.DefaultActor())}
		for _, a := range args {
			v, err := marshal.Encode(reflect.ValueOf(a))
			if err != nil {
				return nil, err
			}
			s.Args = append(s.Args, core.Arg{Value: v})
		}
		return s, nil
	}
	s, err := spec(core.ActorStart, newTally)
	if err != nil {
		return err
	}
	s.Options.Name, s.Options.Namespace, s.Options.Detached = "survivor", "drivers", true
	actor, err := b.CreateActor(s)
	if err != nil {
		return err
	}
	for i := 0; ; i++ {
		if s, err = spec(core.ActorCall, (*tally).mark, dir, i); err != nil {
			return err
		}
		s.Actor = actor
		id := s.ID
		if err := b.Submit(s); err != nil {
			return err
		}
		if i%50 != 49 {
			continue // several are under way at any time
		}
		values, err := b.Get(ctx, []core.ID{id})
		if err != nil {
			return err
		}
		if f := values[0].Failure; f != nil {
			return fmt.Errorf("%s: %s", f.Kind, f.Text)
		}
		fmt.Println("calls", i+1)
	}
}

// several starts a cluster with two nodes beside its head, on which nothing runs.
func several(t *testing.T) (h *rayhead.Head, nodes *rayhead.Nodes, keys map[string]int) {
	t.Helper()
	h, nodes = rayhead.Bare(t, rayhead.Environment(t))
	keys = map[string]int{}
	for _, name := range []string{"a", "b"} {
		key, err := nodes.Add(core.NodeConfig{Name: name, Resources: core.Resources{core.CPU: 2, "room": 1}, ObjectStoreMemory: 400 << 20})
		if err != nil {
			t.Fatal(err)
		}
		keys[name] = key
	}
	return h, nodes, keys
}

// TestDriversOnThreeNodes ends drivers and nodes of a cluster with three nodes.
func TestDriversOnThreeNodes(t *testing.T) {
	h, nodes, keys := several(t)
	t.Run("a driver that was killed finds its actor again", func(t *testing.T) { killedDriver(t, h.Address) })
	t.Run("the network is cut", func(t *testing.T) { cutNetwork(t, h.Address) })
	t.Run("ten thousand references", func(t *testing.T) { tenThousand(t, h.Address, 1) })
	t.Run("a detached actor moves when its node is lost", func(t *testing.T) { lostHome(t, h.Address, nodes, keys) })
}

// killedDriver kills a driver in the middle of its calls: the next one finds the actor, which has
// executed each call once at most, and those that were answered.
func killedDriver(t *testing.T, address string) {
	dir := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), envDriver+"="+address, envMarks+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	answered := 0
	for in := bufio.NewScanner(out); answered < 200 && in.Scan(); {
		fmt.Sscanf(in.Text(), "calls %d", &answered)
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	if answered < 200 {
		t.Fatalf("the driver ended after %d calls", answered)
	}
	d := connectAs(t, address, "drivers")
	info, err := d.LookupActor("survivor", "drivers")
	if err != nil {
		t.Fatal(err)
	}
	defer d.Kill(info.ID, true)
	s := d.spec(core.ActorCall, (*tally).count)
	s.Actor = info.ID
	n := d.value(d.submit(s)).(int)
	if n < answered {
		t.Errorf("the actor counted %d calls, %d were answered", n, answered)
	}
	for call := range n { // the calls of a driver keep their order
		if _, err := os.Stat(filepath.Join(dir, fmt.Sprint(call))); err != nil {
			t.Error(err)
		}
	}
	if twice, _ := filepath.Glob(filepath.Join(dir, "twice*")); len(twice) > 0 {
		t.Errorf("%d calls ran twice: %q", len(twice), twice)
	}
	t.Logf("%d calls were answered, %d ran", answered, n)
}

// lostHome kills the node of a detached actor whose driver has gone: Ray starts it elsewhere, from
// its record in the GCS; the program comes from there, too.
func lostHome(t *testing.T, address string, nodes *rayhead.Nodes, keys map[string]int) {
	first := connectAs(t, address, "drivers")
	ctor := first.spec(core.ActorStart, newTally)
	ctor.Options.Name, ctor.Options.Namespace, ctor.Options.Detached = "mover", "drivers", true
	ctor.Options.MaxRestarts, ctor.Options.MaxTaskRetries = -1, -1
	ctor.Options.Resources = core.Resources{"room": 1}
	actor, err := first.CreateActor(ctor)
	if err != nil {
		t.Fatal(err)
	}
	call := func(d *driver, actor core.ID, method any, args ...any) any {
		s := d.spec(core.ActorCall, method, args...)
		s.Actor = actor
		return d.value(d.submit(s))
	}
	call(first, actor, (*tally).add, 5)
	home := call(first, actor, (*tally).home).(string)
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second := connectAs(t, address, "drivers")
	info, err := second.LookupActor("mover", "drivers")
	if err != nil {
		t.Fatal(err)
	}
	defer second.Kill(info.ID, true)
	if got := call(second, info.ID, (*tally).add, 1); got != 6 {
		t.Fatalf("its state is %v, want 6", got)
	}
	if err := nodes.Kill(keys[home]); err != nil {
		t.Fatal(err)
	}
	if got := call(second, info.ID, (*tally).home); got == home || got == "" {
		t.Errorf("it lives on %v, whose node was %q", got, home)
	}
	if got := call(second, info.ID, (*tally).add, 1); got != 1 {
		t.Errorf("its state is %v, want 1: its constructor ran again", got)
	}
}
