package preprocess

import (
	"fmt"
	"math"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/goray/goray/ailib/data"
)

// learn computes aggregations of all columns in one pass over the dataset.
func learn(p Preprocessor, ds *data.Dataset, columns []string, aggs ...func(string) data.Aggregation) (data.Row, error) {
	if err := checkColumns(Kind(p), columns); err != nil {
		return nil, err
	}
	var all []data.Aggregation
	for _, c := range columns {
		for _, agg := range aggs {
			all = append(all, agg(c))
		}
	}
	row, err := ds.Aggregate(all...)
	if err != nil {
		return nil, fmt.Errorf("preprocess: fit %s: %w", p, err)
	}
	return row, nil
}

// MinMaxScaler maps each column to (x-min)/(max-min) with the smallest and
// largest training value; a constant column becomes 0. Values which training
// did not see may leave [0, 1].
type MinMaxScaler struct {
	Columns []string          `json:"columns"`
	Min     map[string]Number `json:"min,omitempty"` // learned
	Max     map[string]Number `json:"max,omitempty"` // learned
}

// NewMinMaxScaler returns a scaler of the columns.
func NewMinMaxScaler(columns ...string) *MinMaxScaler { return &MinMaxScaler{Columns: columns} }

// Fit learns the smallest and largest values.
func (s *MinMaxScaler) Fit(ds *data.Dataset) error {
	row, err := learn(s, ds, s.Columns, data.Min, data.Max)
	if err != nil {
		return err
	}
	s.Min, s.Max = map[string]Number{}, map[string]Number{}
	for _, c := range s.Columns {
		if _, text := row["min("+c+")"].(string); text {
			return fmt.Errorf("preprocess: fit %s: column %q is text; scale numeric columns only", s, c)
		}
		s.Min[c], s.Max[c] = numberOf(row["min("+c+")"]), numberOf(row["max("+c+")"])
	}
	return nil
}

// Fitted reports whether Fit has succeeded.
func (s *MinMaxScaler) Fitted() bool { return s.Min != nil }

// TransformBatch scales the columns of b.
func (s *MinMaxScaler) TransformBatch(b data.Batch) (data.Batch, error) {
	if !s.Fitted() {
		return b, notFitted(s)
	}
	return eachValue(b, s.Columns, func(c string, v float64) float64 {
		span := float64(s.Max[c] - s.Min[c])
		if span == 0 {
			span = 1
		}
		return (v - float64(s.Min[c])) / span
	})
}

// TransformSchema tells that the columns become float64.
func (s *MinMaxScaler) TransformSchema(in *arrow.Schema) (*arrow.Schema, error) {
	return asFloats(in, s.Columns)
}

// Transform scales the columns of ds.
func (s *MinMaxScaler) Transform(ds *data.Dataset) *data.Dataset { return transform(s, ds) }

// FitTransform learns from ds and scales it.
func (s *MinMaxScaler) FitTransform(ds *data.Dataset) *data.Dataset { return fitTransform(s, ds) }

// String names the scaler and its columns.
func (s *MinMaxScaler) String() string { return describe("MinMaxScaler", s.Columns) }

// StandardScaler maps each column to (x-mean)/std, with the standard deviation
// of the training rows (divisor n); a constant column becomes 0.
type StandardScaler struct {
	Columns []string          `json:"columns"`
	Mean    map[string]Number `json:"mean,omitempty"` // learned
	Std     map[string]Number `json:"std,omitempty"`  // learned
}

// NewStandardScaler returns a scaler of the columns.
func NewStandardScaler(columns ...string) *StandardScaler { return &StandardScaler{Columns: columns} }

// Fit learns means and standard deviations.
func (s *StandardScaler) Fit(ds *data.Dataset) error {
	std := func(c string) data.Aggregation { return data.StdDDOF(c, 0) }
	row, err := learn(s, ds, s.Columns, data.Mean, std)
	if err != nil {
		return err
	}
	s.Mean, s.Std = map[string]Number{}, map[string]Number{}
	for _, c := range s.Columns {
		mean, std := numberOf(row["mean("+c+")"]), numberOf(row["std("+c+")"])
		if float64(std) < 1e-14*math.Abs(float64(mean)) {
			std = 0 // a constant whose mean was rounded
		}
		s.Mean[c], s.Std[c] = mean, std
	}
	return nil
}

// Fitted reports whether Fit has succeeded.
func (s *StandardScaler) Fitted() bool { return s.Mean != nil }

// TransformBatch scales the columns of b.
func (s *StandardScaler) TransformBatch(b data.Batch) (data.Batch, error) {
	if !s.Fitted() {
		return b, notFitted(s)
	}
	return eachValue(b, s.Columns, func(c string, v float64) float64 {
		if s.Std[c] == 0 {
			return 0
		}
		return (v - float64(s.Mean[c])) / float64(s.Std[c])
	})
}

// TransformSchema tells that the columns become float64.
func (s *StandardScaler) TransformSchema(in *arrow.Schema) (*arrow.Schema, error) {
	return asFloats(in, s.Columns)
}

// Transform scales the columns of ds.
func (s *StandardScaler) Transform(ds *data.Dataset) *data.Dataset { return transform(s, ds) }

// FitTransform learns from ds and scales it.
func (s *StandardScaler) FitTransform(ds *data.Dataset) *data.Dataset { return fitTransform(s, ds) }

// String names the scaler and its columns.
func (s *StandardScaler) String() string { return describe("StandardScaler", s.Columns) }

// MaxAbsScaler divides each column by its largest absolute training value; a
// column of zeros stays as it is.
type MaxAbsScaler struct {
	Columns []string          `json:"columns"`
	MaxAbs  map[string]Number `json:"max_abs,omitempty"` // learned
}

// NewMaxAbsScaler returns a scaler of the columns.
func NewMaxAbsScaler(columns ...string) *MaxAbsScaler { return &MaxAbsScaler{Columns: columns} }

// Fit learns the largest absolute values.
func (s *MaxAbsScaler) Fit(ds *data.Dataset) error {
	row, err := learn(s, ds, s.Columns, data.AbsMax)
	if err != nil {
		return err
	}
	s.MaxAbs = map[string]Number{}
	for _, c := range s.Columns {
		s.MaxAbs[c] = numberOf(row["abs_max("+c+")"])
	}
	return nil
}

// Fitted reports whether Fit has succeeded.
func (s *MaxAbsScaler) Fitted() bool { return s.MaxAbs != nil }

// TransformBatch scales the columns of b.
func (s *MaxAbsScaler) TransformBatch(b data.Batch) (data.Batch, error) {
	if !s.Fitted() {
		return b, notFitted(s)
	}
	return eachValue(b, s.Columns, func(c string, v float64) float64 {
		if m := float64(s.MaxAbs[c]); m != 0 && !math.IsNaN(m) {
			return v / m
		}
		return v
	})
}

// TransformSchema tells that the columns become float64.
func (s *MaxAbsScaler) TransformSchema(in *arrow.Schema) (*arrow.Schema, error) {
	return asFloats(in, s.Columns)
}

// Transform scales the columns of ds.
func (s *MaxAbsScaler) Transform(ds *data.Dataset) *data.Dataset { return transform(s, ds) }

// FitTransform learns from ds and scales it.
func (s *MaxAbsScaler) FitTransform(ds *data.Dataset) *data.Dataset { return fitTransform(s, ds) }

// String names the scaler and its columns.
func (s *MaxAbsScaler) String() string { return describe("MaxAbsScaler", s.Columns) }
