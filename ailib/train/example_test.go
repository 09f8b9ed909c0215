package train_test

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/goray/goray/ailib/data"
	"github.com/goray/goray/ailib/train"
)

// points are 200 numbers, those above 100 labelled true.
func points() *data.Dataset {
	x, label := make([]float64, 200), make([]bool, 200)
	for i := range x {
		x[i] = float64(i*37%200 + 1)
		label[i] = x[i] > 100
	}
	return data.FromColumns(map[string]any{"x": x, "label": label})
}

func ExampleXGBoost() {
	dir, err := os.MkdirTemp("", "train")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	trainer := train.XGBoost{
		Label:    "label",
		Rounds:   5,
		Params:   map[string]any{"objective": "binary:logistic", "eval_metric": "error"},
		Datasets: map[string]*data.Dataset{"train": points()},
		Scaling:  train.ScalingConfig{NumWorkers: 2},
		Run:      train.RunConfig{Name: "points", StoragePath: dir, Verbose: train.Quiet},
	}
	result, err := trainer.Fit()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("error after", len(result.History), "rounds:", result.Metrics["train-error"])

	// Five more rounds, from where the first training ended.
	trainer.ResumeFrom, trainer.Rounds = result.Checkpoint, 10
	result, err = trainer.Fit()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("then", len(result.History), "more:", result.Checkpoint.Metadata().Round, "in total")
	// Output:
	// error after 5 rounds: 0
	// then 5 more: 10 in total
}

// A function of one's own in two workers, each with half of the rows.
func ExampleDataParallel() {
	dir, err := os.MkdirTemp("", "train")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	result, err := train.DataParallel{
		Loop: func(ctx context.Context, epochs int) error {
			shard, err := train.DatasetShard(ctx, "train")
			if err != nil {
				return err
			}
			rows, err := shard.Count()
			if err != nil {
				return err
			}
			for epoch := range epochs {
				if err := train.Report(ctx, train.Metrics{"epoch": float64(epoch), "rows": float64(rows)}); err != nil {
					return err
				}
			}
			return nil
		},
		LoopConfig: 3,
		Datasets:   map[string]*data.Dataset{"train": points()},
		Scaling:    train.ScalingConfig{NumWorkers: 2},
		Run:        train.RunConfig{StoragePath: dir, Verbose: train.Quiet},
	}.Fit()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(result.History), "epochs of", result.Metrics["rows"], "rows a worker")
	// Output: 3 epochs of 100 rows a worker
}
