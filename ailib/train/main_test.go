package train_test

import (
	"encoding/csv"
	"flag"
	"fmt"
	"os"
	"strconv"
	"testing"

	"github.com/goray/goray/ailib/ailibtest"

	"go.uber.org/goleak"

	"github.com/goray/goray/ailib/data"
	"github.com/goray/goray/ailib/preprocess"
	"github.com/goray/goray/ailib/train"
	"github.com/goray/goray/ailib/train/xgboost"
	"github.com/goray/goray/runtime/ray"
)

// inProcess is the session of most tests: quick, and in one address space.
var inProcess = ray.Config{InProcess: true, NumCPUs: 4}

func TestMain(m *testing.M) {
	// In a worker process of the tests with real workers, Init never returns.
	if _, err := ray.Init(inProcess); err != nil {
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

// breastCancer returns scikit-learn's set, unshuffled: 455 rows to train on
// and 114 to validate, with the columns f0 … f29 and target.
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
	part := func(lo, hi int) *data.Dataset {
		b := data.NewBatch()
		for j := range 31 {
			name := fmt.Sprintf("f%02d", j)
			if j == 30 {
				name = "target"
			}
			var values []float64
			for _, record := range records[1:][lo:hi] {
				v, err := strconv.ParseFloat(record[j], 64)
				if err != nil {
					t.Fatal(err)
				}
				values = append(values, v)
			}
			b = b.With(name, values)
		}
		return data.FromBatches(b.Slice(0, 100), b.Slice(100, hi-lo))
	}
	return map[string]*data.Dataset{"train": part(0, 455), "valid": part(455, 569)}
}

var breastParams = map[string]any{
	"objective": "binary:logistic", "eval_metric": []string{"logloss", "error"}, "tree_method": "hist",
}

// quiet runs below a directory of the test and shows nothing.
func quiet(t testing.TB) train.RunConfig {
	return train.RunConfig{Name: "run", StoragePath: t.TempDir(), Verbose: train.Quiet}
}

// taxi returns the features of the lessons for one month: 70 % to train on
// and 30 % to validate, unshuffled.
func taxi(t testing.TB) (trainSet, valid *data.Dataset) {
	t.Helper()
	pickup, dropoff := data.Col("lpep_pickup_datetime"), data.Col("lpep_dropoff_datetime")
	tip, fare := data.Col("tip_amount"), data.Col("fare_amount")
	trips := data.ReadParquet(ailibtest.File(t, "nyc_taxi/green_tripdata_2024-01.parquet")).
		DropNulls("passenger_count").
		WithColumn("trip_duration", dropoff.Sub(pickup).Seconds()).
		WithColumn("hour", pickup.Hour()).
		WithColumn("day_of_week", pickup.Weekday()).
		WithColumn("is_big_tip", data.When(fare.Gt(0), tip.Div(fare).Gt(0.2), false)).
		SelectColumns("passenger_count", "trip_distance", "fare_amount", "trip_duration", "hour", "day_of_week", "is_big_tip")
	trainSet, valid, err := trips.TrainTestSplit(0.3)
	if err != nil {
		t.Fatal(err)
	}
	return trainSet, valid
}

func minMax(columns ...string) preprocess.Preprocessor {
	return preprocess.NewMinMaxScaler(columns...)
}
