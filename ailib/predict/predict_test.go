package predict_test

import (
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goray/goray/ailib/data"
	"github.com/goray/goray/ailib/predict"
	"github.com/goray/goray/ailib/preprocess"
	"github.com/goray/goray/ailib/train"
)

func TestBatchKeepsRowsAndOrder(t *testing.T) {
	c := fit(t, minMax("a"), logistic)
	out := predict.NewBatch(c).Predict(rows(), predict.KeepColumns("c", "label"), predict.BatchSize(100))
	got, err := out.TakeAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 900 {
		t.Fatalf("%d rows", len(got))
	}
	for i, r := range got {
		p, _ := r["predictions"].(float64)
		if r["c"] != int64(i) || p <= 0 || p >= 1 || len(r) != 3 {
			t.Fatalf("row %d: %v", i, r)
		}
	}
	if acc, err := predict.Accuracy(out, "predictions", "label"); err != nil || acc != 1 {
		t.Errorf("accuracy %v %v", acc, err)
	}
	if auc, err := predict.AUC(out, "predictions", "label"); err != nil || auc != 1 {
		t.Errorf("AUC %v %v", auc, err)
	}
	names, err := predict.NewBatch(c).Predict(rows()).TakeBatch(1)
	if err != nil || strings.Join(names.Columns(), " ") != "predictions" {
		t.Errorf("without KeepColumns: %v %v", names.Columns(), err)
	}
}

// The preprocessor is applied once: predicting raw rows, predicting rows that
// were transformed before, and predicting records give the same.
func TestPreprocessorIsAppliedOnce(t *testing.T) {
	p := minMax("a")
	c := fit(t, p, logistic)
	raw := column(t, predict.NewBatch(c).Predict(rows()))
	done := column(t, predict.NewBatch(c).Predict(p.Transform(rows()), predict.Transformed()))
	twice := column(t, predict.NewBatch(c).Predict(p.Transform(rows())))
	model, err := predict.Load(c)
	if err != nil {
		t.Fatal(err)
	}
	defer model.Close()
	var records []map[string]any
	for _, r := range must(rows().TakeAll()) {
		records = append(records, map[string]any{"a": r["a"], "c": r["c"], "label": "ignored"})
	}
	answers, err := model.PredictRecords(records)
	if err != nil {
		t.Fatal(err)
	}
	differs := false
	for i := range raw {
		if raw[i] != done[i] || raw[i] != answers[i]["predictions"] {
			t.Fatalf("row %d: %v, transformed before %v, as a record %v", i, raw[i], done[i], answers[i])
		}
		differs = differs || raw[i] != twice[i]
	}
	if !differs {
		t.Error("the preprocessor has no effect, so the test shows nothing")
	}
}

func column(t *testing.T, ds *data.Dataset) []float64 {
	t.Helper()
	var out []float64
	for b, err := range ds.IterBatches(0) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, b.Float64s("predictions")...)
	}
	return out
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestSeveralNumbersPerRow(t *testing.T) {
	c := fit(t, nil, map[string]any{"objective": "multi:softprob", "num_class": 3})
	b, err := predict.NewBatch(c).Predict(rows()).TakeBatch(2)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range b.Vectors("predictions") {
		if len(v) != 3 || math.Abs(v[0]+v[1]+v[2]-1) > 1e-5 {
			t.Errorf("row %v", v)
		}
	}
	model := must(predict.LoadDir(c.Path()))
	defer model.Close()
	if got := must(model.PredictBatch(must(rows().TakeBatch(2)))).Vectors("predictions"); len(got) != 2 || got[1][2] != b.Vectors("predictions")[1][2] {
		t.Errorf("batch in this process: %v", got)
	}
	answers := must(model.PredictRecords([]map[string]any{{"a": 1, "c": nil}}))
	if v, _ := answers[0]["predictions"].([]float64); len(v) != 3 {
		t.Errorf("record: %v", answers)
	}
	if empty := must(model.PredictRecords(nil)); empty == nil || len(empty) != 0 {
		t.Errorf("no records: %v", empty)
	}
	c = fit(t, nil, map[string]any{"objective": "multi:softmax", "num_class": 3})
	if acc, err := predict.Accuracy(predict.NewBatch(c).Predict(rows(), predict.KeepColumns("label")), "predictions", "label"); err != nil || acc < 0.99 {
		t.Errorf("classes: accuracy %v %v", acc, err)
	}
}

func TestMistakes(t *testing.T) {
	c := fit(t, nil, logistic)
	other, err := train.WriteCheckpoint(filepath.Join(t.TempDir(), "c"), train.Metadata{Kind: "forest"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	model := must(predict.Load(c))
	defer model.Close()
	records := func(r map[string]any) error {
		_, err := model.PredictRecords([]map[string]any{{"a": 1, "c": 2}, r})
		return err
	}
	count := func(ds *data.Dataset) error {
		_, err := ds.TakeAll()
		return err
	}
	words := data.FromItems([]map[string]any{{"a": "x", "c": 1}})
	for want, err := range map[string]error{
		"the checkpoint is nil":                      predict.NewBatch(nil).Err(),
		`is of kind "forest", this predicts with`:    count(predict.NewBatch(other).Predict(rows())),
		`kind "xgboost"`:                             predict.NewBatch(other).Err(),
		`"a"`:                                        count(predict.NewBatch(c).Predict(rows().DropColumns("a"))),
		`FeatureColumns lacks "c"`:                   count(predict.NewBatch(c).Predict(rows(), predict.FeatureColumns("a"))),
		`column "a": a column of type utf8`:          count(predict.NewBatch(c).Predict(words)),
		`record 1 has no field "c"; the model takes`: records(map[string]any{"a": 1}),
		`record 1: field "a": x is a string`:         records(map[string]any{"a": "x", "c": 1}),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v\n  want an error with %q", err, want)
		}
	}
	if _, err := predict.LoadDir(t.TempDir()); err == nil || !strings.Contains(err.Error(), "not a checkpoint") {
		t.Error(err)
	}
	if got := strings.Join(model.InputFields(), " ") + " " + strings.Join(model.Features(), " "); got != "a c a c" {
		t.Error(got)
	}
}

func TestConfusion(t *testing.T) {
	ds := data.FromColumns(map[string]any{"p": []float64{0.1, 0.9, 0.5, 0.7}, "y": []int64{0, 1, 1, 0}})
	m, err := predict.Confusion(ds, "p", "y")
	if err != nil {
		t.Fatal(err)
	}
	if m.Accuracy() != 0.5 || m.Counts[0][0] != 1 || m.Counts[0][1] != 1 || m.Counts[1][0] != 1 || m.Counts[1][1] != 1 {
		t.Errorf("%+v", m)
	}
	if s := m.String(); !strings.Contains(s, "accuracy 0.5000") || !strings.Contains(s, "true") {
		t.Error(s)
	}
	if auc, err := predict.AUC(ds, "p", "y"); err != nil || auc != 0.75 {
		t.Errorf("AUC %v %v", auc, err)
	}
	if _, err := predict.Accuracy(ds, "p", "z"); err == nil {
		t.Error("a missing column was found")
	}
}

func minMax(columns ...string) preprocess.Preprocessor { return preprocess.NewMinMaxScaler(columns...) }
