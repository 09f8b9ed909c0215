package preprocess

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/goray/goray/ailib/data"
)

// SimpleImputer fills nulls: with the mean of the training values, with the
// most frequent one (of equally frequent ones the smallest), or with Value.
type SimpleImputer struct {
	Columns  []string       `json:"columns"`
	Strategy string         `json:"strategy,omitempty"` // "mean" (default), "most_frequent" or "constant"
	Value    any            `json:"value,omitempty"`    // of "constant": a number, string or bool
	Fill     map[string]any `json:"fill,omitempty"`     // learned
}

// NewSimpleImputer returns an imputer with a strategy.
func NewSimpleImputer(strategy string, columns ...string) *SimpleImputer {
	return &SimpleImputer{Columns: columns, Strategy: strategy}
}

// Fit learns what to fill with.
func (s *SimpleImputer) Fit(ds *data.Dataset) error {
	if err := checkColumns("simple_imputer", s.Columns); err != nil {
		return err
	}
	fill := map[string]any{}
	switch s.Strategy {
	case "", "mean":
		row, err := learn(s, ds, s.Columns, data.Mean)
		if err != nil {
			return err
		}
		for _, c := range s.Columns {
			fill[c] = row["mean("+c+")"]
		}
	case "most_frequent":
		for _, c := range s.Columns {
			v, err := mostFrequent(ds, c)
			if err != nil {
				return fmt.Errorf("preprocess: fit %s: %w", s, err)
			}
			fill[c] = v
		}
	case "constant":
		if s.Value == nil {
			return fmt.Errorf("preprocess: %s: the strategy \"constant\" needs Value; set it", s)
		}
		for _, c := range s.Columns {
			fill[c] = s.Value
		}
	default:
		return fmt.Errorf("preprocess: %s: unknown strategy %q; use \"mean\", \"most_frequent\" or \"constant\"", s, s.Strategy)
	}
	for _, c := range s.Columns {
		if fill[c] == nil {
			return fmt.Errorf("preprocess: fit %s: column %q has only nulls; drop it, or use the strategy \"constant\"", s, c)
		}
	}
	s.Fill = fill
	return nil
}

// mostFrequent counts values; the groups come ordered, so that the first of
// the largest is the smallest value.
func mostFrequent(ds *data.Dataset, column string) (any, error) {
	rows, err := ds.GroupBy(column).Count().TakeAll()
	if err != nil {
		return nil, err
	}
	var best any
	var most int64
	for _, r := range rows {
		if n := r["count()"].(int64); r[column] != nil && n > most {
			best, most = r[column], n
		}
	}
	return best, nil
}

// Fitted reports whether Fit has succeeded.
func (s *SimpleImputer) Fitted() bool { return s.Fill != nil }

// TransformBatch fills the nulls of b.
func (s *SimpleImputer) TransformBatch(b data.Batch) (data.Batch, error) {
	if !s.Fitted() {
		return b, notFitted(s)
	}
	for _, c := range s.Columns {
		var err error
		if b, err = b.WithExpr(c, s.expr(c)); err != nil {
			return b, err
		}
	}
	return b, nil
}

func (s *SimpleImputer) expr(column string) data.Expr {
	return data.Col(column).FillNull(s.Fill[column])
}

// Transform fills the nulls of ds.
func (s *SimpleImputer) Transform(ds *data.Dataset) *data.Dataset {
	if !s.Fitted() {
		return data.Failed(notFitted(s))
	}
	for _, c := range s.Columns {
		ds = ds.WithColumn(c, s.expr(c))
	}
	return ds
}

// FitTransform learns from ds and fills its nulls.
func (s *SimpleImputer) FitTransform(ds *data.Dataset) *data.Dataset { return fitTransform(s, ds) }

// String names the imputer and its columns.
func (s *SimpleImputer) String() string { return describe("SimpleImputer", s.Columns) }

// UnmarshalJSON restores the imputer; whole numbers that are not means stay integers.
func (s *SimpleImputer) UnmarshalJSON(raw []byte) error {
	type plain SimpleImputer
	if err := json.Unmarshal(raw, (*plain)(s)); err != nil {
		return err
	}
	if s.Strategy == "" || s.Strategy == "mean" {
		return nil
	}
	var exact struct{ Fill map[string]json.Number }
	if json.Unmarshal(raw, &exact) == nil {
		for c, n := range exact.Fill {
			if i, err := n.Int64(); err == nil {
				s.Fill[c] = i
			}
		}
	}
	return nil
}

// Concatenator joins numeric columns into one vector column and drops them.
// A null becomes NaN.
type Concatenator struct {
	Columns []string `json:"columns"`
	Output  string   `json:"output,omitempty"` // default "concat_out"
	Float32 bool     `json:"float32,omitempty"`
}

// NewConcatenator returns a concatenator into the column output.
func NewConcatenator(output string, columns ...string) *Concatenator {
	return &Concatenator{Columns: columns, Output: output}
}

// Fit checks the settings; there is nothing to learn.
func (c *Concatenator) Fit(*data.Dataset) error { return checkColumns("concatenator", c.Columns) }

// Fitted is always true.
func (c *Concatenator) Fitted() bool { return true }

func (c *Concatenator) output() string {
	if c.Output == "" {
		return "concat_out"
	}
	return c.Output
}

// TransformBatch joins the columns of b.
func (c *Concatenator) TransformBatch(b data.Batch) (data.Batch, error) {
	if err := c.Fit(nil); err != nil {
		return b, err
	}
	flat := make([]float64, b.Len()*len(c.Columns))
	for j, name := range c.Columns {
		for i, v := range b.Float64s(name) {
			flat[i*len(c.Columns)+j] = v
		}
	}
	if err := b.Err(); err != nil {
		return b, err
	}
	out := b.Without(c.Columns...).With(c.output(), data.VectorColumn(flat, len(c.Columns), c.Float32))
	return out, out.Err()
}

// TransformSchema tells that a vector takes the place of the columns.
func (c *Concatenator) TransformSchema(in *arrow.Schema) (*arrow.Schema, error) {
	if _, err := asFloats(in, c.Columns); err != nil {
		return nil, err
	}
	var elem arrow.DataType = arrow.PrimitiveTypes.Float64
	if c.Float32 {
		elem = arrow.PrimitiveTypes.Float32
	}
	fields := slices.DeleteFunc(in.Fields(), func(f arrow.Field) bool { return slices.Contains(c.Columns, f.Name) })
	vector := arrow.Field{Name: c.output(), Type: arrow.FixedSizeListOf(int32(len(c.Columns)), elem), Nullable: true}
	return arrow.NewSchema(append(fields, vector), nil), nil
}

// Transform joins the columns of ds.
func (c *Concatenator) Transform(ds *data.Dataset) *data.Dataset { return transform(c, ds) }

// FitTransform is Transform: there is nothing to learn.
func (c *Concatenator) FitTransform(ds *data.Dataset) *data.Dataset { return fitTransform(c, ds) }

// String names the concatenator and its columns.
func (c *Concatenator) String() string { return describe("Concatenator", c.Columns) }
