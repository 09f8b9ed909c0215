package data

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// allocator is Go's heap: blocks are collected like any other value.
var allocator = memory.NewGoAllocator()

// missing reports whether value i is null. Arrays of type null have no bitmap:
// their IsNull says no.
func missing(a arrow.Array, i int) bool {
	return a.DataType().ID() == arrow.NULL || a.IsNull(i)
}

// number is every Go type that a numeric Arrow column holds directly.
type number interface {
	~int8 | ~int16 | ~int32 | ~int64 | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~float32 | ~float64
}

func convert[To, From number](in []From) []To {
	out := make([]To, len(in))
	for i, v := range in {
		out[i] = To(v)
	}
	return out
}

// floatValues returns a numeric or boolean column as fresh float64, nulls as NaN.
func floatValues(a arrow.Array) ([]float64, error) {
	var out []float64
	switch a := a.(type) {
	case *array.Float64:
		out = append(make([]float64, 0, a.Len()), a.Float64Values()...)
	case *array.Float32:
		out = convert[float64](a.Float32Values())
	case *array.Boolean:
		out = make([]float64, a.Len())
		for i := range out {
			if a.Value(i) {
				out[i] = 1
			}
		}
	case *array.Uint64:
		out = convert[float64](a.Uint64Values())
	case *array.Float16:
		out = make([]float64, a.Len())
		for i := range out {
			out[i] = float64(a.Value(i).Float32())
		}
	case *array.Decimal128:
		out = make([]float64, a.Len())
		scale := a.DataType().(*arrow.Decimal128Type).Scale
		for i := range out {
			out[i] = a.Value(i).ToFloat64(scale)
		}
	case *array.Null:
		out = make([]float64, a.Len())
		for i := range out {
			out[i] = math.NaN()
		}
		return out, nil
	case *array.Duration:
		out = make([]float64, a.Len())
		unit := a.DataType().(*arrow.DurationType).Unit.Multiplier().Seconds()
		for i := range out {
			out[i] = float64(a.Value(i)) * unit
		}
	default:
		ints, err := rawInts(a)
		if err != nil {
			return nil, err
		}
		out = convert[float64](ints)
	}
	if a.NullN() > 0 {
		for i := range out {
			if a.IsNull(i) {
				out[i] = math.NaN()
			}
		}
	}
	return out, nil
}

// rawInts returns an integer column as int64, with any value at nulls.
func rawInts(a arrow.Array) ([]int64, error) {
	switch a := a.(type) {
	case *array.Int64:
		return append(make([]int64, 0, a.Len()), a.Int64Values()...), nil
	case *array.Int32:
		return convert[int64](a.Int32Values()), nil
	case *array.Int16:
		return convert[int64](a.Int16Values()), nil
	case *array.Int8:
		return convert[int64](a.Int8Values()), nil
	case *array.Uint32:
		return convert[int64](a.Uint32Values()), nil
	case *array.Uint16:
		return convert[int64](a.Uint16Values()), nil
	case *array.Uint8:
		return convert[int64](a.Uint8Values()), nil
	case *array.Uint64:
		for i, v := range a.Uint64Values() {
			if v > math.MaxInt64 && a.IsValid(i) {
				return nil, fmt.Errorf("row %d holds %d, which int64 cannot; use Float64s or Column", i, v)
			}
		}
		return convert[int64](a.Uint64Values()), nil
	case *array.Boolean:
		out := make([]int64, a.Len())
		for i := range out {
			if a.Value(i) {
				out[i] = 1
			}
		}
		return out, nil
	}
	return nil, fmt.Errorf("the column is %s; use the accessor of that type or cast it", typeName(a.DataType()))
}

func intValues(a arrow.Array) ([]int64, error) {
	out, err := rawInts(a)
	if err != nil {
		return nil, err
	}
	if a.NullN() > 0 {
		return nil, fmt.Errorf("%d values are null; use Float64s (null is NaN), DropNulls or an imputer", a.NullN())
	}
	return out, nil
}

func stringValues(a arrow.Array) ([]string, error) {
	switch a.DataType().ID() {
	case arrow.STRING, arrow.LARGE_STRING, arrow.STRING_VIEW:
	case arrow.DICTIONARY:
		if id := a.DataType().(*arrow.DictionaryType).ValueType.ID(); id != arrow.STRING && id != arrow.LARGE_STRING {
			return nil, fmt.Errorf("the column is %s", typeName(a.DataType()))
		}
	default:
		return nil, fmt.Errorf("the column is %s; use the accessor of that type or cast it", typeName(a.DataType()))
	}
	out := make([]string, a.Len())
	for i := range out {
		if a.IsValid(i) {
			out[i] = strings.Clone(textAt(a, i))
		}
	}
	return out, nil
}

// textAt returns a string value that may share memory with the column.
func textAt(a arrow.Array, i int) string {
	switch a := a.(type) {
	case *array.String:
		return a.Value(i)
	case *array.LargeString:
		return a.Value(i)
	case *array.StringView:
		return a.Value(i)
	case *array.Dictionary:
		return textAt(a.Dictionary(), a.GetValueIndex(i))
	}
	return a.ValueStr(i)
}

func boolValues(a arrow.Array) ([]bool, error) {
	b, ok := a.(*array.Boolean)
	if !ok {
		return nil, fmt.Errorf("the column is %s; compare it to get bools", typeName(a.DataType()))
	}
	out := make([]bool, b.Len())
	for i := range out {
		out[i] = b.IsValid(i) && b.Value(i)
	}
	return out, nil
}

func timeValues(a arrow.Array) ([]time.Time, error) {
	switch a.DataType().ID() {
	case arrow.TIMESTAMP, arrow.DATE32, arrow.DATE64:
	default:
		return nil, fmt.Errorf("the column is %s, not a timestamp or date", typeName(a.DataType()))
	}
	out := make([]time.Time, a.Len())
	for i := range out {
		if a.IsValid(i) {
			out[i] = timeAt(a, i)
		}
	}
	return out, nil
}

func vectorValues(a arrow.Array) ([][]float64, error) {
	l, ok := a.(array.ListLike)
	if !ok {
		return nil, fmt.Errorf("the column is %s, not a list of numbers", typeName(a.DataType()))
	}
	values, err := floatValues(l.ListValues())
	if err != nil {
		return nil, err
	}
	out := make([][]float64, a.Len())
	for i := range out {
		if a.IsValid(i) {
			low, high := l.ValueOffsets(i)
			out[i] = values[low:high:high]
		}
	}
	return out, nil
}

// FloatColumn makes a column for Batch.With of values, null where nulls is
// true; nulls may be nil.
func FloatColumn(values []float64, nulls []bool) arrow.Array {
	b := array.NewFloat64Builder(allocator)
	var valid []bool
	if nulls != nil {
		valid = make([]bool, len(nulls))
		for i, null := range nulls {
			valid[i] = !null
		}
	}
	b.AppendValues(values, valid)
	return b.NewArray()
}

// VectorColumn makes a column of vectors of width numbers for Batch.With; flat
// holds them one after the other.
func VectorColumn(flat []float64, width int, float32s bool) arrow.Array {
	var values arrow.Array
	if float32s {
		b := array.NewFloat32Builder(allocator)
		b.AppendValues(convert[float32](flat), nil)
		values = b.NewArray()
	} else {
		values = FloatColumn(flat, nil)
	}
	t := arrow.FixedSizeListOf(int32(width), values.DataType())
	return array.NewFixedSizeListData(array.NewData(t, len(flat)/max(width, 1), []*memory.Buffer{nil}, []arrow.ArrayData{values.Data()}, 0, 0))
}
