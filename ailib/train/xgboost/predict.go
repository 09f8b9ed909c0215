package xgboost

import (
	"fmt"
	"runtime"
	"strings"
	"unsafe"
)

// PredictKind says what to predict.
type PredictKind int

// The kinds of prediction, with XGBoost's own numbers.
const (
	Value        PredictKind = 0 // the objective's result, such as a probability
	Margin       PredictKind = 1 // the sum of the trees, before the objective's last step
	Contribution PredictKind = 2 // one SHAP value per feature, and a bias
	Leaf         PredictKind = 6 // the leaf that each tree puts the row in
)

// PredictOptions choose what is predicted; the zero value predicts values
// with the whole model.
type PredictOptions struct {
	Kind       PredictKind
	BeginRound int // first round in use
	EndRound   int // one behind the last round in use; 0 = all rounds
}

// Prediction holds one or more numbers per row, row after row.
type Prediction struct {
	Values []float32
	Shape  []int // rows, then what one row has; [rows] for one number a row
}

// Width returns how many numbers each row has.
func (p *Prediction) Width() int {
	w := 1
	for _, n := range p.Shape[1:] {
		w *= n
	}
	return w
}

// Predict applies the model to every row of data. Where both carry feature
// names, they must agree in names and order. It may be called by several
// goroutines at once.
func (b *Booster) Predict(data *DMatrix, opts PredictOptions) (*Prediction, error) {
	if err := b.checkFeatures(data); err != nil {
		return nil, err
	}
	d, err := data.use()
	if err != nil {
		return nil, err
	}
	config := toJSON(map[string]any{
		"type": int(opts.Kind), "training": false, "strict_shape": false,
		"iteration_begin": opts.BeginRound, "iteration_end": opts.EndRound,
	})
	p := &Prediction{}
	err = b.do("predict", func(h handle) int32 {
		var shape *uint64
		var dim uint64
		var out *float32
		rc := xgBoosterPredictFromDMatrix(h, d, config, &shape, &dim, &out)
		if rc != 0 {
			return rc
		}
		n := 1
		for _, s := range unsafe.Slice(shape, dim) {
			p.Shape = append(p.Shape, int(s))
			n *= int(s)
		}
		p.Values = append(make([]float32, 0, n), unsafe.Slice(out, n)...)
		return 0
	})
	runtime.KeepAlive(data)
	if err != nil {
		return nil, err
	}
	return p, nil
}

// checkFeatures compares the features by name. XGBoost itself compares their
// number only, so that swapped columns would go unnoticed.
func (b *Booster) checkFeatures(data *DMatrix) error {
	want, err := b.FeatureNames()
	if err != nil {
		return err
	}
	got := data.FeatureNames()
	if len(want) == 0 || len(got) == 0 || strings.Join(want, "\x00") == strings.Join(got, "\x00") {
		return nil
	}
	have := make(map[string]bool, len(got))
	for _, name := range got {
		have[name] = true
	}
	for _, name := range want {
		if !have[name] {
			return fmt.Errorf("xgboost: predict: the data lacks feature %q; the model expects %s", name, strings.Join(want, ", "))
		}
	}
	return fmt.Errorf("xgboost: predict: features are %s, the model expects %s; select these columns in this order",
		strings.Join(got, ", "), strings.Join(want, ", "))
}

// Importance kinds of [Booster.Importance].
const (
	Gain      = "gain"       // mean gain of a feature's splits
	TotalGain = "total_gain" // summed gain
	Cover     = "cover"      // mean cover of a feature's splits
	Weight    = "weight"     // number of splits
)

// Importance returns a number per feature that the model uses; features
// without a split are absent.
func (b *Booster) Importance(kind string) (map[string]float64, error) {
	scores := map[string]float64{}
	config := toJSON(map[string]string{"importance_type": kind})
	err := b.do("importance", func(h handle) int32 {
		var n, dim uint64
		var names **byte
		var shape *uint64
		var values *float32
		rc := xgBoosterFeatureScore(h, config, &n, &names, &dim, &shape, &values)
		if rc != 0 || n == 0 {
			return rc
		}
		total := uint64(1)
		for _, s := range unsafe.Slice(shape, dim) {
			total *= s
		}
		width := total / n // linear models of several classes have one per class
		v := unsafe.Slice(values, total)
		for i, name := range goStrings(names, n) {
			for j := range width {
				scores[name] += float64(v[uint64(i)*width+j])
			}
		}
		return 0
	})
	return scores, err
}
