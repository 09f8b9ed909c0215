package tune_test

import (
	"testing"

	"github.com/goray/goray/ailib/train"
	"github.com/goray/goray/ailib/tune"
	"github.com/goray/goray/runtime/ray"
)

func trivial(p tune.Params) float64 { return p.Float("x") }

// BenchmarkTrivialTrial is what a trial costs besides its own work, in worker
// processes: an actor, a report, three files.
func BenchmarkTrivialTrial(b *testing.B) {
	if err := ray.Shutdown(); err != nil {
		b.Fatal(err)
	}
	if _, err := ray.Init(ray.Config{NumCPUs: 2, DashboardPort: -1}); err != nil {
		b.Fatal(err)
	}
	defer func() {
		if err := ray.Shutdown(); err != nil {
			b.Error(err)
		}
		if _, err := ray.Init(ray.Config{InProcess: true, NumCPUs: 4}); err != nil {
			b.Error(err)
		}
	}()
	b.ResetTimer()
	grid, err := tune.Tuner{
		Trainable: trivial,
		Space:     tune.Space{"x": tune.Uniform(0, 1)},
		Config:    tune.Config{Metric: "score", Mode: tune.Min, NumSamples: b.N},
		Run:       train.RunConfig{Name: "run", StoragePath: b.TempDir(), Verbose: train.Quiet},
	}.Fit()
	if err != nil || grid.NumErrors() > 0 {
		b.Fatal(err, grid.Errors())
	}
}
