package dashboard

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/goray/goray/runtime/ray"
)

func TestMain(m *testing.M) {
	if os.Getenv("GORAY_WORKER") != "" {
		ray.Init() // never returns
	}
	os.Exit(m.Run())
}

// tally is an actor.
type tally struct{ N int }

func newTally() *tally { return &tally{} }

func (t *tally) Add(k int) int {
	t.N += k
	fmt.Fprintln(os.Stderr, "the tally is", t.N)
	return t.N
}

func square(x int) int {
	fmt.Println("squaring", x)
	return x * x
}

func failing(x int) (int, error) { return 0, errors.New("no luck with <b>markup</b>") }

func panicking() int {
	var m map[string]int
	m["a"] = 1
	return 0
}

func waiting(ctx context.Context) int { <-ctx.Done(); return 0 }

func large() []float64 { return make([]float64, 1<<18) }

// work is a session in which everything that has a page is to be seen.
type work struct {
	url            string
	failed, queued string // ids of tasks
	actorPID       int
}

func startWork(t *testing.T, cfg ray.Config) *work {
	t.Helper()
	cfg.Nodes = []ray.NodeConfig{{Name: "alpha", NumCPUs: 3, ObjectStoreMemory: 64 << 20}, {Name: "beta", NumCPUs: 2, NumGPUs: 1, ObjectStoreMemory: 64 << 20}}
	off := false
	cfg.LogToDriver = &off
	c, err := ray.Init(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := ray.Shutdown(); err != nil {
			t.Error(err)
		}
	})
	hits := ray.Must(ray.NewCounter("page_hits", "Pages that were asked for.", "route"))
	if err := hits.Inc(3, ray.Tags{"route": "/<a>"}); err != nil {
		t.Fatal(err)
	}
	var kept []any
	for i := range 20 {
		if v, err := ray.Get(ray.Remote[int](square).Remote(i)); err != nil || v != i*i {
			t.Fatal(v, err)
		}
	}
	a := ray.Actor[tally](newTally).Options(ray.Name("score")).Remote()
	if _, err := ray.Get(ray.Call[int](a, (*tally).Add, 2)); err != nil {
		t.Fatal(err)
	}
	doomed := ray.NewActor[tally](newTally)
	if _, err := ray.Get(ray.Call[int](doomed, (*tally).Add, 1)); err != nil {
		t.Fatal(err)
	}
	if err := ray.Kill(doomed); err != nil {
		t.Fatal(err)
	}
	_, err = ray.Get(ray.Remote[int](failing).Remote(1))
	var failure *ray.TaskError
	if !errors.As(err, &failure) {
		t.Fatal(err)
	}
	if _, err := ray.Get(ray.Remote[int](panicking).Remote()); err == nil {
		t.Fatal("a panic is no error")
	}
	big := ray.Remote[[]float64](large).Remote()
	if _, _, err := ray.Wait([]ray.ObjectRef[[]float64]{big}); err != nil {
		t.Fatal(err)
	}
	running := ray.Remote[int](waiting).Remote()
	queued := ray.Remote[int](square).Options(ray.NumCPUs(64)).Remote(1)
	group := ray.NewPlacementGroup([]ray.Bundle{{"CPU": 0.5}, {"CPU": 0.5}}, ray.Spread, ray.Name("pair"))
	if err := group.Wait(10 * time.Second); err != nil {
		t.Fatal(err)
	}
	kept = append(kept, a, big, running, queued, group)
	t.Cleanup(func() { kept = nil })
	w := &work{url: c.DashboardURL}
	for _, task := range ray.Must(ray.ListTasks(ray.Limit(0))).Items {
		switch {
		case task.State == "FAILED" && w.failed == "":
			w.failed = task.ID
		case task.State == "WAITING_FOR_RESOURCES":
			w.queued = task.ID
		}
	}
	w.actorPID = ray.Must(ray.ListActors(ray.Filter("name", "=", "score"))).Items[0].PID
	return w
}

// chromium finds the browser; the test skips by name without it.
func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			return p
		}
	}
	t.Skip("Chromium is absent; run make e2e, which installs Debian's chromium")
	return ""
}
