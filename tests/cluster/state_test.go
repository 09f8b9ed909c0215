package cluster

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/goray/goray/runtime/ray"
)

// The lists, and why something waits, over both ways into a cluster. Ray's state is a moment late.
func TestStateOnRay(t *testing.T) {
	python := withRay(t)
	h := up(t, "bench.yaml")
	t.Setenv("GORAY_PYTHON", python)
	for _, address := range []string{fmt.Sprintf("ray://127.0.0.1:%d", h.client), "raynode://" + h.gcs} {
		t.Run(address[:strings.Index(address, ":")], func(t *testing.T) { stateOf(t, address) })
	}
}

func stateOf(t *testing.T, address string) {
	quiet := false
	if _, err := ray.Init(ray.Config{Address: address, LogToDriver: &quiet}); err != nil {
		t.Fatal(err)
	}
	defer ray.Shutdown()
	done := ray.Remote[int](addOne).Options(ray.Name("done")).Remote(1)
	if n, err := ray.Get(done); err != nil || n != 2 {
		t.Fatal(n, err)
	}
	never := ray.Remote[int](addOne).Options(ray.Name("never"), ray.NumGPUs(3)).Remote(1)
	c := ray.NewActor[counter](newCounter)
	if _, err := ray.Get(ray.Call[int](c, (*counter).Add, 1)); err != nil {
		t.Fatal(err)
	}
	until := func(what string, f func() error) {
		t.Helper()
		tick := time.NewTicker(300 * time.Millisecond)
		defer tick.Stop()
		for deadline := time.Now().Add(time.Minute); ; <-tick.C {
			err := f()
			if err == nil {
				return
			}
			if time.Now().After(deadline) {
				t.Fatalf("%s: %v", what, err)
			}
		}
	}
	until("tasks", func() error {
		l, err := ray.ListTasks(ray.Filter("name", "=", "done"))
		if err == nil && (len(l.Items) == 0 || l.Items[0].State != "FINISHED" || len(l.Items[0].ID) != 48) {
			err = errors.New(l.String())
		}
		return err
	})
	until("a task of ours", func() error {
		i, err := ray.GetTask(done)
		if err == nil && i.Name != "done" {
			err = errors.New(i.String())
		}
		return err
	})
	until("actors", func() error {
		l, err := ray.ListActors(ray.Filter("state", "=", "ALIVE"))
		if err == nil && (len(l.Items) == 0 || l.Items[0].PID == 0) {
			err = errors.New(l.String())
		}
		return err
	})
	until("why a task waits", func() error {
		x, err := ray.Explain(never)
		if err == nil && (x.State != "WAITING_FOR_RESOURCES" || !strings.Contains(x.Infeasible, "it asks for CPU 1, GPU 3, and no node has more than CPU 8") || len(x.Nodes) != 1 || x.Nodes[0].Feasible) {
			err = errors.New(x.String())
		}
		return err
	})
	until("what an actor does", func() error {
		x, err := ray.Explain(c)
		if err == nil && x.Kind != "actor" && x.Kind != "task" {
			err = errors.New(x.String())
		}
		return err
	})
	const size = 3 << 20
	kept := ray.Put(make([]byte, size))
	until("objects", func() error {
		l, err := ray.ListObjects(ray.Limit(0))
		if err != nil {
			return err
		}
		for _, o := range l.Items {
			if o.Size < size || o.Size > size+10_000 {
				continue
			}
			if same, err := ray.ListObjects(ray.Filter("object_id", "=", o.ID)); err != nil || same.Total != 1 {
				t.Errorf("by its id: %v %v", same, err)
			}
			if len(o.ID) == 56 && o.State == "READY" && o.References > 0 && len(o.Holders) == o.References {
				return nil
			}
		}
		return errors.New(l.String())
	})
	if use, err := ray.MemoryReport(); err != nil || use.Bytes < size {
		t.Errorf("%v %v", use, err)
	}
	runtime.KeepAlive(kept)
	if _, err := ray.Logs(c); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("Logs: %v", err)
	}
	if err := ray.Cancel(never); err != nil {
		t.Error(err)
	}
}
