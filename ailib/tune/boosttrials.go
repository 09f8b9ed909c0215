package tune

import (
	"context"
	"fmt"
	"maps"
	"strings"

	"github.com/goray/goray/ailib/preprocess"
	"github.com/goray/goray/ailib/train"
	"github.com/goray/goray/ailib/train/loop"
)

// boostTrials train an XGBoost model per trial. The driver's part of a
// training is light, so it runs in the search's goroutine; the work is done by
// the training's own workers.
type boostTrials struct {
	trainer train.XGBoost
	keeping train.RunConfig // what checkpoints a trial keeps
	need    map[string]float64
	repeats bool // the data are prepared anew for each trial
}

func newBoostTrials(t train.XGBoost, s *space, run train.RunConfig) (*boostTrials, error) {
	b := &boostTrials{trainer: t, keeping: run, need: map[string]float64{}}
	workers := max(1, t.Scaling.NumWorkers)
	for _, name := range s.names {
		switch {
		case strings.HasPrefix(name, "params."), name == "rounds":
		case name == "num_workers":
			workers = s.largest(name, workers)
		case name == "preprocessor":
			b.repeats = true
		default:
			return nil, fmt.Errorf(`tune: space: an XGBoost trainer has no setting %q; use "params.<name of a parameter>", "rounds", "num_workers" or "preprocessor"`, name)
		}
	}
	for name, amount := range t.Scaling.Resources() {
		b.need[name] = amount * float64(workers)
	}
	return b, nil
}

// largest is the greatest value that a setting can have.
func (s *space) largest(name string, least int) int {
	if n, ok := s.fixed[name].(int); ok {
		return max(1, n)
	}
	d := s.domains[name]
	for _, v := range d.values {
		if n, ok := v.(int); ok {
			least = max(least, n)
		}
	}
	return max(least, int(d.hi))
}

func (b *boostTrials) resources() map[string]float64 { return b.need }

func (b *boostTrials) prepare(ctx context.Context, first Params) error {
	t, err := b.with(first)
	if err != nil {
		return err
	}
	if err := t.Check(); err != nil { // a misspelt name would fail every trial
		return err
	}
	if b.repeats {
		return nil
	}
	b.trainer, err = b.trainer.Prepare(ctx)
	return err
}

// with returns the trainer with a trial's parameters.
func (b *boostTrials) with(p Params) (t train.XGBoost, err error) {
	defer func() {
		if r := recover(); r != nil { // the accessors explain by a panic
			err = fmt.Errorf("%v", r)
		}
	}()
	t = b.trainer
	t.Params = maps.Clone(t.Params)
	if t.Params == nil {
		t.Params = map[string]any{}
	}
	for name, v := range p.Sub("params") {
		t.Params[name] = v
	}
	if _, ok := p["rounds"]; ok {
		t.Rounds = p.Int("rounds")
	}
	if _, ok := p["num_workers"]; ok {
		t.Scaling.NumWorkers = p.Int("num_workers")
	}
	if v, ok := p["preprocessor"]; ok && v != nil {
		pre, ok := v.(preprocess.Preprocessor)
		if !ok {
			return t, fmt.Errorf("tune: parameter \"preprocessor\" is a %T; give a preprocess.Preprocessor", v)
		}
		t.Preprocessor = pre
	}
	return t, nil
}

// slot returns b itself: each training starts workers of its own.
func (b *boostTrials) slot() slot { return b }

func (b *boostTrials) close() {}

func (b *boostTrials) run(ctx context.Context, t *trial, report reporter) (*train.Checkpoint, error) {
	trainer, err := b.with(t.Config)
	if err != nil {
		return nil, err
	}
	trainer.Run = b.keeping
	trainer.Run.StoragePath, trainer.Run.Name, trainer.Run.Reuse, trainer.Run.Verbose = t.log.parent(), t.log.name(), true, train.Quiet
	own := trainer.OnRound
	trainer.OnRound = func(round int, m train.Metrics) error {
		if report(maps.Clone(m), loop.Event{Iteration: round}) == Stop {
			return train.ErrStop
		}
		if own != nil {
			return own(round, m)
		}
		return nil
	}
	r, err := trainer.FitContext(ctx)
	if r == nil {
		return nil, err
	}
	return r.Checkpoint, err
}
