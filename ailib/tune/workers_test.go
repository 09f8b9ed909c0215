package tune_test

import (
	"context"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/goray/goray/ailib/tune"
	"github.com/goray/goray/runtime/ray"
)

// objective is a function with a name, which can be sent to a process. One of
// its trials kills its own process, another panics.
func objective(ctx context.Context, p tune.Params) error {
	switch p.Int("x") {
	case 2:
		if err := syscall.Kill(os.Getpid(), syscall.SIGKILL); err != nil {
			return err
		}
		<-ctx.Done()
	case 3:
		panic("boom")
	}
	for i := range 3 {
		if err := tune.Report(ctx, tune.Metrics{"score": p.Float("x") + float64(i), "pid": float64(os.Getpid())}); err != nil {
			return err
		}
	}
	return nil
}

func TestTrialsAreProcesses(t *testing.T) {
	if err := ray.Shutdown(); err != nil {
		t.Fatal(err)
	}
	if _, err := ray.Init(ray.Config{NumCPUs: 2, DashboardPort: -1}); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := ray.Shutdown(); err != nil {
			t.Error(err)
		}
		if _, err := ray.Init(ray.Config{InProcess: true, NumCPUs: 4}); err != nil {
			t.Error(err)
		}
	}()
	grid := fit(t, tune.Tuner{
		Trainable: objective,
		Space:     tune.Space{"x": tune.GridSearch(1, 2, 3, 4, 5, 6)},
		Config:    tune.Config{Metric: "score", Mode: tune.Min, Stop: []tune.Stopper{tune.StopFunc(func(e tune.Event) bool { return e.Trial == "00005" })}},
	})
	for i, want := range []tune.Status{tune.Terminated, tune.Failed, tune.Failed, tune.Terminated, tune.Terminated, tune.Stopped} {
		if r := grid.At(i); r.Status != want {
			t.Errorf("trial %d: %s %v, want %s", i, r.Status, r.Error, want)
		}
	}
	if err := grid.At(1).Error; !strings.Contains(err.Error(), "died") && !strings.Contains(err.Error(), "crashed") && !strings.Contains(err.Error(), "killed") {
		t.Errorf("killed: %v", err)
	}
	if err := grid.At(2).Error; !strings.Contains(err.Error(), "boom") {
		t.Errorf("panicked: %v", err)
	}
	if best, err := grid.Best(); err != nil || best.ID != "00000" || best.Metrics["pid"] == float64(os.Getpid()) {
		t.Errorf("best %v %v", best, err)
	}
}
