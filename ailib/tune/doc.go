// Package tune searches for good parameters: it runs a function, or a
// trainer, as many trials with different parameters, in parallel, stops those
// that are not promising, and tells which was best.
//
//	grid, err := tune.Tuner{
//		Trainable: func(ctx context.Context, p tune.Params) error {
//			loss := 1.0
//			for range 20 {
//				loss *= 1 - p.Float("rate")
//				if err := tune.Report(ctx, tune.Metrics{"loss": loss}); err != nil {
//					return err
//				}
//			}
//			return nil
//		},
//		Space:  tune.Space{"rate": tune.LogUniform(1e-3, 1e-1)},
//		Config: tune.Config{Metric: "loss", Mode: tune.Min, NumSamples: 16, Scheduler: tune.ASHA{}},
//	}.Fit()
//	best, err := grid.Best()
//
// # Mental model
//
// A [Space] gives each parameter a constant or a [Domain] to draw from. Grids
// are crossed, and everything is drawn NumSamples times. Trial i has the same
// parameters for the same seed, whatever runs at the same time.
//
// A trial is an actor that runs the function; what it reports is answered by
// the driver before the function goes on, so that a [Scheduler] or a
// [Stopper] stops it at once: Report returns [ErrStopped] and the context
// ends. A *train.XGBoost as Trainable takes parameters under names such as
// "params.eta"; its data are preprocessed once for all trials.
//
// A trial that fails is a row with an error; the others go on. Everything
// reported is also in files below the run's directory: params.json,
// result.json (a line per report) and progress.csv for each trial. From them,
// Tuner.Restore goes on with a search that was interrupted or killed.
package tune
