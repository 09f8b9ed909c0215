package data

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// Row is one row: column name to value. Integers are int64 (those of
// uint64 columns uint64), floats float64, text string, timestamps and dates time.Time,
// durations time.Duration, lists []any ([]float64 for lists of floats), structs
// map[string]any; a null is nil.
type Row map[string]any

// String is the row as a JSON object with its keys in alphabetical order.
func (r Row) String() string { return rowText(sortedKeys(r), func(name string) any { return r[name] }) }

// rowText writes names and values as one JSON object, in the given order.
func rowText(names []string, value func(string) any) string {
	var b strings.Builder
	b.WriteByte('{')
	for i, name := range names {
		if i > 0 {
			b.WriteByte(',')
		}
		key, _ := json.Marshal(name) // a string always has a JSON form
		b.Write(key)
		b.WriteByte(':')
		b.WriteString(jsonValue(value(name)))
	}
	b.WriteByte('}')
	return b.String()
}

// jsonValue is v as JSON; what JSON lacks (NaN, infinities) is written as text.
func jsonValue(v any) string {
	switch x := v.(type) {
	case float64:
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return fmt.Sprintf("%q", fmt.Sprint(x))
		}
	case time.Time:
		return fmt.Sprintf("%q", timeText(x))
	case time.Duration:
		return fmt.Sprintf("%q", x.String())
	}
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return fmt.Sprintf("%q", fmt.Sprint(v))
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// timeText drops what a time does not use: zone, fraction, time of day.
func timeText(t time.Time) string {
	if t.Location() == time.UTC {
		return t.Format("2006-01-02 15:04:05.999999999")
	}
	return t.Format("2006-01-02 15:04:05.999999999-07:00")
}

// valueAt returns value i of a column as a Go value that shares no memory with
// the column: blocks may live in shared memory that is unmapped later.
func valueAt(a arrow.Array, i int) any {
	if missing(a, i) {
		return nil
	}
	switch a := a.(type) {
	case *array.Int64:
		return a.Value(i)
	case *array.Float64:
		return a.Value(i)
	case *array.String:
		return strings.Clone(a.Value(i))
	case *array.LargeString:
		return strings.Clone(a.Value(i))
	case *array.StringView:
		return strings.Clone(a.Value(i))
	case *array.Boolean:
		return a.Value(i)
	case *array.Int32:
		return int64(a.Value(i))
	case *array.Int16:
		return int64(a.Value(i))
	case *array.Int8:
		return int64(a.Value(i))
	case *array.Uint8:
		return int64(a.Value(i))
	case *array.Uint16:
		return int64(a.Value(i))
	case *array.Uint32:
		return int64(a.Value(i))
	case *array.Uint64:
		return a.Value(i)
	case *array.Float32:
		return float64(a.Value(i))
	case *array.Float16:
		return float64(a.Value(i).Float32())
	case *array.Timestamp, *array.Date32, *array.Date64:
		return timeAt(a, i)
	case *array.Duration:
		return time.Duration(a.Value(i)) * a.DataType().(*arrow.DurationType).Unit.Multiplier()
	case *array.Binary:
		return append([]byte{}, a.Value(i)...)
	case *array.LargeBinary:
		return append([]byte{}, a.Value(i)...)
	case *array.FixedSizeBinary:
		return append([]byte{}, a.Value(i)...)
	case *array.Dictionary:
		return valueAt(a.Dictionary(), a.GetValueIndex(i))
	case *array.Struct:
		out := make(map[string]any, a.NumField())
		for j, f := range a.DataType().(*arrow.StructType).Fields() {
			out[f.Name] = valueAt(a.Field(j), i)
		}
		return out
	case array.ListLike:
		low, high := a.ValueOffsets(i)
		values := a.ListValues()
		if floats, ok := values.(*array.Float64); ok && floats.NullN() == 0 {
			return append([]float64(nil), floats.Float64Values()[low:high]...)
		}
		out := make([]any, 0, high-low)
		for j := low; j < high; j++ {
			out = append(out, valueAt(values, int(j)))
		}
		return out
	}
	return a.ValueStr(i)
}

// timeAt returns value i of a timestamp or date column.
func timeAt(a arrow.Array, i int) time.Time {
	switch a := a.(type) {
	case *array.Timestamp:
		t := a.DataType().(*arrow.TimestampType)
		at := a.Value(i).ToTime(t.Unit)
		if zone, err := t.GetZone(); err == nil && zone != nil {
			return at.In(zone)
		}
		return at
	case *array.Date32:
		return a.Value(i).ToTime()
	case *array.Date64:
		return a.Value(i).ToTime()
	}
	return time.Time{}
}
