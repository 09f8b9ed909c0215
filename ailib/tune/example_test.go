package tune_test

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/goray/goray/ailib/train"
	"github.com/goray/goray/ailib/tune"
)

// The trials of a small grid; each reports as often as it likes.
func Example() {
	dir, err := os.MkdirTemp("", "tune")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	grid, err := tune.Tuner{
		Trainable: func(ctx context.Context, p tune.Params) error {
			loss := 1.0
			for range 3 {
				loss *= 1 - p.Float("rate")
				if err := tune.Report(ctx, tune.Metrics{"loss": loss}); err != nil {
					return err
				}
			}
			return nil
		},
		Space:  tune.Space{"rate": tune.GridSearch(0.1, 0.5, 0.2)},
		Config: tune.Config{Metric: "loss", Mode: tune.Min},
		Run:    train.RunConfig{StoragePath: dir, Verbose: train.Quiet},
	}.Fit()
	if err != nil {
		log.Fatal(err)
	}
	best, err := grid.Best()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(grid.Len(), "trials, best", best.Config.Text(), "with loss", best.Metrics["loss"])
	// Output: 3 trials, best rate=0.5 with loss 0.125
}

// Domains are checked before anything runs.
func ExampleSpace_Check() {
	fmt.Println(tune.Space{"eta": tune.LogUniform(0, 1)}.Check())
	// Output: tune: space: eta: LogUniform(0, 1): a logarithmic range needs a lower bound greater than 0; change the bounds or the values
}
