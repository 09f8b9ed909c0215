package data

import (
	"encoding/binary"
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// groupRows numbers the groups of equal keys in the order in which they appear:
// of[i] is the group of row i, first[g] the first row of group g. Without key
// columns all rows are group 0.
func groupRows(keys arrow.RecordBatch) (of []int32, first []int64) {
	rows := int(keys.NumRows())
	of = make([]int32, rows)
	if keys.NumCols() == 0 {
		return of, []int64{0}
	}
	if keys.NumCols() == 1 {
		switch c := keys.Column(0).(type) {
		case *array.Int64:
			v := c.Int64Values()
			if first, ok := groupSmall(of, c, v); ok {
				return of, first
			}
			return groupBy(of, c, func(i int) int64 { return v[i] })
		case *array.Float64:
			v := c.Float64Values()
			if whole, ok := wholeNumbers(v); ok {
				if first, ok := groupSmall(of, c, whole); ok {
					return of, first
				}
			}
			return groupBy(of, c, func(i int) uint64 { return floatKey(v[i]) })
		case *array.String:
			return groupBy(of, c, c.Value)
		}
	}
	encode := make([]func([]byte, int) []byte, keys.NumCols())
	for j, c := range keys.Columns() {
		encode[j] = keyEncoder(c)
	}
	seen := map[string]int32{}
	var buf []byte
	for i := range rows {
		buf = buf[:0]
		for _, e := range encode {
			buf = e(buf, i)
		}
		g, ok := seen[string(buf)]
		if !ok {
			g = int32(len(first))
			seen[string(buf)] = g
			first = append(first, int64(i))
		}
		of[i] = g
	}
	return of, first
}

// groupSmall numbers groups by a table in place of a hash map, when the keys
// lie close together.
func groupSmall(of []int32, c arrow.Array, keys []int64) (first []int64, ok bool) {
	if len(keys) == 0 {
		return nil, false
	}
	nulls := c.NullN() > 0
	low, high := int64(math.MaxInt64), int64(math.MinInt64)
	for i, k := range keys {
		if !nulls || c.IsValid(i) {
			low, high = min(low, k), max(high, k)
		}
	}
	if low > high || uint64(high)-uint64(low) >= 1<<16 {
		return nil, false
	}
	width := high - low + 1
	table := make([]int32, width+1) // group + 1; the last is of nulls
	for i, k := range keys {
		slot := width
		if !nulls || c.IsValid(i) {
			slot = k - low
		}
		if table[slot] == 0 {
			first = append(first, int64(i))
			table[slot] = int32(len(first))
		}
		of[i] = table[slot] - 1
	}
	return first, true
}

// wholeNumbers converts floats that are all small whole numbers (or null,
// whose value is not looked at later).
func wholeNumbers(v []float64) ([]int64, bool) {
	out := make([]int64, len(v))
	for i, f := range v {
		n := int64(f)
		if float64(n) != f || n > 1<<15 || n < -1<<15 {
			return nil, false
		}
		out[i] = n
	}
	return out, true
}

func groupBy[K comparable](of []int32, c arrow.Array, key func(int) K) ([]int32, []int64) {
	var first []int64
	seen := map[K]int32{}
	null := int32(-1)
	nulls := c.NullN() > 0
	for i := range of {
		if nulls && c.IsNull(i) {
			if null < 0 {
				null = int32(len(first))
				first = append(first, int64(i))
			}
			of[i] = null
			continue
		}
		k := key(i)
		g, ok := seen[k]
		if !ok {
			g = int32(len(first))
			seen[k] = g
			first = append(first, int64(i))
		}
		of[i] = g
	}
	return of, first
}

// floatKey makes all NaN one key, and 0 and -0 another.
func floatKey(f float64) uint64 {
	switch {
	case f == 0:
		return 0
	case math.IsNaN(f):
		return math.Float64bits(math.NaN())
	}
	return math.Float64bits(f)
}

// keyEncoder appends value i in a form that is equal exactly for equal values.
func keyEncoder(c arrow.Array) func([]byte, int) []byte {
	value := func(b []byte, i int) []byte { return appendText(b, c.ValueStr(i)) }
	switch c := c.(type) {
	case *array.Int64:
		value = func(b []byte, i int) []byte { return binary.LittleEndian.AppendUint64(b, uint64(c.Value(i))) }
	case *array.Float64:
		value = func(b []byte, i int) []byte { return binary.LittleEndian.AppendUint64(b, floatKey(c.Value(i))) }
	case *array.String:
		value = func(b []byte, i int) []byte { return appendText(b, c.Value(i)) }
	}
	return func(b []byte, i int) []byte {
		if c.IsNull(i) {
			return append(b, 0)
		}
		return value(append(b, 1), i)
	}
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}
