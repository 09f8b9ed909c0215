package tune_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/goray/goray/ailib/train"
	"github.com/goray/goray/ailib/tune"
)

func TestCheckpointsOfTrials(t *testing.T) {
	scratch := t.TempDir()
	run := quiet(t)
	run.Checkpoint = train.CheckpointConfig{NumToKeep: 2, ScoreAttribute: "score", Order: train.Min}
	grid, err := tune.Tuner{
		Trainable: func(ctx context.Context, p tune.Params) error {
			for i, score := range []float64{3, 1, 2, 5} {
				c, err := train.WriteCheckpoint(filepath.Join(scratch, fmt.Sprint(p.Int("x"), "-", i)), train.Metadata{Kind: "mine"}, map[string][]byte{"i": {byte(i)}})
				if err != nil {
					return err
				}
				if err := tune.Report(ctx, tune.Metrics{"score": score}, c); err != nil {
					return err
				}
			}
			return nil
		},
		Space: tune.Space{"x": tune.GridSearch(1, 2)}, Config: minimise, Run: run,
	}.Fit()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range grid.All() {
		kept, err := filepath.Glob(filepath.Join(r.Path, "checkpoint_*"))
		if err != nil || len(kept) != 2 || filepath.Base(kept[0]) != "checkpoint_000001" || filepath.Base(kept[1]) != "checkpoint_000002" {
			t.Errorf("%s keeps %v %v", r.ID, kept, err)
		}
		if r.Checkpoint == nil || r.Checkpoint.Metadata().Metrics["score"] != 2 {
			t.Errorf("%s: %v", r.ID, r.Checkpoint)
		}
	}
}

// The time budget ends trials that report, and those that do not.
func TestTimeBudget(t *testing.T) {
	grid := fit(t, tune.Tuner{
		Trainable: func(ctx context.Context, p tune.Params) error {
			for p.Int("i") == 0 {
				if err := tune.Report(ctx, tune.Metrics{"score": 1}); err != nil {
					return err
				}
			}
			<-ctx.Done() // works without a word
			return ctx.Err()
		},
		Space:  tune.Space{"i": tune.GridSearch(0, 1, 2)},
		Config: tune.Config{Metric: "score", Mode: tune.Min, MaxConcurrent: 2, TimeBudget: 200 * time.Millisecond},
	})
	for i, want := range []tune.Status{tune.Stopped, tune.Stopped, tune.Pending} {
		if r := grid.At(i); r.Status != want || r.Error != nil {
			t.Errorf("trial %d: %s %v, want %s", i, r.Status, r.Error, want)
		}
	}
}

// A checkpoint that cannot be kept fails its trial, not the others.
func TestBadCheckpoint(t *testing.T) {
	grid := fit(t, tune.Tuner{
		Trainable: func(ctx context.Context, p tune.Params) error {
			c, err := train.WriteCheckpoint(filepath.Join(os.TempDir(), fmt.Sprint("tune-test-", os.Getpid(), "-", p.Int("x"))), train.Metadata{Kind: "mine"}, nil)
			if err != nil {
				return err
			}
			defer os.RemoveAll(c.Path())
			if p.Int("x") == 1 {
				if err := os.RemoveAll(c.Path()); err != nil {
					return err
				}
			}
			return tune.Report(ctx, tune.Metrics{"score": 1}, c)
		},
		Space: tune.Space{"x": tune.GridSearch(1, 2)}, Config: minimise,
	})
	if err := grid.At(0).Error; err == nil || !strings.Contains(err.Error(), "is not a checkpoint") || grid.At(1).Error != nil || grid.At(1).Checkpoint == nil {
		t.Errorf("%v, %v", err, grid.At(1))
	}
}
