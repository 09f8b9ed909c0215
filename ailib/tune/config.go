package tune

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/goray/goray/ailib/train"
	"github.com/goray/goray/ailib/train/loop"
	"github.com/goray/goray/runtime/ray"
)

// Mode says whether more or less of the metric is better.
type Mode string

// The modes, under Ray's names.
const (
	Min Mode = "min"
	Max Mode = "max"
)

// Config says what is looked for and how. The zero value runs each
// combination of the grids once and looks for nothing.
type Config struct {
	Metric        string             `yaml:"metric"`                // what decides; "" leaves it to ResultGrid.BestBy
	Mode          Mode               `yaml:"mode"`                  // required with Metric
	NumSamples    int                `yaml:"num_samples"`           // how often the space is drawn from; 0 = 1
	MaxConcurrent int                `yaml:"max_concurrent_trials"` // trials at the same time; 0 = as many as the CPUs allow
	Seed          int64              `yaml:"seed"`                  // 0 = a new one, which experiment.json names
	Scheduler     Scheduler          `yaml:"-"`                     // nil = FIFO
	Stop          []Stopper          `yaml:"-"`                     // each may end a trial
	TimeBudget    time.Duration      `yaml:"time_budget"`           // no trial starts, and running ones are stopped, after it; 0 = no limit
	FailFast      bool               `yaml:"fail_fast"`             // the first failing trial ends the search
	Resources     map[string]float64 `yaml:"resources_per_trial"`   // of a trial that is a function; nil = {"CPU": 1}
}

// Tuner is a search. Trainable is one of
//
//   - func(context.Context, tune.Params) error, which calls Report,
//   - func(context.Context, tune.Params) (tune.Metrics, error), which reports
//     once, with its result; a single number is reported as Config.Metric,
//   - *train.XGBoost, whose settings the space changes: "params.eta",
//     "rounds", "num_workers", "preprocessor".
//
// The context and the error are optional.
type Tuner struct {
	Trainable any
	Space     Space
	Config    Config
	Run       train.RunConfig
}

// Metrics are the numbers of one report, by name.
type Metrics = train.Metrics

// ErrStopped is what Report returns once the trial shall end.
var ErrStopped = loop.ErrStopped

// Report tells the search how the trial is doing, and waits until the search
// has decided. It returns [ErrStopped] when the trial shall end now; return
// that from the trial's function. The n-th report is training iteration n. A
// checkpoint, if there is one, is copied into the trial's directory before
// Report returns; Tuner.Run.Checkpoint says which of them are kept.
func Report(ctx context.Context, metrics Metrics, checkpoint ...*train.Checkpoint) error {
	r := loop.From(ctx)
	if r == nil {
		return errors.New("tune: Report outside a trial; call it in the function given to Tuner, with the context that the function is given")
	}
	if len(metrics) == 0 {
		return errors.New("tune: Report without a metric; report at least Config.Metric")
	}
	path := ""
	switch {
	case len(checkpoint) > 1:
		return fmt.Errorf("tune: Report takes one checkpoint, not %d", len(checkpoint))
	case len(checkpoint) == 1 && checkpoint[0] != nil:
		path = checkpoint[0].Path()
	}
	return r.Report(ctx, metrics, path)
}

// TrialID returns the id of the trial that was given ctx, and "" elsewhere.
func TrialID(ctx context.Context) string {
	if r := loop.From(ctx); r != nil {
		return r.Spec().Name
	}
	return ""
}

// Run searches without further settings: it is Tuner{…}.Fit().
func Run(trainable any, space Space, config Config) (*ResultGrid, error) {
	return Tuner{Trainable: trainable, Space: space, Config: config}.Fit()
}

func (c Config) check() error {
	switch {
	case c.Metric != "" && c.Mode == "":
		return fmt.Errorf("tune: Config.Mode is empty; say tune.Min or tune.Max for metric %q", c.Metric)
	case c.Mode != "" && c.Mode != Min && c.Mode != Max:
		return fmt.Errorf("tune: Config.Mode is %q; use tune.Min or tune.Max", c.Mode)
	case c.NumSamples < 0 || c.MaxConcurrent < 0 || c.TimeBudget < 0:
		return fmt.Errorf("tune: Config: NumSamples %d, MaxConcurrent %d and TimeBudget %v cannot be negative", c.NumSamples, c.MaxConcurrent, c.TimeBudget)
	case c.Metric == "" && c.Scheduler != nil && c.Scheduler != Scheduler(FIFO{}):
		return fmt.Errorf("tune: %T decides by a metric; set Config.Metric and Config.Mode", c.Scheduler)
	}
	return nil
}

// score turns a metric so that more is better.
func (c Config) score(m Metrics) float64 {
	if c.Mode == Min {
		return -m[c.Metric]
	}
	return m[c.Metric]
}

// width is how many trials run at the same time when each needs this much.
func (c Config) width(need map[string]float64) (int, error) {
	total := ray.ClusterResources()
	if total == nil {
		return 0, ray.ErrNotInitialized
	}
	width := 1 << 10
	for name, amount := range need {
		if amount <= 0 {
			continue
		}
		if amount > total[name] {
			return 0, fmt.Errorf("tune: a trial needs %v %s, the cluster has %v; lower Config.Resources or the trainer's ScalingConfig: %w", amount, name, total[name], ray.ErrInfeasible)
		}
		width = min(width, int(total[name]/amount+1e-9))
	}
	if c.MaxConcurrent > 0 {
		width = min(width, c.MaxConcurrent)
	}
	return width, nil
}
