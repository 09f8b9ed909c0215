package xgboost_test

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/goray/goray/ailib/train/xgboost"
)

// fingerprint identifies predictions down to the last bit.
func fingerprint(values []float32) string {
	h := sha256.New()
	for _, v := range values {
		var b [4]byte
		binary.LittleEndian.PutUint32(b[:], math.Float32bits(v))
		h.Write(b[:])
	}
	return hex.EncodeToString(h.Sum(nil))[:16]
}

func fit(t testing.TB, params xgboost.Params, rounds int, train, valid *xgboost.DMatrix) (*xgboost.Booster, []xgboost.Score) {
	t.Helper()
	b := must[*xgboost.Booster](t)(xgboost.NewBooster(params, train, valid))
	t.Cleanup(b.Close)
	var scores []xgboost.Score
	for round := range rounds {
		if err := b.Update(round, train); err != nil {
			t.Fatal(err)
		}
		scores = must[[]xgboost.Score](t)(b.Eval(round, xgboost.EvalSet{Name: "train", Data: train}, xgboost.EvalSet{Name: "valid", Data: valid}))
	}
	return b, scores
}

func params(method string) xgboost.Params {
	return xgboost.Params{"objective": "binary:logistic", "eval_metric": []string{"logloss", "error"}, "tree_method": method, "nthread": 1}
}

// The scores and the fingerprints of the predictions were computed by Python's
// xgboost 3.2.0 on the same rows: the same library has to give the same bits.
func TestTrainingEqualsPython(t *testing.T) {
	needLibrary(t)
	data := breastCancer(t)
	train, valid := data.rows(t, 0, 455), data.rows(t, 455, 569)
	for _, c := range []struct {
		method      string
		scores      []xgboost.Score
		predictions string
	}{
		{"approx", []xgboost.Score{{"train-logloss", 0.01772136474846975}, {"train-error", 0}, {"valid-logloss", 0.0542129099434405}, {"valid-error", 0}}, "9c3a7ca6c92dc510"},
		{"hist", []xgboost.Score{{"train-logloss", 0.01730003667391509}, {"train-error", 0}, {"valid-logloss", 0.08321170888538881}, {"valid-error", 0.02631578947368421}}, "ada1492ac735978b"},
		{"exact", []xgboost.Score{{"train-logloss", 0.01662852632106988}, {"train-error", 0}, {"valid-logloss", 0.07199025985972728}, {"valid-error", 0.02631578947368421}}, "d8981459713db138"},
	} {
		t.Run(c.method, func(t *testing.T) {
			b, scores := fit(t, params(c.method), 20, train, valid)
			if !slices.Equal(scores, c.scores) {
				t.Errorf("scores %v\n  want %v", scores, c.scores)
			}
			p := must[*xgboost.Prediction](t)(b.Predict(valid, xgboost.PredictOptions{}))
			if got := fingerprint(p.Values); got != c.predictions {
				t.Errorf("predictions %s, want %s", got, c.predictions)
			}
			if !slices.Equal(p.Shape, []int{114}) {
				t.Errorf("shape %v", p.Shape)
			}
		})
	}
}

func TestMissingValues(t *testing.T) {
	needLibrary(t)
	data := breastCancer(t)
	nan := float32(math.NaN())
	for i := 0; i < 569; i += 7 {
		data.columns[3].Values[i] = nan
	}
	for i := 0; i < 569; i += 5 {
		data.columns[20].Values[i] = nan
	}
	train, valid := data.rows(t, 0, 455), data.rows(t, 455, 569)
	b, scores := fit(t, xgboost.Params{"objective": "binary:logistic", "eval_metric": "logloss", "tree_method": "hist", "nthread": 1}, 10, train, valid)
	want := []xgboost.Score{{"train-logloss", 0.04996127733080596}, {"valid-logloss", 0.13510408701799942}}
	if !slices.Equal(scores, want) {
		t.Errorf("scores %v, want %v", scores, want)
	}
	p := must[*xgboost.Prediction](t)(b.Predict(valid, xgboost.PredictOptions{}))
	if got := fingerprint(p.Values); got != "5fdf31b6d8eae3e1" {
		t.Errorf("predictions %s differ from Python's", got)
	}
}

func TestSaveAndLoad(t *testing.T) {
	needLibrary(t)
	data := breastCancer(t)
	train, valid := data.rows(t, 0, 455), data.rows(t, 455, 569)
	b, _ := fit(t, params("hist"), 5, train, valid)
	want := fingerprint(must[*xgboost.Prediction](t)(b.Predict(valid, xgboost.PredictOptions{})).Values)
	dir := t.TempDir()
	for _, name := range []string{"model.json", "model.ubj"} {
		path := filepath.Join(dir, name)
		if err := b.SaveFile(path); err != nil {
			t.Fatal(err)
		}
		loaded := must[*xgboost.Booster](t)(xgboost.LoadFile(path, nil))
		defer loaded.Close()
		if got := fingerprint(must[*xgboost.Prediction](t)(loaded.Predict(valid, xgboost.PredictOptions{})).Values); got != want {
			t.Errorf("%s: predictions changed", name)
		}
		names := must[[]string](t)(loaded.FeatureNames())
		if len(names) != 30 || names[29] != "f29" {
			t.Errorf("%s: feature names %v", name, names)
		}
		if n := must[int](t)(loaded.Rounds()); n != 5 {
			t.Errorf("%s: %d rounds", name, n)
		}
		if n := must[int](t)(loaded.NumFeatures()); n != 30 {
			t.Errorf("%s: %d features", name, n)
		}
	}
	if err := b.SaveFile(filepath.Join(dir, "model.bin")); err == nil || !strings.Contains(err.Error(), ".json or .ubj") {
		t.Errorf("model.bin: %v", err)
	}
	if !json.Valid(must[[]byte](t)(b.Save(xgboost.JSON))) {
		t.Error("the JSON form is not JSON")
	}
}

// A training that is saved after some rounds and goes on elsewhere grows the
// same trees as one that was never interrupted.
func TestContinueFromModel(t *testing.T) {
	needLibrary(t)
	data := breastCancer(t)
	train, valid := data.rows(t, 0, 455), data.rows(t, 455, 569)
	whole, _ := fit(t, params("hist"), 10, train, valid)
	half, _ := fit(t, params("hist"), 5, train, valid)
	second := must[*xgboost.Booster](t)(xgboost.LoadBooster(must[[]byte](t)(half.Save(xgboost.UBJ)), params("hist"), train, valid))
	defer second.Close()
	for round := 5; round < 10; round++ {
		if err := second.Update(round, train); err != nil {
			t.Fatal(err)
		}
	}
	p, q := must[*xgboost.Prediction](t)(whole.Predict(valid, xgboost.PredictOptions{})), must[*xgboost.Prediction](t)(second.Predict(valid, xgboost.PredictOptions{}))
	if fingerprint(p.Values) != fingerprint(q.Values) {
		t.Error("the continued model differs")
	}
	first := must[*xgboost.Booster](t)(whole.Slice(0, 5))
	defer first.Close()
	p, q = must[*xgboost.Prediction](t)(first.Predict(valid, xgboost.PredictOptions{})), must[*xgboost.Prediction](t)(whole.Predict(valid, xgboost.PredictOptions{EndRound: 5}))
	if fingerprint(p.Values) != fingerprint(q.Values) {
		t.Error("a slice of 5 rounds differs from a prediction with 5 rounds")
	}
	raw := must[[]byte](t)(whole.Serialize())
	again := must[*xgboost.Booster](t)(xgboost.Unserialize(raw))
	defer again.Close()
	if n := must[int](t)(again.Rounds()); n != 10 {
		t.Errorf("unserialized model has %d rounds", n)
	}
}

func TestPredictionKinds(t *testing.T) {
	needLibrary(t)
	data := breastCancer(t)
	train, valid := data.rows(t, 0, 455), data.rows(t, 455, 569)
	b, _ := fit(t, params("hist"), 5, train, valid)
	for kind, width := range map[xgboost.PredictKind]int{xgboost.Value: 1, xgboost.Margin: 1, xgboost.Contribution: 31, xgboost.Leaf: 5} {
		p := must[*xgboost.Prediction](t)(b.Predict(valid, xgboost.PredictOptions{Kind: kind}))
		if p.Width() != width || len(p.Values) != 114*width {
			t.Errorf("kind %d: width %d, %d values; want width %d", kind, p.Width(), len(p.Values), width)
		}
	}
	gain := must[map[string]float64](t)(b.Importance(xgboost.Gain))
	if len(gain) == 0 || len(gain) > 30 {
		t.Errorf("importance %v", gain)
	}
	if config := must[string](t)(b.Config()); !strings.Contains(config, `"max_depth":"6"`) {
		t.Errorf("configuration lacks max_depth: %.200s", config)
	}
}

func TestMistakes(t *testing.T) {
	needLibrary(t)
	data := breastCancer(t)
	train := data.rows(t, 0, 455)
	swapped := table{columns: slices.Clone(data.columns), label: data.label}
	swapped.columns[0], swapped.columns[1] = swapped.columns[1], swapped.columns[0]
	fewer := table{columns: data.columns[1:], label: data.label}
	b, _ := fit(t, params("hist"), 1, train, train)
	closed := must[*xgboost.Booster](t)(xgboost.NewBooster(params("hist"), train))
	closed.Close()
	closed.Close()
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"unknown parameter":   {second(xgboost.NewBooster(xgboost.Params{"etaa": 0.1}, train)), `unknown parameter "etaa"; did you mean "eta"?`},
		"bad value":           {second(xgboost.NewBooster(xgboost.Params{"eta": []struct{}{}}, train)), "parameter eta: a value of type []struct {}"},
		"bad objective":       {train1(train, xgboost.Params{"objective": "binary:logistics"}), "objective"},
		"bad number":          {train1(train, xgboost.Params{"max_depth": "deep"}), "max_depth"},
		"label of other size": {second(xgboost.NewDMatrix(data.columns, xgboost.MatrixOptions{Label: []float32{1}})), "1 label values for 569 rows"},
		"ragged columns": {second(xgboost.NewDMatrix([]xgboost.Column{{"a", []float32{1}}, {"b", nil}}, xgboost.MatrixOptions{})),
			`column "b" has 0 values, column "a" has 1`},
		"no columns":      {second(xgboost.NewDMatrix(nil, xgboost.MatrixOptions{})), "at least one feature"},
		"swapped columns": {second(b.Predict(swapped.rows(t, 0, 3), xgboost.PredictOptions{})), "select these columns in this order"},
		"missing column":  {second(b.Predict(fewer.rows(t, 0, 3), xgboost.PredictOptions{})), `lacks feature "f0"`},
		"not a model":     {second(xgboost.LoadBooster([]byte("{}"), nil)), "load model"},
		"empty model":     {second(xgboost.LoadBooster(nil, nil)), "model is empty"},
		"closed":          {closed.Update(0, train), "the booster is closed"},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.want) {
			t.Errorf("%s: %v\n  want an error with %q", name, c.err, c.want)
		} else if strings.Contains(c.err.Error(), "Stack trace") || strings.Contains(c.err.Error(), ".cc:") {
			t.Errorf("%s: the message shows C++ internals: %v", name, c.err)
		}
	}
}

func train1(d *xgboost.DMatrix, p xgboost.Params) error {
	b, err := xgboost.NewBooster(p, d)
	if err != nil {
		return err
	}
	defer b.Close()
	return b.Update(0, d)
}

func second[T any](_ T, err error) error { return err }
