package train_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/goray/goray/ailib/data"
	"github.com/goray/goray/ailib/train"
	"github.com/goray/goray/ailib/train/xgboost"
	"github.com/goray/goray/runtime/ray"
)

func fitted(t *testing.T, trainer train.XGBoost) *train.Result {
	t.Helper()
	if trainer.Run.StoragePath == "" {
		trainer.Run = quiet(t)
	}
	r, err := trainer.Fit()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestXGBoostFitsBreastCancer(t *testing.T) {
	needLibrary(t)
	sets := breastCancer(t)
	for workers := 1; workers <= 3; workers++ {
		r := fitted(t, train.XGBoost{Label: "target", Rounds: 20, Params: breastParams, Datasets: sets, Scaling: train.ScalingConfig{NumWorkers: workers}})
		for name, want := range map[string]float64{
			"train-logloss": 0.0173, "train-error": 0, "valid-logloss": 0.08321, "valid-error": 0.02632, "training_iteration": 20,
		} {
			// A distributed sketch may cut elsewhere, so only one worker is exact.
			tolerance := 1e-5
			if workers > 1 {
				tolerance = 0.02*want + 0.01
			}
			if got := r.Metrics[name]; math.Abs(got-want) > tolerance {
				t.Errorf("%d workers: %s is %v, want %v", workers, name, got, want)
			}
		}
		if len(r.History) != 20 || math.Abs(r.History[9]["valid-logloss"]-0.13141) > 0.003 {
			t.Errorf("%d workers: %d rounds, 10th %v", workers, len(r.History), r.History[9])
		}
		if r.Checkpoint == nil || filepath.Base(r.Checkpoint.Path()) != "checkpoint_000019" || filepath.Dir(r.Checkpoint.Path()) != r.Path {
			t.Errorf("%d workers: checkpoint %v", workers, r.Checkpoint)
		}
		if round, v := r.Best("valid-logloss", train.Min); round < 15 || v > 0.0835 {
			t.Errorf("%d workers: best round %d with %v", workers, round, v)
		}
	}
}

// Python's numbers are in the README of the test data.
func TestXGBoostFitsTaxi(t *testing.T) {
	needLibrary(t)
	trainSet, valid := taxi(t)
	for workers, tolerance := range map[int]float64{1: 0.01, 2: 0.02} {
		r := fitted(t, train.XGBoost{
			Label: "is_big_tip", Rounds: 50,
			Params:       map[string]any{"objective": "binary:logistic", "tree_method": "approx", "eval_metric": []string{"logloss", "error"}},
			Datasets:     map[string]*data.Dataset{"train": trainSet, "valid": valid},
			Preprocessor: minMax("trip_distance", "trip_duration"),
			Scaling:      train.ScalingConfig{NumWorkers: workers},
		})
		t.Logf("%d workers: %v", workers, r.Metrics)
		for name, want := range map[string]float64{"train-logloss": 0.61239, "valid-logloss": 0.66331, "train-error": 0.34913, "valid-error": 0.43172} {
			if got := r.Metrics[name]; math.Abs(got-want) > tolerance*want {
				t.Errorf("%d workers: %s is %v, want %v within %v", workers, name, got, want, tolerance*want)
			}
		}
		m := r.Checkpoint.Metadata()
		if len(m.Features) != 6 || m.Preprocessor == "" || m.Label != "is_big_tip" {
			t.Errorf("metadata %+v", m)
		}
		if p, err := r.Checkpoint.Preprocessor(); err != nil || p == nil || !p.Fitted() {
			t.Errorf("preprocessor of the checkpoint: %v %v", p, err)
		}
	}
}

func TestResumeContinues(t *testing.T) {
	needLibrary(t)
	trainer := train.XGBoost{Label: "target", Rounds: 5, Params: breastParams, Datasets: breastCancer(t)}
	half := fitted(t, trainer)
	trainer.ResumeFrom, trainer.Rounds = half.Checkpoint, 10
	resumed := fitted(t, trainer)
	trainer.ResumeFrom = nil
	straight := fitted(t, trainer)
	if len(resumed.History) != 5 || filepath.Base(resumed.Checkpoint.Path()) != "checkpoint_000009" {
		t.Errorf("%d rounds, %v", len(resumed.History), resumed.Checkpoint)
	}
	for i, m := range resumed.History {
		for _, name := range []string{"train-logloss", "valid-logloss", "training_iteration"} {
			if m[name] != straight.History[5+i][name] {
				t.Errorf("round %d: %s is %v, in one go %v", 6+i, name, m[name], straight.History[5+i][name])
			}
		}
	}
	trainer.ResumeFrom = resumed.Checkpoint
	if _, err := trainer.Fit(); err == nil || !strings.Contains(err.Error(), "has 10 rounds already") {
		t.Error(err)
	}
	trainer.ResumeFrom, trainer.Rounds = half.Checkpoint, 10
	trainer.Datasets = map[string]*data.Dataset{"train": trainer.Datasets["train"].DropColumns("f03")}
	trainer.Run = quiet(t)
	if _, err := trainer.Fit(); err == nil || !strings.Contains(err.Error(), "give the same columns") {
		t.Error(err)
	}
}

func TestCheckpointsAreKept(t *testing.T) {
	needLibrary(t)
	run := quiet(t)
	run.Checkpoint = train.CheckpointConfig{Frequency: 2, NumToKeep: 2, ScoreAttribute: "valid-logloss", Order: train.Min}
	r := fitted(t, train.XGBoost{Label: "target", Rounds: 7, Params: breastParams, Datasets: breastCancer(t), Run: run})
	entries, err := os.ReadDir(r.Path)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if want := []string{"checkpoint_000005", "checkpoint_000006"}; !slices.Equal(names, want) {
		t.Errorf("on disk are %v, want %v", names, want)
	}
	if len(r.BestCheckpoints) != 2 || r.BestCheckpoints[0].Metadata().Round != 7 {
		t.Errorf("best %v", r.BestCheckpoints)
	}
	model, err := r.Checkpoint.Read("model.ubj")
	if err != nil {
		t.Fatal(err)
	}
	b, err := xgboost.LoadBooster(model, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if n, err := b.Rounds(); n != 7 || err != nil {
		t.Errorf("the model has %d rounds: %v", n, err)
	}
}

func TestOnRound(t *testing.T) {
	needLibrary(t)
	trainer := train.XGBoost{Label: "target", Rounds: 10, Params: breastParams, Datasets: breastCancer(t), Run: quiet(t), Scaling: train.ScalingConfig{NumWorkers: 2}}
	var rounds []int
	trainer.OnRound = func(round int, m train.Metrics) error {
		rounds = append(rounds, round)
		if m["train-logloss"] < 0.2 {
			return train.ErrStop
		}
		return nil
	}
	r := fitted(t, trainer)
	if n := len(rounds); n != 4 || r.Metrics["training_iteration"] != 4 || r.Checkpoint.Metadata().Round != 4 {
		t.Errorf("stopped after %v, %v, %v", rounds, r.Metrics, r.Checkpoint)
	}
	own := errors.New("own")
	trainer.OnRound = func(int, train.Metrics) error { return own }
	trainer.Run = quiet(t)
	r, err := trainer.Fit()
	if !errors.Is(err, own) || !errors.Is(r.Error, own) || len(r.History) != 1 {
		t.Errorf("%v %v", err, r)
	}
}

func TestEarlyStopping(t *testing.T) {
	losses := []float64{5, 4, 4.5, 4.2, 3, 3.1, 3.2, 3.3, 1}
	for patience, want := range map[int]int{1: 3, 2: 4, 3: 8, 9: 0} {
		f := train.EarlyStopping("loss", train.Min, patience)
		for range 2 { // it can be used for a second training
			stopped := 0
			for i, loss := range losses {
				if f(i+1, train.Metrics{"loss": loss}) != nil {
					stopped = i + 1
					break
				}
			}
			if stopped != want {
				t.Errorf("patience %d: stopped in round %d, want %d", patience, stopped, want)
			}
		}
	}
}

// Where features have few values, the sketches of several workers propose the
// same cuts as one does, and the models are equal up to the order of sums.
func TestWorkersGrowTheSameTrees(t *testing.T) {
	needLibrary(t)
	n := 2000
	a, b, y := make([]float64, n), make([]float64, n), make([]float64, n)
	for i := range n {
		a[i], b[i] = float64(i%37), float64(i*i%101)
		y[i] = math.Sin(a[i]/6) + b[i]/101*a[i]/37
	}
	set := data.FromColumns(map[string]any{"a": a, "b": b, "y": y})
	var one float64
	for workers := 1; workers <= 4; workers++ {
		r := fitted(t, train.XGBoost{Label: "y", Rounds: 20, Params: map[string]any{"tree_method": "hist"}, Datasets: map[string]*data.Dataset{"train": set}, Scaling: train.ScalingConfig{NumWorkers: workers}})
		loss := r.Metrics["train-rmse"]
		if workers == 1 {
			one = loss
		}
		if math.Abs(loss-one) > 1e-6 {
			t.Errorf("%d workers: train-rmse %v, one worker %v", workers, loss, one)
		}
		for _, w := range r.Workers {
			if w.Rows != int64(n*(w.Rank+1)/workers-n*w.Rank/workers) {
				t.Errorf("%d workers: %+v", workers, w)
			}
		}
	}
}

// Without a context, a training obeys the interrupt of the notebook's cell, and
// leaves nothing running.
func TestCellInterrupt(t *testing.T) {
	needLibrary(t)
	cell, interrupt := context.WithCancel(context.Background())
	ray.SetCellContext(func() context.Context { return cell })
	defer ray.SetCellContext(nil)
	trainer := train.XGBoost{Label: "target", Rounds: 1000, Params: breastParams, Datasets: breastCancer(t), Scaling: train.ScalingConfig{NumWorkers: 2}, Run: quiet(t)}
	trainer.OnRound = func(round int, _ train.Metrics) error {
		if round == 3 {
			interrupt()
		}
		return nil
	}
	r, err := trainer.Fit()
	if !errors.Is(err, context.Canceled) || r == nil || len(r.History) != 3 {
		t.Errorf("%v after %d rounds", err, len(r.History))
	}
}

func TestXGBoostMistakes(t *testing.T) {
	needLibrary(t)
	sets := breastCancer(t)
	words := map[string]*data.Dataset{"train": data.FromItems([]map[string]any{{"a": "x", "b": 1.0}, {"a": "y", "b": 0.0}})}
	holes := map[string]*data.Dataset{"train": data.FromColumns(map[string]any{"a": []float64{1, 2}, "b": []float64{1, math.NaN()}})}
	logistic := map[string]any{"objective": "binary:logistic"}
	for want, trainer := range map[string]train.XGBoost{
		"Label is empty":                              {Datasets: sets},
		`has no "train"`:                              {Label: "target", Datasets: map[string]*data.Dataset{"valid": sets["valid"]}},
		`unknown parameter "etaa"; did you mean`:      {Label: "target", Datasets: sets, Params: map[string]any{"etaa": 1}},
		`no column "tarjet"`:                          {Label: "tarjet", Datasets: sets},
		`column "a": a column of type utf8`:           {Label: "b", Datasets: words},
		`label "a": a column of type utf8`:            {Label: "a", Datasets: words},
		`label "b" is missing in row 1`:               {Label: "b", Datasets: holes},
		`data set "valid" lacks column "f07"`:         {Label: "target", Datasets: map[string]*data.Dataset{"train": sets["train"], "valid": sets["valid"].DropColumns("f07")}},
		"max_depth":                                   {Label: "target", Datasets: sets, Params: map[string]any{"max_depth": "deep"}},
		"base_score must be in (0,1)":                 {Label: "f00", Datasets: sets, Params: logistic},
		"data set \"train\" has no rows":              {Label: "target", Datasets: map[string]*data.Dataset{"train": sets["train"].Limit(0)}},
		"the cluster has 4":                           {Label: "target", Datasets: sets, Scaling: train.ScalingConfig{NumWorkers: 5}},
		"the cluster has no GPU":                      {Label: "target", Datasets: sets, Scaling: train.ScalingConfig{UseGPU: true}},
		"got no rows":                                 {Label: "target", Datasets: map[string]*data.Dataset{"train": sets["train"].Limit(2)}, Scaling: train.ScalingConfig{NumWorkers: 3}},
		"Rounds is 3 and parameter num_boost_round 5": {},
		"cannot be negative":                          {Label: "target", Datasets: sets, Run: train.RunConfig{Checkpoint: train.CheckpointConfig{NumToKeep: -1}}},
		`"lost", which is not reported`:               {Label: "target", Datasets: sets, Run: train.RunConfig{Checkpoint: train.CheckpointConfig{ScoreAttribute: "lost"}}},
		"no_such_file":                                {Label: "target", Datasets: map[string]*data.Dataset{"train": data.ReadParquet("/no_such_file.parquet")}},
	} {
		if strings.HasPrefix(want, "Rounds is 3") {
			want = "Rounds is 3 and parameter num_boost_round is 5"
			trainer = train.XGBoost{Label: "target", Rounds: 3, Datasets: sets, Params: map[string]any{"num_boost_round": 5}}
		}
		trainer.Run.StoragePath, trainer.Run.Verbose = t.TempDir(), train.Quiet
		if _, err := trainer.Fit(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v\n  want an error with %q", err, want)
		}
	}
}

func TestRoundsAmongParams(t *testing.T) {
	needLibrary(t)
	params := map[string]any{"objective": "binary:logistic", "num_boosting_rounds": 3}
	r := fitted(t, train.XGBoost{Label: "target", Params: params, Datasets: breastCancer(t)})
	if len(r.History) != 3 || len(r.Notices) != 1 || params["num_boosting_rounds"] != 3 {
		t.Errorf("%d rounds, notices %v, params %v", len(r.History), r.Notices, params)
	}
	r = fitted(t, train.XGBoost{Label: "target", Datasets: breastCancer(t)})
	if len(r.History) != 10 || math.IsNaN(r.Metrics["train-rmse"]) {
		t.Errorf("defaults: %v", r.Metrics)
	}
}

func TestPrepareOnce(t *testing.T) {
	needLibrary(t)
	prepared, err := train.XGBoost{Label: "target", Rounds: 3, Params: breastParams, Datasets: breastCancer(t)}.Prepare(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	prepared.Datasets = map[string]*data.Dataset{"train": data.Range(1)} // not looked at any more
	a := fitted(t, prepared)
	prepared.Params = map[string]any{"objective": "binary:logistic", "max_depth": 1}
	b := fitted(t, prepared)
	if a.Metrics["train-logloss"] == b.Metrics["train-logloss"] {
		t.Error("the parameters had no effect")
	}
}

func TestResultShows(t *testing.T) {
	needLibrary(t)
	r := fitted(t, train.XGBoost{Label: "target", Rounds: 4, Params: breastParams, Datasets: breastCancer(t)})
	bundle := r.MIMEBundle()
	text, page := fmt.Sprint(bundle["text/plain"]), fmt.Sprint(bundle["text/html"])
	for _, want := range []string{"4 rounds", "train-logloss", "valid-error", "checkpoint_000003"} {
		if !strings.Contains(text, want) {
			t.Errorf("the text lacks %q:\n%s", want, text)
		}
	}
	if strings.Count(page, "<svg") != 2 || !strings.Contains(page, "<table") {
		t.Errorf("the page has %d pictures", strings.Count(page, "<svg"))
	}
	if r.String() != text {
		t.Error("String differs from the text form")
	}
}

func TestNotInitialized(t *testing.T) {
	sets := breastCancer(t)
	if err := ray.Shutdown(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if _, err := ray.Init(inProcess); err != nil {
			t.Fatal(err)
		}
	}()
	_, err := train.XGBoost{Label: "target", Datasets: sets}.Fit()
	if !errors.Is(err, ray.ErrNotInitialized) {
		t.Error(err)
	}
}
