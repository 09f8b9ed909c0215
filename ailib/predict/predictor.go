package predict

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/goray/goray/ailib/data"
	"github.com/goray/goray/ailib/preprocess"
	"github.com/goray/goray/ailib/train"
	"github.com/goray/goray/ailib/train/xgboost"
)

// Column is the name of the column, or the field, that holds predictions.
const Column = "predictions"

// Predictor is a model, loaded from a checkpoint, in this process. It may be
// used by several goroutines at once.
type Predictor struct {
	booster      *xgboost.Booster
	preprocessor preprocess.Preprocessor
	features     []string // what the model takes
	inputs       []string // what the preprocessor takes
}

// Load loads the model of a checkpoint that train.XGBoost wrote. It fits
// serve.PredictorDeployment:
//
//	serve.PredictorDeployment{Name: "rayair", Load: predict.Load}.Bind(result.Checkpoint)
func Load(c *train.Checkpoint) (*Predictor, error) {
	b, _, err := read(c)
	if err != nil {
		return nil, err
	}
	return b.predictor()
}

// bundleOf is what a predictor is made of, as it travels to workers.
type bundleOf struct {
	Model, Preprocessor []byte
	Features, Inputs    []string
}

// read takes what predicting needs out of a checkpoint. The key identifies it.
func read(c *train.Checkpoint) (b *bundleOf, key string, err error) {
	if err := check(c); err != nil {
		return nil, "", err
	}
	m := c.Metadata()
	b = &bundleOf{Features: m.Features, Inputs: m.Inputs}
	if b.Model, err = c.Read(train.ModelFile); err != nil {
		return nil, "", err
	}
	if m.Preprocessor != "" {
		if b.Preprocessor, err = c.Read(train.PreprocessorFile); err != nil {
			return nil, "", err
		}
	}
	for _, f := range m.Files {
		key += f.Name + ":" + f.SHA256 + " "
	}
	return b, key, nil
}

func (b *bundleOf) predictor() (*Predictor, error) {
	// One thread: predictions run in tasks and replicas that have a CPU each.
	booster, err := xgboost.LoadBooster(b.Model, xgboost.Params{"nthread": 1})
	if err != nil {
		return nil, err
	}
	p := &Predictor{booster: booster, features: b.Features}
	if p.features == nil {
		if p.features, err = booster.FeatureNames(); err != nil {
			return nil, err
		}
	}
	p.inputs = p.features
	if b.Preprocessor != nil {
		if p.preprocessor, err = preprocess.Unmarshal(b.Preprocessor); err != nil {
			return nil, fmt.Errorf("predict: preprocessor: %w", err)
		}
		if b.Inputs != nil {
			p.inputs = b.Inputs
		}
	}
	return p, nil
}

// width is how many numbers the model gives per row. It is found by trying:
// objectives of XGBoost differ in it, and may be the user's own.
func (p *Predictor) width() (int, error) {
	columns := make([]xgboost.Column, len(p.features))
	for i, name := range p.features {
		columns[i] = xgboost.Column{Name: name, Values: []float32{0}}
	}
	m, err := xgboost.NewDMatrix(columns, xgboost.MatrixOptions{Threads: 1})
	if err != nil {
		return 0, err
	}
	defer m.Close()
	out, err := p.booster.Predict(m, xgboost.PredictOptions{})
	if err != nil {
		return 0, err
	}
	return out.Width(), nil
}

// LoadDir is Load for the directory of a checkpoint.
func LoadDir(dir string) (*Predictor, error) {
	c, err := train.FromDir(dir)
	if err != nil {
		return nil, err
	}
	return Load(c)
}

func check(c *train.Checkpoint) error {
	if c == nil {
		return fmt.Errorf("predict: the checkpoint is nil; give that of a result, or open one with train.FromDir")
	}
	if c.Kind() != train.KindXGBoost {
		return fmt.Errorf("predict: the checkpoint %s is of kind %q, this predicts with kind %q; load it with what wrote it", c.Path(), c.Kind(), train.KindXGBoost)
	}
	return nil
}

// InputFields returns the fields that a record needs: the model's features
// before the preprocessor.
func (p *Predictor) InputFields() []string { return slices.Clone(p.inputs) }

// Features returns the columns that the model itself takes, in its order.
func (p *Predictor) Features() []string { return slices.Clone(p.features) }

// Close frees the model.
func (p *Predictor) Close() { p.booster.Close() }

// PredictBatch applies the preprocessor and the model to the rows of a batch
// and returns a batch with the column "predictions".
func (p *Predictor) PredictBatch(b data.Batch) (data.Batch, error) {
	prediction, err := p.predict(b, false)
	if err != nil {
		return b, err
	}
	out := withPredictions(data.NewBatch(), prediction)
	return out, out.Err()
}

// withPredictions adds the column with one number, or a list of them, per row.
func withPredictions(b data.Batch, prediction *xgboost.Prediction) data.Batch {
	width := prediction.Width()
	if width == 1 {
		return b.With(Column, widen(prediction.Values))
	}
	rows := make([][]float64, len(prediction.Values)/width)
	for i := range rows {
		rows[i] = widen(prediction.Values[i*width : (i+1)*width])
	}
	return b.With(Column, rows)
}

func (p *Predictor) predict(b data.Batch, transformed bool) (*xgboost.Prediction, error) {
	if p.preprocessor != nil && !transformed {
		var err error
		if b, err = p.preprocessor.TransformBatch(b); err != nil {
			return nil, fmt.Errorf("predict: preprocessor: %w", err)
		}
	}
	columns := make([]xgboost.Column, len(p.features))
	for i, name := range p.features {
		if !b.Has(name) {
			return nil, fmt.Errorf("predict: there is no column %q; the model takes %s, the data has %s", name, strings.Join(p.features, ", "), strings.Join(b.Columns(), ", "))
		}
		values, err := train.AppendFloat32(nil, b.Column(name))
		if err != nil {
			return nil, fmt.Errorf("predict: column %q: %w", name, err)
		}
		columns[i] = xgboost.Column{Name: name, Values: values}
	}
	matrix, err := xgboost.NewDMatrix(columns, xgboost.MatrixOptions{Threads: 1})
	if err != nil {
		return nil, err
	}
	defer matrix.Close()
	return p.booster.Predict(matrix, xgboost.PredictOptions{})
}

// PredictRecords answers each record with {"predictions": …}, in their order:
// a number, or a list where the model gives several. Fields that the model
// does not take are ignored; null counts as a missing value.
func (p *Predictor) PredictRecords(records []map[string]any) ([]map[string]any, error) {
	if len(records) == 0 {
		return []map[string]any{}, nil
	}
	b := data.NewBatch()
	for _, name := range p.inputs {
		values := make([]*float64, len(records))
		for i, r := range records {
			v, ok := r[name]
			if !ok {
				return nil, fmt.Errorf("predict: record %d has no field %q; the model takes %s, the record has %s", i, name, strings.Join(p.inputs, ", "), strings.Join(fields(r), ", "))
			}
			if v == nil {
				continue
			}
			number, err := toNumber(v)
			if err != nil {
				return nil, fmt.Errorf("predict: record %d: field %q: %w", i, name, err)
			}
			values[i] = &number
		}
		b = b.With(name, values)
	}
	if err := b.Err(); err != nil {
		return nil, err
	}
	prediction, err := p.predict(b, false)
	if err != nil {
		return nil, err
	}
	out := make([]map[string]any, len(records))
	width := prediction.Width()
	for i := range out {
		row := prediction.Values[i*width : (i+1)*width]
		if width == 1 {
			out[i] = map[string]any{Column: float64(row[0])}
		} else {
			out[i] = map[string]any{Column: widen(row)}
		}
	}
	return out, nil
}

func widen(row []float32) []float64 {
	out := make([]float64, len(row))
	for i, v := range row {
		out[i] = float64(v)
	}
	return out
}

func fields(r map[string]any) []string {
	var names []string
	for name := range r {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// toNumber reads a value as JSON decoders and Go programs give it.
func toNumber(v any) (float64, error) {
	switch v := v.(type) {
	case float64:
		return v, nil
	case float32:
		return float64(v), nil
	case int:
		return float64(v), nil
	case int64:
		return float64(v), nil
	case int32:
		return float64(v), nil
	case bool:
		if v {
			return 1, nil
		}
		return 0, nil
	case interface{ Float64() (float64, error) }: // json.Number
		return v.Float64()
	}
	return 0, fmt.Errorf("%v is a %T, not a number; send a number", v, v)
}
