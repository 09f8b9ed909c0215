package train

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// numericColumn reports whether a column can be a feature.
func numericColumn(t arrow.DataType) bool {
	switch t.ID() {
	case arrow.FLOAT64, arrow.FLOAT32, arrow.INT64, arrow.INT32, arrow.INT16, arrow.INT8,
		arrow.UINT64, arrow.UINT32, arrow.UINT16, arrow.UINT8, arrow.BOOL, arrow.NULL:
		return true
	}
	return false
}

// AppendFloat32 appends the values of a numeric or boolean column to dst;
// nulls become NaN, which is how models see a missing value.
func AppendFloat32(dst []float32, column arrow.Array) ([]float32, error) {
	dst = slices.Grow(dst, column.Len())
	switch a := column.(type) {
	case *array.Float64:
		return appendNumbers(dst, a, a.Float64Values()), nil
	case *array.Float32:
		return appendNumbers(dst, a, a.Float32Values()), nil
	case *array.Int64:
		return appendNumbers(dst, a, a.Int64Values()), nil
	case *array.Int32:
		return appendNumbers(dst, a, a.Int32Values()), nil
	case *array.Int16:
		return appendNumbers(dst, a, a.Int16Values()), nil
	case *array.Int8:
		return appendNumbers(dst, a, a.Int8Values()), nil
	case *array.Uint64:
		return appendNumbers(dst, a, a.Uint64Values()), nil
	case *array.Uint32:
		return appendNumbers(dst, a, a.Uint32Values()), nil
	case *array.Uint16:
		return appendNumbers(dst, a, a.Uint16Values()), nil
	case *array.Uint8:
		return appendNumbers(dst, a, a.Uint8Values()), nil
	case *array.Boolean:
		for i := range a.Len() {
			switch {
			case a.IsNull(i):
				dst = append(dst, float32(math.NaN()))
			case a.Value(i):
				dst = append(dst, 1)
			default:
				dst = append(dst, 0)
			}
		}
		return dst, nil
	case *array.Null:
		for range a.Len() {
			dst = append(dst, float32(math.NaN()))
		}
		return dst, nil
	}
	return nil, notNumeric(column.DataType())
}

func appendNumbers[T int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64 | float32 | float64](dst []float32, a arrow.Array, values []T) []float32 {
	if a.NullN() == 0 {
		for _, v := range values {
			dst = append(dst, float32(v))
		}
		return dst
	}
	for i, v := range values {
		if a.IsNull(i) {
			dst = append(dst, float32(math.NaN()))
		} else {
			dst = append(dst, float32(v))
		}
	}
	return dst
}

func notNumeric(t arrow.DataType) error {
	return fmt.Errorf("a column of type %s is no feature; drop it, or turn it into numbers", t)
}

// featuresOf returns the columns that a model learns from: all but the label,
// in the order of the schema.
func featuresOf(schema *arrow.Schema, label string) ([]string, error) {
	var features, names []string
	labelled := false
	for _, f := range schema.Fields() {
		names = append(names, f.Name)
		if f.Name == label {
			labelled = true
			if !numericColumn(f.Type) {
				return nil, fmt.Errorf("train: label %q: a column of type %s is no label; turn it into numbers", label, f.Type)
			}
			continue
		}
		if !numericColumn(f.Type) {
			return nil, fmt.Errorf("train: column %q: %w", f.Name, notNumeric(f.Type))
		}
		features = append(features, f.Name)
	}
	switch {
	case !labelled:
		return nil, fmt.Errorf("train: there is no column %q to learn; the columns are %s", label, strings.Join(names, ", "))
	case len(features) == 0:
		return nil, fmt.Errorf("train: there is no column besides the label %q to learn from", label)
	}
	return features, nil
}

// lacking returns an error if schema has not all the columns that are needed.
func lacking(set string, schema *arrow.Schema, need []string) error {
	for _, name := range need {
		if len(schema.FieldIndices(name)) == 0 {
			return fmt.Errorf("train: data set %q lacks column %q of the training set; give all data sets the same columns", set, name)
		}
	}
	return nil
}
