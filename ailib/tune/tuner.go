package tune

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"

	"github.com/goray/goray/ailib/train"
	"github.com/goray/goray/ailib/train/loop"
	"github.com/goray/goray/runtime/ray"
)

// Fit runs the search and waits for its end. It obeys the interrupt of a
// notebook's cell. A failing trial is no error of the search; see
// ResultGrid.Errors. With an error, the grid holds what was found until then;
// it is nil where nothing ran.
func (t Tuner) Fit() (*ResultGrid, error) { return t.fit(nil) }

// FitContext is Fit that obeys ctx.
func (t Tuner) FitContext(ctx context.Context) (*ResultGrid, error) { return t.fit(ctx) }

// trainable is what runs trials of one kind.
type trainable interface {
	// resources is what one trial needs.
	resources() map[string]float64
	// prepare is called once, before the first trial, with its parameters.
	prepare(ctx context.Context, first Params) error
	// slot returns a place to run trials in, one after another.
	slot() slot
}

// slot runs one trial at a time.
type slot interface {
	// run runs a trial to its end. report hands over its metrics and tells
	// whether to go on.
	run(ctx context.Context, t *trial, report reporter) (*train.Checkpoint, error)
	// close frees what the slot holds.
	close()
}

type reporter func(train.Metrics, loop.Event) Decision

func (t Tuner) fit(ctx context.Context) (*ResultGrid, error) {
	seed := t.Config.Seed
	if seed == 0 {
		seed = rand.Int64()
	}
	e, width, err := t.plan(seed)
	if err != nil {
		return nil, err
	}
	if err := e.kind.prepare(ctx, e.trials[0].Config); err != nil {
		return nil, err
	}
	if err := e.open(t.Run); err != nil {
		return nil, err
	}
	return e.run(ctx, width)
}

// plan checks everything that can be checked beforehand and draws the trials.
func (t Tuner) plan(seed int64) (e *experiment, width int, err error) {
	s, err := t.Space.flatten()
	if err != nil {
		return nil, 0, err
	}
	if err := t.Config.check(); err != nil {
		return nil, 0, err
	}
	if t.Config.Scheduler == nil {
		t.Config.Scheduler = FIFO{}
	}
	policy, err := t.Config.Scheduler.Policy()
	if err != nil {
		return nil, 0, err
	}
	if !ray.IsInitialized() {
		return nil, 0, ray.ErrNotInitialized
	}
	kind, err := t.trainable(s)
	if err != nil {
		return nil, 0, err
	}
	if width, err = t.Config.width(kind.resources()); err != nil {
		return nil, 0, err
	}
	e = &experiment{config: t.Config, space: s, seed: seed, policy: policy, kind: kind, quiet: t.Run.Verbose == train.Quiet, checkpoints: t.Run.Checkpoint}
	for i := range s.size() * max(1, t.Config.NumSamples) {
		p, err := s.at(i, seed)
		if err != nil {
			return nil, 0, err
		}
		e.trials = append(e.trials, &trial{Result: Result{ID: trialID(i), Config: p, Status: Pending}, index: i})
	}
	return e, width, nil
}

func (t Tuner) trainable(s *space) (trainable, error) {
	switch f := t.Trainable.(type) {
	case nil:
		return nil, errors.New("tune: Tuner.Trainable is nil; give a function or a *train.XGBoost")
	case *train.XGBoost:
		if f == nil {
			return nil, errors.New("tune: Tuner.Trainable is a nil *train.XGBoost; fill it in")
		}
		return newBoostTrials(*f, s, t.Run)
	case train.XGBoost:
		return newBoostTrials(f, s, t.Run)
	}
	if err := loop.Check(t.Trainable, reflect.TypeFor[Params]()); err != nil {
		return nil, fmt.Errorf("tune: Tuner.Trainable: %w; write func(context.Context, tune.Params) error, or give a *train.XGBoost", err)
	}
	f, err := ray.CaptureFunc(t.Trainable)
	if err != nil {
		return nil, fmt.Errorf("tune: Tuner.Trainable: %w", err)
	}
	need := map[string]float64{"CPU": 1}
	if t.Config.Resources != nil {
		need = t.Config.Resources
	}
	return &functionTrials{fn: f, need: need, metric: t.Config.Metric}, nil
}
