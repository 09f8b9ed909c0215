package preprocess

import (
	"errors"
	"fmt"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/goray/goray/ailib/data"
)

// Preprocessor learns from a dataset and transforms datasets and batches.
type Preprocessor interface {
	// Fit learns from the rows of ds, and forgets what was learned before.
	Fit(ds *data.Dataset) error
	// Fitted reports whether Fit has succeeded, or is not needed.
	Fitted() bool
	// Transform returns ds transformed; it is lazy. Before Fit the result
	// carries ErrNotFitted.
	Transform(ds *data.Dataset) *data.Dataset
	// FitTransform is Fit and then Transform of the same dataset.
	FitTransform(ds *data.Dataset) *data.Dataset
	// TransformBatch transforms one batch in this process.
	TransformBatch(b data.Batch) (data.Batch, error)
	// String names the preprocessor and its columns.
	String() string
}

// ErrNotFitted is returned by Transform before Fit.
var ErrNotFitted = errors.New("preprocess: not fitted; call Fit with the training data first")

// fitTransform is FitTransform for every preprocessor.
func fitTransform(p Preprocessor, ds *data.Dataset) *data.Dataset {
	if err := p.Fit(ds); err != nil {
		return data.Failed(err)
	}
	return p.Transform(ds)
}

// transform is Transform for every preprocessor.
func transform(p Preprocessor, ds *data.Dataset) *data.Dataset {
	if !p.Fitted() {
		return data.Failed(notFitted(p))
	}
	return ds.Transform(p)
}

func notFitted(p Preprocessor) error { return fmt.Errorf("%s: %w", p, ErrNotFitted) }

func describe(kind string, columns []string) string {
	return kind + "(" + strings.Join(columns, ", ") + ")"
}

// checkColumns is the first check of Fit.
func checkColumns(kind string, columns []string) error {
	if len(columns) == 0 {
		return fmt.Errorf("preprocess: %s has no columns; name the columns to transform", kind)
	}
	seen := map[string]bool{}
	for _, c := range columns {
		if seen[c] {
			return fmt.Errorf("preprocess: %s names column %q twice; name it once", kind, c)
		}
		seen[c] = true
	}
	return nil
}

// asFloats is the schema with the columns as float64, as scalers make them. A
// missing column is left to the data library, which names the nearest ones.
func asFloats(in *arrow.Schema, columns []string) (*arrow.Schema, error) {
	return replaceFields(in, columns, arrow.PrimitiveTypes.Float64)
}

func replaceFields(in *arrow.Schema, columns []string, t arrow.DataType) (*arrow.Schema, error) {
	fields := in.Fields()
	for _, c := range columns {
		at := in.FieldIndices(c)
		if len(at) == 0 {
			return nil, data.MissingColumn("preprocess", c, names(in))
		}
		fields[at[0]].Type, fields[at[0]].Nullable = t, true
	}
	return arrow.NewSchema(fields, nil), nil
}

func names(s *arrow.Schema) []string {
	out := make([]string, s.NumFields())
	for i, f := range s.Fields() {
		out[i] = f.Name
	}
	return out
}

// eachValue replaces columns by f of their values; nulls stay null.
func eachValue(b data.Batch, columns []string, f func(column string, v float64) float64) (data.Batch, error) {
	out := b
	for _, c := range columns {
		values := b.Float64s(c)
		nulls := b.Nulls(c)
		if err := b.Err(); err != nil {
			return b, err
		}
		for i := range values {
			if !nulls[i] {
				values[i] = f(c, values[i])
			}
		}
		out = out.With(c, data.FloatColumn(values, nulls))
	}
	return out, out.Err()
}
