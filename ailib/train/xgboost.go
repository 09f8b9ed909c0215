package train

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/goray/goray/ailib/data"
	"github.com/goray/goray/ailib/preprocess"
	"github.com/goray/goray/ailib/train/xgboost"
	"github.com/goray/goray/runtime/ray"
)

// XGBoost trains gradient-boosted trees with libxgboost, in one worker or
// data-parallel in several. Only Label and the data set "train" are required.
type XGBoost struct {
	Label  string         // the column to learn; all others are features
	Rounds int            // number of boosting rounds in total; 0 = 10
	Params map[string]any // XGBoost's own parameters, under its names

	// Datasets are the data: "train" is learned from, every data set is
	// evaluated after each round, under its name: "valid-logloss".
	Datasets map[string]*data.Dataset

	// Preprocessor is applied to every data set. It is fitted on "train"
	// unless it is fitted already, and becomes part of the checkpoints.
	Preprocessor preprocess.Preprocessor

	Scaling    ScalingConfig
	Run        RunConfig
	ResumeFrom *Checkpoint // goes on boosting up to Rounds in total

	// OnRound is called in the driver after each round, counted from 1. An
	// error ends the training with it; ErrStop ends it as if it were done.
	OnRound func(round int, metrics Metrics) error

	prepared *prepared      // what Prepare has done already
	onGroup  func([]Worker) // called when a group starts; for tests
}

// ErrStop is returned by XGBoost.OnRound to end a training early and keep its
// result.
var ErrStop = errors.New("train: stopped by OnRound")

// KindXGBoost is the kind of the checkpoints that XGBoost writes.
const KindXGBoost = "xgboost"

const defaultRounds = 10

// Fit trains and waits for the end. It obeys the interrupt of a notebook's
// cell, between rounds. With an error, the result tells how far it got; it is
// nil where nothing ran.
func (t XGBoost) Fit() (*Result, error) { return t.fit(nil) }

// FitContext is Fit that obeys ctx.
func (t XGBoost) FitContext(ctx context.Context) (*Result, error) { return t.fit(ctx) }

// Check reports the first mistake that can be seen without running anything.
func (t XGBoost) Check() error {
	_, _, _, err := t.settings()
	return err
}

// settings returns the parameters and the number of rounds. Names that other
// interfaces of XGBoost take as parameters are understood.
func (t XGBoost) settings() (params xgboost.Params, rounds int, notices []string, err error) {
	rounds = t.Rounds
	params = maps.Clone(xgboost.Params(t.Params))
	if params == nil {
		params = xgboost.Params{}
	}
	for _, name := range []string{"num_boost_round", "num_boosting_rounds", "num_round", "n_estimators"} {
		v, ok := params[name]
		if !ok {
			continue
		}
		delete(params, name)
		n, ok := v.(int)
		switch {
		case !ok:
			return nil, 0, nil, fmt.Errorf("train: parameter %s is the %T %v; set XGBoost.Rounds to a number of rounds", name, v, v)
		case t.Rounds != 0 && t.Rounds != n:
			return nil, 0, nil, fmt.Errorf("train: Rounds is %d and parameter %s is %d; set Rounds only", t.Rounds, name, n)
		}
		rounds = n
		notices = append(notices, fmt.Sprintf("parameter %s is not XGBoost's; took it as Rounds: %d", name, n))
	}
	if rounds == 0 {
		rounds = defaultRounds
	}
	switch {
	case rounds < 0:
		return nil, 0, nil, fmt.Errorf("train: Rounds is %d; give 1 or more", rounds)
	case t.Label == "":
		return nil, 0, nil, errors.New("train: XGBoost.Label is empty; name the column to learn")
	case t.Datasets["train"] == nil:
		return nil, 0, nil, fmt.Errorf(`train: XGBoost.Datasets has no "train", only %v; name the data to learn from "train"`, slices.Sorted(keys(t.Datasets)))
	}
	if t.ResumeFrom != nil && t.ResumeFrom.Kind() != KindXGBoost {
		return nil, 0, nil, fmt.Errorf("train: ResumeFrom is a checkpoint of kind %q, not %q; resume with what wrote it", t.ResumeFrom.Kind(), KindXGBoost)
	}
	if err := params.Check(); err != nil {
		return nil, 0, nil, err
	}
	if err := t.Run.Checkpoint.check(); err != nil {
		return nil, 0, nil, err
	}
	return params, rounds, notices, nil
}

func (t XGBoost) fit(ctx context.Context) (*Result, error) {
	params, rounds, notices, err := t.settings()
	if err != nil {
		return nil, err
	}
	if err := t.ready(); err != nil {
		return nil, err
	}
	p := t.prepared
	if p == nil {
		if p, err = t.prepare(ctx); err != nil {
			return nil, err
		}
	}
	b := &boosting{trainer: t, data: p, params: params, rounds: rounds}
	if err := b.resume(); err != nil {
		return nil, err
	}
	dir, err := t.Run.Directory(KindXGBoost)
	if err != nil {
		return nil, err
	}
	b.keep = &Keeper{Dir: dir, Config: t.Run.Checkpoint}
	b.result = &Result{Path: dir, Notices: notices, Config: t.config(params, rounds)}
	return b.run(ctx)
}

// ready reports what is missing around the training.
func (t XGBoost) ready() error {
	if !ray.IsInitialized() {
		return ray.ErrNotInitialized
	}
	if err := xgboost.Check(); err != nil {
		return err
	}
	return t.Scaling.check()
}

// config is what the result and the run's directory say about the settings.
func (t XGBoost) config(params xgboost.Params, rounds int) map[string]any {
	c := map[string]any{
		"label": t.Label, "rounds": rounds, "params": map[string]any(params),
		"num_workers": t.Scaling.workers(), "resources_per_worker": t.Scaling.Resources(),
	}
	if t.ResumeFrom != nil {
		c["resume_from"] = t.ResumeFrom.Path()
	}
	return c
}
