package tune_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/goray/goray/ailib/tune"
)

func TestRestore(t *testing.T) {
	ctx, interrupt := context.WithCancel(context.Background())
	var executions atomic.Int64
	var broken atomic.Bool
	broken.Store(true)
	tuner := tune.Tuner{
		Trainable: func(ctx context.Context, p tune.Params) error {
			executions.Add(1)
			i := p.Int("i")
			if i == 2 && broken.Load() {
				return errors.New("broken")
			}
			if i == 5 && broken.Load() {
				if err := tune.Report(ctx, tune.Metrics{"score": -100}); err != nil {
					return err
				}
				interrupt()
				<-ctx.Done()
				return ctx.Err()
			}
			for range 2 {
				if err := tune.Report(ctx, tune.Metrics{"score": p.Float("x")}); err != nil {
					return err
				}
			}
			return nil
		},
		Space:  tune.Space{"i": tune.GridSearch(0, 1, 2, 3, 4, 5, 6, 7, 8, 9), "x": tune.Uniform(0, 1)},
		Config: tune.Config{Metric: "score", Mode: tune.Min, MaxConcurrent: 1},
		Run:    quiet(t),
	}
	first, err := tuner.FitContext(ctx)
	if !errors.Is(err, context.Canceled) || executions.Load() != 6 {
		t.Fatalf("%v after %d executions", err, executions.Load())
	}
	// The directory moves, as it does when results are copied to another machine.
	moved := filepath.Join(t.TempDir(), "moved")
	if err := os.Rename(first.Path, moved); err != nil {
		t.Fatal(err)
	}
	broken.Store(false)
	second, err := tuner.Restore(moved, false)
	if err != nil {
		t.Fatal(err)
	}
	if n := executions.Load(); n != 11 { // the one that was interrupted ran twice
		t.Errorf("%d executions", n)
	}
	if second.NumErrors() != 1 || second.At(2).Error.Error() == "" || second.NumTerminated() != 9 || second.Path != moved {
		t.Errorf("%v", second)
	}
	for i := range 10 {
		a, b := first.At(i), second.At(i)
		if a.Config.Float("x") != b.Config.Float("x") {
			t.Errorf("trial %d has other parameters: %s, before %s", i, b.Config.Text(), a.Config.Text())
		}
		if i != 2 && (len(b.History) != 2 || b.Metrics["score"] != b.Config.Float("x") || b.Metrics["training_iteration"] != 2) {
			t.Errorf("trial %d: %v", i, b.History)
		}
	}
	third, err := tuner.Restore(moved, true)
	if err != nil || third.NumErrors() != 0 || executions.Load() != 12 {
		t.Errorf("%v, %d errors, %d executions", err, third.NumErrors(), executions.Load())
	}

	for want, attempt := range map[string]func() error{
		"is no directory of a search": func() error { _, err := tuner.Restore(t.TempDir(), false); return err },
		"give the same space": func() error {
			other := tuner
			other.Space = tune.Space{"i": tuner.Space["i"], "x": tune.Uniform(0, 2)}
			_, err := other.Restore(moved, false)
			return err
		},
	} {
		if err := attempt(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v\n  want an error with %q", err, want)
		}
	}
}

// What the scheduler had seen counts again after Restore.
func TestRestoreFeedsTheScheduler(t *testing.T) {
	var broken atomic.Bool
	broken.Store(true)
	tuner := tune.Tuner{
		Trainable: func(ctx context.Context, p tune.Params) error {
			if p.Int("x") == 1 && broken.Load() {
				return errors.New("broken")
			}
			for range 4 {
				if err := tune.Report(ctx, tune.Metrics{"score": p.Float("x")}); err != nil {
					return err
				}
			}
			return nil
		},
		Space:  tune.Space{"x": tune.GridSearch(9, 8, 1)},
		Config: tune.Config{Metric: "score", Mode: tune.Max, MaxConcurrent: 1, Scheduler: tune.ASHA{MaxT: 4, Reduction: 2}},
		Run:    quiet(t),
	}
	first, err := tuner.Fit()
	if err != nil {
		t.Fatal(err)
	}
	broken.Store(false)
	second, err := tuner.Restore(first.Path, true)
	if err != nil {
		t.Fatal(err)
	}
	if r := second.At(2); r.Status != tune.Stopped || len(r.History) != 1 {
		t.Errorf("the worst trial made %d reports: %s", len(r.History), r.Status)
	}
}
