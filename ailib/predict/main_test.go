package predict_test

import (
	"flag"
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"

	"github.com/goray/goray/ailib/data"
	"github.com/goray/goray/ailib/preprocess"
	"github.com/goray/goray/ailib/train"
	"github.com/goray/goray/ailib/train/xgboost"
	"github.com/goray/goray/runtime/ray"
)

func TestMain(m *testing.M) {
	if _, err := ray.Init(ray.Config{InProcess: true, NumCPUs: 4}); err != nil {
		panic(err)
	}
	// An example cannot skip itself.
	if err := xgboost.Check(); err != nil {
		fmt.Fprintln(os.Stderr, "the examples are skipped:", err)
		_ = flag.Set("test.skip", "^Example")
	}
	goleak.VerifyTestMain(m, goleak.IgnoreCurrent(), goleak.Cleanup(func(code int) {
		_ = ray.Shutdown()
		os.Exit(code)
	}))
}

func needLibrary(t testing.TB) {
	t.Helper()
	if err := xgboost.Check(); err != nil {
		t.Skip(err)
	}
}

// rows are 900 points in three blocks; those above 90 are of class
// 1. Column c has no meaning.
func rows() *data.Dataset {
	b := data.NewBatch()
	var a, y []float64
	var c []int64
	for i := range 900 {
		x := float64(i*7%180) + 1
		a, c = append(a, x), append(c, int64(i))
		label := 0.0
		if x > 90 {
			label = 1
		}
		y = append(y, label)
	}
	b = b.With("a", a).With("c", c).With("label", y)
	return data.FromBatches(b.Slice(0, 300), b.Slice(300, 301), b.Slice(301, 900))
}

// fit trains on the rows, after p.
func fit(t testing.TB, p preprocess.Preprocessor, params map[string]any) *train.Checkpoint {
	t.Helper()
	needLibrary(t)
	r, err := train.XGBoost{
		Label: "label", Rounds: 5, Params: params, Preprocessor: p,
		Datasets: map[string]*data.Dataset{"train": rows()},
		Run:      train.RunConfig{Name: "run", StoragePath: t.TempDir(), Verbose: train.Quiet},
	}.Fit()
	if err != nil {
		t.Fatal(err)
	}
	return r.Checkpoint
}

var logistic = map[string]any{"objective": "binary:logistic"}
