package tune_test

import (
	"encoding/csv"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/goray/goray/ailib/ailibtest"
	"github.com/goray/goray/ailib/data"
	"github.com/goray/goray/ailib/preprocess"
	"github.com/goray/goray/ailib/train"
	"github.com/goray/goray/ailib/train/xgboost"
	"github.com/goray/goray/ailib/tune"
)

func needLibrary(t testing.TB) {
	t.Helper()
	if err := xgboost.Check(); err != nil {
		t.Skip(err)
	}
}

// breastCancer is scikit-learn's set, unshuffled: 455 rows to train on and 114
// to validate.
func breastCancer(t testing.TB) map[string]*data.Dataset {
	t.Helper()
	f, err := os.Open(ailibtest.File(t, "small/breast_cancer.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.FieldsPerRecord = -1 // the first line holds counts and names of classes
	records, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	all := data.NewBatch()
	for j := range 31 {
		values := make([]float64, len(records)-1)
		for i, record := range records[1:] {
			if values[i], err = strconv.ParseFloat(record[j], 64); err != nil {
				t.Fatal(err)
			}
		}
		name := fmt.Sprintf("f%02d", j)
		if j == 30 {
			name = "target"
		}
		all = all.With(name, values)
	}
	return map[string]*data.Dataset{"train": data.FromBatches(all.Slice(0, 455)), "valid": data.FromBatches(all.Slice(455, 569))}
}

func trainer(t testing.TB) *train.XGBoost {
	return &train.XGBoost{
		Label: "target", Rounds: 20, Datasets: breastCancer(t),
		Params: map[string]any{"objective": "binary:logistic", "eval_metric": "logloss", "tree_method": "hist"},
	}
}

// The losses by depth were computed by Python's xgboost 3.2.0.
func TestDepthOfTrees(t *testing.T) {
	needLibrary(t)
	base := trainer(t)
	grid := fit(t, tune.Tuner{
		Trainable: base,
		Space:     tune.Space{"params.max_depth": tune.GridSearch(1, 2, 3, 4, 5, 6, 7, 8)},
		Config:    tune.Config{Metric: "train-logloss", Mode: tune.Min},
	})
	for i, want := range []float64{0.09482, 0.04268, 0.02176, 0.01762, 0.01691, 0.0173, 0.0173, 0.0173} {
		r := grid.At(i)
		if got := r.Metrics["train-logloss"]; math.Abs(got-want) > 2e-5 || len(r.History) != 20 {
			t.Errorf("depth %d: %v after %d rounds, want %v", i+1, got, len(r.History), want)
		}
		if r.Checkpoint == nil || filepath.Dir(r.Checkpoint.Path()) != r.Path || r.Checkpoint.Metadata().Params["max_depth"] != i+1 {
			t.Errorf("depth %d: checkpoint %v", i+1, r.Checkpoint)
		}
	}
	if best, err := grid.Best(); err != nil || best.Config.Int("params.max_depth") != 5 {
		t.Errorf("best by training loss: %v %v", best, err)
	}
	if best, err := grid.BestBy("valid-logloss", tune.Min); err != nil || best.Config.Int("params.max_depth") != 3 {
		t.Errorf("best by validation loss: %v %v", best, err)
	}
	if base.Params["max_depth"] != nil {
		t.Error("the trainer was changed")
	}
}

func TestTrainerSettings(t *testing.T) {
	needLibrary(t)
	grid := fit(t, tune.Tuner{
		Trainable: trainer(t),
		Space: tune.Space{
			"params":       tune.Space{"eta": tune.GridSearch(0.1, 0.5)},
			"rounds":       4,
			"num_workers":  2,
			"preprocessor": tune.GridSearch(nil, preprocess.NewStandardScaler("f00", "f01")),
		},
		Config: tune.Config{Metric: "valid-logloss", Mode: tune.Min},
	})
	for _, r := range grid.All() {
		if r.Error != nil || len(r.History) != 4 {
			t.Errorf("%v: %v", r, r.Error)
			continue
		}
		if scaled := r.Checkpoint.Metadata().Preprocessor != ""; scaled != (r.Config["preprocessor"] != nil) {
			t.Errorf("%v: preprocessor %q", r, r.Checkpoint.Metadata().Preprocessor)
		}
	}
}

func TestASHAStopsBoosting(t *testing.T) {
	needLibrary(t)
	grid := fit(t, tune.Tuner{
		Trainable: trainer(t),
		Space:     tune.Space{"params.eta": tune.GridSearch(0.5, 0.3, 0.01, 0.001)},
		Config:    tune.Config{Metric: "valid-logloss", Mode: tune.Min, MaxConcurrent: 1, Scheduler: tune.ASHA{MaxT: 20, Grace: 2, Reduction: 2}},
	})
	for i, want := range []int{20, 2, 2, 2} {
		r := grid.At(i)
		if i == 0 && r.Status != tune.Stopped && r.Status != tune.Terminated || i > 1 && (len(r.History) != want || r.Status != tune.Stopped) {
			t.Errorf("trial %d: %s after %d rounds", i, r.Status, len(r.History))
		}
		if r.Checkpoint == nil || r.Checkpoint.Metadata().Round != len(r.History) {
			t.Errorf("trial %d: checkpoint %v after %d rounds", i, r.Checkpoint, len(r.History))
		}
	}
}

func TestTrainerMistakes(t *testing.T) {
	needLibrary(t)
	for want, s := range map[string]tune.Space{
		`no setting "param.eta"; use "params.`:     {"param.eta": tune.Uniform(0, 1)},
		`unknown parameter "etaa"; did you mean`:   {"params.etaa": tune.Uniform(0, 1)},
		`parameter "rounds" is the string many`:    {"rounds": "many"},
		`the cluster has 4`:                        {"num_workers": tune.GridSearch(2, 8)},
		`"preprocessor" is a int; give a preproce`: {"preprocessor": 3},
	} {
		_, err := tune.Tuner{Trainable: trainer(t), Space: s, Config: minimise, Run: quiet(t)}.Fit()
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v\n  want an error with %q", err, want)
		}
	}
	_, err := tune.Tuner{Trainable: (*train.XGBoost)(nil)}.Fit()
	if err == nil || !strings.Contains(err.Error(), "nil *train.XGBoost") {
		t.Error(err)
	}
}
