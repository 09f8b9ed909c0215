package predict_test

import (
	"testing"

	"github.com/goray/goray/ailib/predict"
	"github.com/goray/goray/runtime/ray"
)

// Worker processes and a replica that loads the checkpoint itself give what
// this process gives.
func TestPredictionsOfProcesses(t *testing.T) {
	c := fit(t, minMax("a"), logistic)
	here := column(t, predict.NewBatch(c).Predict(rows()))
	if err := ray.Shutdown(); err != nil {
		t.Fatal(err)
	}
	if _, err := ray.Init(ray.Config{NumCPUs: 2, DashboardPort: -1}); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := ray.Shutdown(); err != nil {
			t.Error(err)
		}
		if _, err := ray.Init(ray.Config{InProcess: true, NumCPUs: 4}); err != nil {
			t.Error(err)
		}
	}()
	there := column(t, predict.NewBatch(c).Predict(rows(), predict.BatchSize(50)))
	replica := ray.NewActor[predict.Predictor](predict.Load, c)
	var records []map[string]any
	for _, r := range must(rows().TakeAll()) {
		records = append(records, map[string]any{"a": r["a"], "c": r["c"]})
	}
	answers, err := ray.Get(ray.Call[[]map[string]any](replica, (*predict.Predictor).PredictRecords, records))
	if err != nil {
		t.Fatal(err)
	}
	if len(there) != len(here) || len(answers) != len(here) {
		t.Fatalf("%d here, %d there, %d answers", len(here), len(there), len(answers))
	}
	for i := range here {
		if here[i] != there[i] || here[i] != answers[i]["predictions"] {
			t.Fatalf("row %d: %v here, %v there, %v from the replica", i, here[i], there[i], answers[i])
		}
	}
}
