package xgboost_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/goray/goray/ailib/train/xgboost"
)

func TestParamNames(t *testing.T) {
	for name, want := range map[string]string{
		"eta":                 "",
		"max_depht":           `did you mean "max_depth"?`,
		"maxdepth":            `did you mean "max_depth"?`,
		"max-depth":           `did you mean "max_depth"?`,
		"learningrate":        `did you mean "learning_rate"?`,
		"Objective":           `did you mean "objective"?`,
		"evalmetric":          `did you mean "eval_metric"?`,
		"min_child_wieght":    `did you mean "min_child_weight"?`,
		"num_class":           "",
		"completely_off_xyzw": "KnownParams() lists all",
	} {
		err := xgboost.Params{name: 1}.Check()
		switch {
		case want == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
	if !slices.IsSorted(xgboost.KnownParams()) {
		t.Error("KnownParams is not sorted")
	}
}

func TestParamsString(t *testing.T) {
	got := xgboost.Params{"max_depth": 3, "eta": 0.1}.String()
	if got != "eta=0.1 max_depth=3" {
		t.Error(got)
	}
}
