package train_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/goray/goray/ailib/data"
	"github.com/goray/goray/ailib/train"
)

func TestDataParallelShards(t *testing.T) {
	r, err := train.DataParallel{
		Loop: func(ctx context.Context, factor int64) (int64, error) {
			me, err := train.GetContext(ctx)
			if err != nil {
				return 0, err
			}
			shard, err := train.DatasetShard(ctx, "numbers")
			if err != nil {
				return 0, err
			}
			rows, err := shard.Count()
			if err != nil {
				return 0, err
			}
			for epoch := range 3 {
				if err := train.Report(ctx, train.Metrics{"epoch": float64(epoch), "rank": float64(me.Rank), "rows": float64(rows)}); err != nil {
					return 0, err
				}
			}
			return rows*factor + int64(me.Rank), nil
		},
		LoopConfig: int64(10),
		Datasets:   map[string]*data.Dataset{"numbers": data.Range(100)},
		Scaling:    train.ScalingConfig{NumWorkers: 4},
		Run:        quiet(t),
	}.Fit()
	if err != nil {
		t.Fatal(err)
	}
	if len(r.History) != 3 || r.Metrics["epoch"] != 2 || r.Metrics["rank"] != 0 || r.Metrics["training_iteration"] != 3 {
		t.Errorf("history %v", r.History)
	}
	if got := fmt.Sprint(r.Returns); got != "[250 251 252 253]" {
		t.Errorf("returned %s", got)
	}
}

func TestFuncRunsOnEveryRank(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	r, err := train.Func(func(ctx context.Context) (string, error) {
		me, err := train.GetContext(ctx)
		return fmt.Sprintf("%d/%d", me.Rank, me.WorldSize), err
	}, 4)
	if err != nil || fmt.Sprint(r.Returns) != "[0/4 1/4 2/4 3/4]" {
		t.Errorf("%v %v", r, err)
	}
}

func TestDataParallelCheckpoints(t *testing.T) {
	scratch := t.TempDir()
	var starts atomic.Int64
	trainer := train.DataParallel{
		Loop: func(ctx context.Context, until int) error {
			me, err := train.GetContext(ctx)
			if err != nil {
				return err
			}
			from, err := train.GetCheckpoint(ctx)
			if err != nil {
				return err
			}
			epoch := 0
			if from != nil {
				b, err := from.Read("epoch")
				if err != nil {
					return err
				}
				epoch = int(b[0])
				starts.Add(1)
			}
			for ; epoch < until; epoch++ {
				c, err := train.WriteCheckpoint(filepath.Join(scratch, fmt.Sprintf("%d-%d-%d", until, me.Rank, epoch)), train.Metadata{Kind: "mine"}, map[string][]byte{"epoch": {byte(epoch + 1)}})
				if err != nil {
					return err
				}
				if err := train.Report(ctx, train.Metrics{"loss": 1 / float64(epoch+1)}, c); err != nil {
					return err
				}
			}
			return nil
		},
		LoopConfig: 3, Scaling: train.ScalingConfig{NumWorkers: 2}, Run: quiet(t),
	}
	first, err := trainer.Fit()
	if err != nil {
		t.Fatal(err)
	}
	m := first.Checkpoint.Metadata()
	if len(first.BestCheckpoints) != 3 || m.Round != 3 || m.Kind != "mine" || filepath.Dir(first.Checkpoint.Path()) != first.Path {
		t.Errorf("%v %+v", first.BestCheckpoints, m)
	}
	trainer.ResumeFrom, trainer.LoopConfig, trainer.Run = first.Checkpoint, 5, quiet(t)
	second, err := trainer.Fit()
	if err != nil || len(second.History) != 2 || starts.Load() != 2 {
		t.Errorf("%v, %d rounds, %d starts", err, len(second.History), starts.Load())
	}
}

func TestDataParallelMistakes(t *testing.T) {
	own := errors.New("my own")
	rankIs := func(ctx context.Context, rank int) bool {
		me, err := train.GetContext(ctx)
		return err == nil && me.Rank == rank
	}
	for want, d := range map[string]train.DataParallel{
		"int is not a function": {Loop: 3},
		"no configuration":      {Loop: func(int) {}},
		"my own": {Loop: func(ctx context.Context) error {
			if rankIs(ctx, 1) {
				return own
			}
			return train.Report(ctx, nil)
		}},
		"rank 0 reported and rank 1 returned": {Loop: func(ctx context.Context) error {
			if rankIs(ctx, 1) {
				return nil
			}
			return train.Report(ctx, nil)
		}},
		"boom": {Loop: func(ctx context.Context) error {
			if rankIs(ctx, 0) {
				panic("boom")
			}
			return train.Report(ctx, nil)
		}},
		`no data set "x"`: {Loop: func(ctx context.Context) error {
			_, err := train.DatasetShard(ctx, "x")
			return err
		}, Datasets: map[string]*data.Dataset{"y": data.Range(3)}},
	} {
		d.Scaling.NumWorkers, d.Run = 2, quiet(t)
		_, err := d.Fit()
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v\n  want an error with %q", err, want)
		}
		if want == "my own" && !errors.Is(err, own) {
			t.Error("the function's own error is lost")
		}
	}
	ctx := context.Background()
	outside := []error{train.Report(ctx, nil), second(train.GetContext(ctx)), second(train.GetCheckpoint(ctx)), second(train.DatasetShard(ctx, "x"))}
	if slices.ContainsFunc(outside, func(err error) bool { return err == nil || !strings.Contains(err.Error(), "no worker of a training") }) {
		t.Error(outside)
	}
}
