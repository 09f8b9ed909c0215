package data

import (
	"math"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// sortNumbers is the fast path for one key without nulls of the most common
// types: the values are mapped to integers of the same order and sorted beside
// their positions, so that no comparison calls back into columns.
func sortNumbers(rec arrow.RecordBatch, keys []SortKey) ([]int64, bool) {
	bits, ok := keyBits(rec, keys)
	if !ok {
		return nil, false
	}
	rows := make([]numberedRow, len(bits))
	for i, b := range bits {
		rows[i] = numberedRow{b, int64(i)}
	}
	sortRows(rows)
	index := make([]int64, len(rows))
	for i, r := range rows {
		index[i] = r.at
	}
	return index, true
}

// keyBits maps the key of each row to an integer of the same order.
func keyBits(rec arrow.RecordBatch, keys []SortKey) (bits []uint64, ok bool) {
	if len(keys) != 1 {
		return nil, false
	}
	at := rec.Schema().FieldIndices(keys[0].Column)
	if len(at) == 0 || rec.Column(at[0]).NullN() > 0 {
		return nil, false
	}
	bits = make([]uint64, rec.NumRows())
	switch c := rec.Column(at[0]).(type) {
	case *array.Int64:
		for i, v := range c.Int64Values() {
			bits[i] = uint64(v) ^ 1<<63
		}
	case *array.Timestamp:
		for i, v := range c.TimestampValues() {
			bits[i] = uint64(v) ^ 1<<63
		}
	case *array.Float64:
		for i, v := range c.Float64Values() {
			if math.IsNaN(v) {
				return nil, false // NaN is last in both directions
			}
			bits[i] = orderedBits(v)
		}
	default:
		return nil, false
	}
	if keys[0].Descending {
		for i := range bits {
			bits[i] = ^bits[i]
		}
	}
	return bits, true
}

// spreadNumbers is the fast path of spreadTask: of[i] becomes the number of
// limits that are not above row i.
func spreadNumbers(of []int, rec, limits arrow.RecordBatch, keys []SortKey) bool {
	bits, ok := keyBits(rec, keys)
	if !ok {
		return false
	}
	bounds, ok := keyBits(limits, keys)
	if !ok || len(limits.Columns()) != 1 || !arrow.TypeEqual(limits.Column(0).DataType(), rec.Column(rec.Schema().FieldIndices(keys[0].Column)[0]).DataType()) {
		return false
	}
	for i, b := range bits {
		low, high := 0, len(bounds)
		for low < high {
			if mid := (low + high) / 2; bounds[mid] <= b {
				low = mid + 1
			} else {
				high = mid
			}
		}
		of[i] = low
	}
	return true
}

type numberedRow struct {
	key uint64
	at  int64
}

// orderedBits maps floats to integers of the same order; 0 and -0 are equal.
func orderedBits(f float64) uint64 {
	b := math.Float64bits(f + 0)
	if b == 1<<63 {
		b = 0
	}
	if b>>63 == 1 {
		return ^b
	}
	return b | 1<<63
}

// sortRows sorts by key, stably: by radix where there are many rows.
func sortRows(rows []numberedRow) {
	if len(rows) < 4096 {
		slices.SortStableFunc(rows, func(a, b numberedRow) int {
			switch {
			case a.key < b.key:
				return -1
			case a.key > b.key:
				return 1
			}
			return 0
		})
		return
	}
	const bits, size = 11, 1 << 11
	var all, some uint64 = ^uint64(0), 0
	for _, r := range rows {
		all &= r.key
		some |= r.key
	}
	differs := all ^ some // digits in which no two keys differ are skipped
	from, to := rows, make([]numberedRow, len(rows))
	swapped := false
	for shift := 0; shift < 64; shift += bits {
		if differs>>shift&(size-1) == 0 {
			continue
		}
		var count [size + 1]int
		for _, r := range from {
			count[(r.key>>shift)&(size-1)+1]++
		}
		for i := range size {
			count[i+1] += count[i]
		}
		for _, r := range from {
			d := (r.key >> shift) & (size - 1)
			to[count[d]] = r
			count[d]++
		}
		from, to = to, from
		swapped = !swapped
	}
	if swapped {
		copy(rows, from)
	}
}
