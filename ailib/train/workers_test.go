package train

import (
	"errors"
	"math"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/goray/goray/ailib/data"
	"github.com/goray/goray/ailib/train/xgboost"
	"github.com/goray/goray/runtime/ray"
)

// realWorkers runs a test with worker processes instead of goroutines.
func realWorkers(t *testing.T) {
	t.Helper()
	if err := xgboost.Check(); err != nil {
		t.Skip(err)
	}
	if err := ray.Shutdown(); err != nil {
		t.Fatal(err)
	}
	if _, err := ray.Init(ray.Config{NumCPUs: 2, DashboardPort: -1}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := ray.Shutdown(); err != nil {
			t.Error(err)
		}
		if _, err := ray.Init(ray.Config{InProcess: true, NumCPUs: 4}); err != nil {
			t.Error(err)
		}
	})
}

// curve are 1000 points of a function of two columns.
func curve() map[string]*data.Dataset {
	var a, b, y []float64
	for i := range 1000 {
		u, v := float64(i%37)/37, float64(i%101)/101
		a, b, y = append(a, u), append(b, v), append(y, math.Sin(6*u)+v*v)
	}
	return map[string]*data.Dataset{"train": data.FromColumns(map[string]any{"a": a, "b": b, "y": y})}
}

func curveTrainer(t *testing.T) XGBoost {
	return XGBoost{
		Label: "y", Rounds: 10, Params: map[string]any{"tree_method": "hist"}, Datasets: curve(),
		Scaling: ScalingConfig{NumWorkers: 2},
		Run:     RunConfig{Name: "run", StoragePath: t.TempDir(), Verbose: Quiet, Checkpoint: CheckpointConfig{Frequency: 2}},
	}
}

func TestWorkersAreProcesses(t *testing.T) {
	realWorkers(t)
	r, err := curveTrainer(t).Fit()
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Workers) != 2 || r.Workers[0].Rows != 500 || r.Workers[1].Rows != 500 ||
		r.Workers[0].PID == r.Workers[1].PID || r.Workers[0].PID == os.Getpid() || r.Workers[1].PID == os.Getpid() {
		t.Errorf("workers %+v in driver %d", r.Workers, os.Getpid())
	}
	if v := r.Metrics["train-rmse"]; !(v > 0 && v < 0.1) {
		t.Errorf("train-rmse %v", v)
	}
}

// A worker that is killed in the middle of a round is replaced, and the
// training goes on from its last checkpoint.
func TestLostWorker(t *testing.T) {
	realWorkers(t)
	straight, err := curveTrainer(t).Fit()
	if err != nil {
		t.Fatal(err)
	}
	for _, allowed := range []int{0, 1} {
		trainer := curveTrainer(t)
		trainer.Run.Failure.MaxFailures = allowed
		var groups [][]Worker
		trainer.onGroup = func(workers []Worker) { groups = append(groups, slices.Clone(workers)) }
		var seen []int
		trainer.OnRound = func(round int, _ Metrics) error {
			seen = append(seen, round)
			if round == 5 && len(groups) == 1 {
				return syscall.Kill(groups[0][1].PID, syscall.SIGKILL)
			}
			return nil
		}
		r, err := trainer.Fit()
		if allowed == 0 {
			if !errors.Is(err, ray.ErrActorDied) || !strings.Contains(err.Error(), "raise FailureConfig.MaxFailures") {
				t.Errorf("without restarts: %v", err)
			}
			if r == nil || r.Checkpoint == nil || r.Checkpoint.Metadata().Round != 4 {
				t.Errorf("without restarts: %v", r)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if want := []int{1, 2, 3, 4, 5, 5, 6, 7, 8, 9, 10}; !slices.Equal(seen, want) {
			t.Errorf("rounds %v, want %v", seen, want)
		}
		if len(r.History) != 10 || len(groups) != 2 || len(r.Notices) != 1 || r.Checkpoint.Metadata().Round != 10 {
			t.Errorf("%d rounds, %d groups, notices %v, %v", len(r.History), len(groups), r.Notices, r.Checkpoint)
		}
		if got, want := r.Metrics["train-rmse"], straight.Metrics["train-rmse"]; math.Abs(got-want) > 1e-6 {
			t.Errorf("train-rmse %v, without the loss %v", got, want)
		}
	}
}

func TestDataParallelInProcesses(t *testing.T) {
	realWorkers(t)
	r, err := DataParallel{
		Loop: parallelLoop, LoopConfig: 3, Datasets: map[string]*data.Dataset{"numbers": data.Range(10)},
		Scaling: ScalingConfig{NumWorkers: 2}, Run: RunConfig{Name: "run", StoragePath: t.TempDir(), Verbose: Quiet},
	}.Fit()
	if err != nil {
		t.Fatal(err)
	}
	if len(r.History) != 3 || len(r.Returns) != 2 || r.Returns[0] == r.Returns[1] || r.Metrics["rows"] != 5 {
		t.Errorf("%v %v", r.Returns, r.History)
	}
}
