package cluster

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/goray/goray/runtime/ray"
)

// work keeps a CPU's slot for some time.
func work(ctx context.Context, i int) (int, error) {
	select {
	case <-time.After(4 * time.Second):
		return i, nil
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

// holder is an actor that says where it lives.
type holder struct{}

func newHolder() *holder { return &holder{} }

// Node is the node of the actor.
func (h *holder) Node(ctx context.Context) string { return ray.CurrentContext(ctx).NodeID }

// big returns an object too large to travel with its answer, and the node on which it lies.
func big(ctx context.Context) ([]byte, string) {
	return bytes.Repeat([]byte("x"), 20_000_000), ray.CurrentContext(ctx).NodeID
}

// load is a load whose cluster is watched.
type load struct {
	t     *testing.T
	start time.Time
	seen  []sight
}

func (l *load) say(s sight) {
	s.T = time.Since(l.start).Seconds()
	l.seen = append(l.seen, s)
	if s.Phase != "" || s.Held != "" {
		line, _ := json.Marshal(s)
		l.t.Log(string(line))
	}
}

// alive counts the nodes, and notes them.
func (l *load) alive() int {
	nodes := l.nodes()
	l.say(sight{Nodes: len(nodes)})
	return len(nodes)
}

func (l *load) nodes() []string {
	var ids []string
	for _, n := range ray.Nodes() {
		if n.Alive {
			ids = append(ids, n.ID)
		}
	}
	return ids
}

// until looks at the cluster until it is as wanted.
func (l *load) until(what string, condition func() bool) {
	l.t.Helper()
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(2 * time.Minute); !condition(); <-tick.C {
		if time.Now().After(deadline) {
			l.t.Fatal("not seen: ", what)
		}
	}
}

// during counts the nodes while f waits for something.
func (l *load) during(f func() error) {
	l.t.Helper()
	done := make(chan error, 1)
	go func() { done <- f() }()
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case err := <-done:
			if err != nil {
				l.t.Fatal(err)
			}
			return
		case <-tick.C:
			l.alive()
		}
	}
}

// Ray's autoscaler under the load of a Go program: queued tasks, pending actors, a placement group,
// and an object that is held.
func TestAutoscalerGo(t *testing.T) {
	withRay(t)
	h := up(t, "autoscale.yaml")
	quiet := false
	if _, err := ray.Init(ray.Config{Address: fmt.Sprintf("ray://127.0.0.1:%d", h.client), LogToDriver: &quiet}); err != nil {
		t.Fatal(err)
	}
	defer ray.Shutdown()
	l := &load{t: t, start: time.Now()}
	defer func() { draw(t, "autoscaler-go", "Ray's autoscaler: 1 head, at most 3 workers, load of Go", l.seen) }()
	headAlone := func() bool { return l.alive() == 1 }

	l.say(sight{Phase: "queued tasks"})
	var refs []ray.ObjectRef[int]
	for i := range 10 {
		refs = append(refs, ray.Remote[int](work).Remote(i))
	}
	l.during(func() error {
		got, err := ray.GetAll(refs)
		if err == nil && !slices.Equal(got, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}) {
			err = fmt.Errorf("results %v", got)
		}
		return err
	})
	refs = nil
	l.say(sight{Phase: "idle"})
	l.until("the head alone after the tasks", headAlone)

	l.say(sight{Phase: "pending actors"})
	var actors []ray.ActorHandle[holder]
	for range 3 {
		actors = append(actors, ray.Actor[holder](newHolder).Options(ray.NumCPUs(1)).Remote())
	}
	l.during(func() error {
		places := map[string]bool{}
		for _, a := range actors {
			node, err := ray.Get(ray.Call[string](a, (*holder).Node))
			if err != nil {
				return err
			}
			places[node] = true
		}
		if len(places) != 3 {
			return fmt.Errorf("the actors live on %d nodes", len(places))
		}
		return nil
	})
	for _, a := range actors {
		if err := ray.Kill(a); err != nil {
			t.Fatal(err)
		}
	}
	l.say(sight{Phase: "idle"})
	l.until("the head alone after the actors", headAlone)

	l.say(sight{Phase: "placement group"})
	pg := ray.NewPlacementGroup([]ray.Bundle{{"CPU": 1}, {"CPU": 1}, {"CPU": 1}}, ray.StrictSpread)
	l.during(func() error { return pg.Wait(2 * time.Minute) })
	if err := pg.Remove(); err != nil {
		t.Fatal(err)
	}
	l.say(sight{Phase: "idle"})
	l.until("the head alone after the group", headAlone)

	l.say(sight{Phase: "an object is held"})
	// The head's one CPU is taken, so that the object is made on a worker.
	first := l.nodes()[0]
	blocker := ray.Actor[holder](newHolder).Options(ray.NumCPUs(1), ray.NodeAffinity(first, false)).Remote()
	l.during(func() error {
		node, err := ray.Get(ray.Call[string](blocker, (*holder).Node))
		if err == nil && node != first {
			err = fmt.Errorf("the blocker lives on %s", node)
		}
		return err
	})
	keep, place := ray.Remote2[[]byte, string](big).Remote()
	at := ""
	l.during(func() (err error) {
		at, err = ray.Get(place)
		return err
	})
	if at == first {
		t.Fatal("it ran on the head")
	}
	if err := ray.Kill(blocker); err != nil {
		t.Fatal(err)
	}
	// References go with the values that hold them, when the collector has seen that.
	l.until("other workers leave", func() bool { runtime.GC(); return l.alive() == 2 })
	l.say(sight{Held: at})
	for quiet := time.Now(); time.Since(quiet) < 20*time.Second; { // more than three times the timeout
		if !slices.Contains(l.nodes(), at) {
			t.Fatal("the node of a held object left")
		}
		l.alive()
	}
	l.say(sight{Phase: "released"})
	runtime.KeepAlive(keep)
	keep = ray.ObjectRef[[]byte]{}
	l.until("the node leaves after its object was released", func() bool { runtime.GC(); return headAlone() })
	l.say(sight{Phase: "end"})
	l.alive()
	check(t, l.seen, 4)
}
