package preprocess

import (
	"fmt"
	"math"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/goray/goray/ailib/data"
)

// Normalizer scales each row so that the norm over the columns is 1; a row of
// zeros stays. It learns nothing. A null anywhere in a row makes its values null.
type Normalizer struct {
	Columns []string `json:"columns"`
	Norm    string   `json:"norm,omitempty"` // "l1", "l2" (default) or "max"
}

// NewNormalizer returns a normalizer with the l2 norm.
func NewNormalizer(columns ...string) *Normalizer { return &Normalizer{Columns: columns} }

// Fit checks the settings; there is nothing to learn.
func (n *Normalizer) Fit(*data.Dataset) error {
	if _, err := n.norm(nil); err != nil {
		return err
	}
	return checkColumns("normalizer", n.Columns)
}

// Fitted is always true.
func (n *Normalizer) Fitted() bool { return true }

func (n *Normalizer) norm(values []float64) (float64, error) {
	var total float64
	switch n.Norm {
	case "l1":
		for _, v := range values {
			total += math.Abs(v)
		}
	case "", "l2":
		for _, v := range values {
			total = math.Hypot(total, v)
		}
	case "max":
		for _, v := range values {
			total = math.Max(total, math.Abs(v))
		}
	default:
		return 0, fmt.Errorf("preprocess: Normalizer: unknown norm %q; use \"l1\", \"l2\" or \"max\"", n.Norm)
	}
	return total, nil
}

// TransformBatch scales the rows of b.
func (n *Normalizer) TransformBatch(b data.Batch) (data.Batch, error) {
	if err := n.Fit(nil); err != nil {
		return b, err
	}
	columns := make([][]float64, len(n.Columns))
	nulls := make([]bool, b.Len())
	for j, c := range n.Columns {
		columns[j] = b.Float64s(c)
		for i, null := range b.Nulls(c) {
			nulls[i] = nulls[i] || null
		}
	}
	if err := b.Err(); err != nil {
		return b, err
	}
	row := make([]float64, len(columns))
	for i := range nulls {
		for j := range columns {
			row[j] = columns[j][i]
		}
		norm, _ := n.norm(row) // the setting was checked above
		if norm == 0 {
			continue
		}
		for j := range columns {
			columns[j][i] /= norm
		}
	}
	for j, c := range n.Columns {
		b = b.With(c, data.FloatColumn(columns[j], nulls))
	}
	return b, b.Err()
}

// TransformSchema tells that the columns become float64.
func (n *Normalizer) TransformSchema(in *arrow.Schema) (*arrow.Schema, error) {
	return asFloats(in, n.Columns)
}

// Transform scales the rows of ds.
func (n *Normalizer) Transform(ds *data.Dataset) *data.Dataset { return transform(n, ds) }

// FitTransform is Transform: there is nothing to learn.
func (n *Normalizer) FitTransform(ds *data.Dataset) *data.Dataset { return fitTransform(n, ds) }

// String names the normalizer and its columns.
func (n *Normalizer) String() string { return describe("Normalizer", n.Columns) }

// PowerTransformer makes skewed columns more symmetric by a power. It learns
// nothing: the power is given.
type PowerTransformer struct {
	Columns []string `json:"columns"`
	Power   float64  `json:"power"`
	// Method is "yeo-johnson" (default), for all numbers, or "box-cox", for
	// positive ones: elsewhere it gives NaN, at 0 what the formula gives.
	Method string `json:"method,omitempty"`
}

// NewPowerTransformer returns a Yeo-Johnson transformer.
func NewPowerTransformer(power float64, columns ...string) *PowerTransformer {
	return &PowerTransformer{Columns: columns, Power: power}
}

// Fit checks the settings; there is nothing to learn.
func (p *PowerTransformer) Fit(*data.Dataset) error {
	if p.Method != "" && p.Method != "yeo-johnson" && p.Method != "box-cox" {
		return fmt.Errorf("preprocess: PowerTransformer: unknown method %q; use \"yeo-johnson\" or \"box-cox\"", p.Method)
	}
	return checkColumns("power_transformer", p.Columns)
}

// Fitted is always true.
func (p *PowerTransformer) Fitted() bool { return true }

// TransformBatch transforms the columns of b.
func (p *PowerTransformer) TransformBatch(b data.Batch) (data.Batch, error) {
	if err := p.Fit(nil); err != nil {
		return b, err
	}
	f := yeoJohnson
	if p.Method == "box-cox" {
		f = boxCox
	}
	return eachValue(b, p.Columns, func(_ string, v float64) float64 { return f(v, p.Power) })
}

func boxCox(x, power float64) float64 {
	if power == 0 {
		return math.Log(x)
	}
	if x < 0 {
		return math.NaN()
	}
	return (math.Pow(x, power) - 1) / power
}

func yeoJohnson(x, power float64) float64 {
	switch {
	case x >= 0 && power != 0:
		return (math.Pow(x+1, power) - 1) / power
	case x >= 0:
		return math.Log1p(x)
	case power != 2:
		return -(math.Pow(1-x, 2-power) - 1) / (2 - power)
	}
	return -math.Log1p(-x)
}

// TransformSchema tells that the columns become float64.
func (p *PowerTransformer) TransformSchema(in *arrow.Schema) (*arrow.Schema, error) {
	return asFloats(in, p.Columns)
}

// Transform transforms the columns of ds.
func (p *PowerTransformer) Transform(ds *data.Dataset) *data.Dataset { return transform(p, ds) }

// FitTransform is Transform: there is nothing to learn.
func (p *PowerTransformer) FitTransform(ds *data.Dataset) *data.Dataset { return fitTransform(p, ds) }

// String names the transformer and its columns.
func (p *PowerTransformer) String() string { return describe("PowerTransformer", p.Columns) }
