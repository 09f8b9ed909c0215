package preprocess

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/goray/goray/ailib/data"
)

// Classes are the distinct values of a column, in order. They are written as
// text, so that columns of text, integers and bools have one form.
type Classes []string

// classesOf collects the distinct values of a column, without nulls. most > 0
// keeps the most frequent ones; of equally frequent ones the smaller.
func classesOf(ds *data.Dataset, column string, most int) (Classes, error) {
	rows, err := ds.GroupBy(column).Count().TakeAll()
	if err != nil {
		return nil, err
	}
	rows = slices.DeleteFunc(rows, func(r data.Row) bool { return r[column] == nil })
	if most > 0 && len(rows) > most {
		order := slices.Clone(rows)
		slices.SortStableFunc(order, func(a, b data.Row) int { return cmp.Compare(b["count()"].(int64), a["count()"].(int64)) })
		kept := map[any]bool{}
		for _, r := range order[:most] {
			kept[r[column]] = true
		}
		rows = slices.DeleteFunc(rows, func(r data.Row) bool { return !kept[r[column]] })
	}
	out := Classes{}
	for _, r := range rows {
		out = append(out, fmt.Sprint(r[column]))
	}
	return out, nil
}

// index numbers the classes.
func (c Classes) index() map[string]int64 {
	out := make(map[string]int64, len(c))
	for i, v := range c {
		out[v] = int64(i)
	}
	return out
}

// LabelEncoder replaces the values of a column by the numbers 0, 1, … of the
// training values in order. A value that training did not see becomes null.
type LabelEncoder struct {
	Label   string  `json:"label"`
	Classes Classes `json:"classes,omitempty"` // learned
}

// NewLabelEncoder returns an encoder of the column label.
func NewLabelEncoder(label string) *LabelEncoder { return &LabelEncoder{Label: label} }

// Fit learns the values.
func (e *LabelEncoder) Fit(ds *data.Dataset) error {
	classes, err := classesOf(ds, e.Label, 0)
	if err != nil {
		return fmt.Errorf("preprocess: fit %s: %w", e, err)
	}
	e.Classes = classes
	return nil
}

// Fitted reports whether Fit has succeeded.
func (e *LabelEncoder) Fitted() bool { return e.Classes != nil }

// TransformBatch encodes the column of b.
func (e *LabelEncoder) TransformBatch(b data.Batch) (data.Batch, error) {
	if !e.Fitted() {
		return b, notFitted(e)
	}
	if b.Column(e.Label) == nil {
		return b, b.Err()
	}
	index := e.Classes.index()
	out := make([]*int64, b.Len())
	for i := range out {
		if v := b.Value(e.Label, i); v != nil {
			if n, ok := index[fmt.Sprint(v)]; ok {
				out[i] = &n
			}
		}
	}
	b = b.With(e.Label, out)
	return b, b.Err()
}

// InverseTransform replaces numbers by the values that they stand for.
func (e *LabelEncoder) InverseTransform(ds *data.Dataset) *data.Dataset {
	if !e.Fitted() {
		return data.Failed(notFitted(e))
	}
	return ds.Transform(&labelDecoder{e.Label, e.Classes})
}

// labelDecoder is the way back; numbers without a value become null.
type labelDecoder struct {
	Label   string
	Classes Classes
}

func (d *labelDecoder) TransformBatch(b data.Batch) (data.Batch, error) {
	if b.Column(d.Label) == nil {
		return b, b.Err()
	}
	out := make([]*string, b.Len())
	for i := range out {
		if n, ok := b.Value(d.Label, i).(int64); ok && n >= 0 && n < int64(len(d.Classes)) {
			out[i] = &d.Classes[n]
		}
	}
	b = b.With(d.Label, out)
	return b, b.Err()
}

// TransformSchema tells that the column becomes int64.
func (e *LabelEncoder) TransformSchema(in *arrow.Schema) (*arrow.Schema, error) {
	return replaceFields(in, []string{e.Label}, arrow.PrimitiveTypes.Int64)
}

// Transform encodes the column of ds.
func (e *LabelEncoder) Transform(ds *data.Dataset) *data.Dataset { return transform(e, ds) }

// FitTransform learns from ds and encodes it.
func (e *LabelEncoder) FitTransform(ds *data.Dataset) *data.Dataset { return fitTransform(e, ds) }

// String names the encoder and its column.
func (e *LabelEncoder) String() string { return "LabelEncoder(" + e.Label + ")" }

// OneHotEncoder replaces each column by one column per training value, called
// column_value, which is 1 where the row has that value and 0 elsewhere. Rows
// with a null or a value that training did not see have only zeros.
type OneHotEncoder struct {
	Columns       []string           `json:"columns"`
	MaxCategories int                `json:"max_categories,omitempty"` // per column, the most frequent; 0 is all
	Classes       map[string]Classes `json:"classes,omitempty"`        // learned
}

// NewOneHotEncoder returns an encoder of the columns.
func NewOneHotEncoder(columns ...string) *OneHotEncoder { return &OneHotEncoder{Columns: columns} }

// Fit learns the values of each column.
func (e *OneHotEncoder) Fit(ds *data.Dataset) error {
	if err := checkColumns("one_hot_encoder", e.Columns); err != nil {
		return err
	}
	learned := map[string]Classes{}
	for _, c := range e.Columns {
		classes, err := classesOf(ds, c, e.MaxCategories)
		if err != nil {
			return fmt.Errorf("preprocess: fit %s: %w", e, err)
		}
		learned[c] = classes
	}
	e.Classes = learned
	return nil
}

// Fitted reports whether Fit has succeeded.
func (e *OneHotEncoder) Fitted() bool { return e.Classes != nil }

// TransformBatch encodes the columns of b.
func (e *OneHotEncoder) TransformBatch(b data.Batch) (data.Batch, error) {
	if !e.Fitted() {
		return b, notFitted(e)
	}
	for _, c := range e.Columns {
		if b.Column(c) == nil {
			return b, b.Err()
		}
		index := e.Classes[c].index()
		bits := make([][]int64, len(index))
		for k := range bits {
			bits[k] = make([]int64, b.Len())
		}
		for i := range b.Len() {
			if v := b.Value(c, i); v != nil {
				if k, ok := index[fmt.Sprint(v)]; ok {
					bits[k][i] = 1
				}
			}
		}
		b = b.Without(c)
		for k, class := range e.Classes[c] {
			b = b.With(c+"_"+class, bits[k])
		}
	}
	return b, b.Err()
}

// TransformSchema tells the columns after encoding.
func (e *OneHotEncoder) TransformSchema(in *arrow.Schema) (*arrow.Schema, error) {
	if _, err := asFloats(in, e.Columns); err != nil {
		return nil, err
	}
	fields := slices.DeleteFunc(in.Fields(), func(f arrow.Field) bool { return slices.Contains(e.Columns, f.Name) })
	for _, c := range e.Columns {
		for _, class := range e.Classes[c] {
			fields = append(fields, arrow.Field{Name: c + "_" + class, Type: arrow.PrimitiveTypes.Int64, Nullable: true})
		}
	}
	return arrow.NewSchema(fields, nil), nil
}

// Transform encodes the columns of ds.
func (e *OneHotEncoder) Transform(ds *data.Dataset) *data.Dataset { return transform(e, ds) }

// FitTransform learns from ds and encodes it.
func (e *OneHotEncoder) FitTransform(ds *data.Dataset) *data.Dataset { return fitTransform(e, ds) }

// String names the encoder and its columns.
func (e *OneHotEncoder) String() string { return describe("OneHotEncoder", e.Columns) }
