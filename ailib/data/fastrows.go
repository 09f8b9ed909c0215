package data

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// fastRows calls the most common row functions without reflection. done is
// false when the function or the column is of another kind.
func (s *step) fastRows(ctx context.Context, fn any, rec arrow.RecordBatch, index int) (out arrow.RecordBatch, done bool, err error) {
	if rec.NumCols() == 1 && rec.Column(0).NullN() == 0 {
		switch f := fn.(type) {
		case func(int64) int64:
			return mapInts(ctx, s, f, rec, index)
		case func(int) int:
			return mapInts(ctx, s, f, rec, index)
		case func(int64) bool:
			return filterInts(ctx, s, f, rec, index)
		case func(int) bool:
			return filterInts(ctx, s, f, rec, index)
		case func(float64) float64:
			return mapFloats(ctx, s, f, rec, index)
		}
	}
	if f, ok := fn.(func(Row) bool); ok && s.Kind == stepFilter {
		return filterRows(s, f, rec, index)
	}
	return nil, false, nil
}

func mapInts[I int | int64](ctx context.Context, s *step, f func(I) I, rec arrow.RecordBatch, index int) (out arrow.RecordBatch, done bool, err error) {
	a, ok := rec.Column(0).(*array.Int64)
	if !ok || s.Kind != stepMap && s.Kind != stepAdd {
		return nil, false, nil
	}
	done = true
	values := make([]int64, a.Len())
	row := 0
	for i, v := range compiledNumbers[I, I](ctx, s, a.Int64Values()) {
		values[i], row = int64(v), i+1
	}
	defer s.catch(&err, index, &row, rec)
	for ; row < len(values); row++ {
		values[row] = int64(f(I(a.Value(row))))
	}
	b := array.NewInt64Builder(allocator)
	b.AppendValues(values, nil)
	return s.scalarResult(rec, b.NewArray()), true, nil
}

func mapFloats(ctx context.Context, s *step, f func(float64) float64, rec arrow.RecordBatch, index int) (out arrow.RecordBatch, done bool, err error) {
	a, ok := rec.Column(0).(*array.Float64)
	if !ok || s.Kind != stepMap && s.Kind != stepAdd {
		return nil, false, nil
	}
	done = true
	values := make([]float64, a.Len())
	row := copy(values, compiledNumbers[float64, float64](ctx, s, a.Float64Values()))
	defer s.catch(&err, index, &row, rec)
	for ; row < len(values); row++ {
		values[row] = f(a.Value(row))
	}
	b := array.NewFloat64Builder(allocator)
	b.AppendValues(values, nil)
	return s.scalarResult(rec, b.NewArray()), true, nil
}

func (s *step) scalarResult(rec arrow.RecordBatch, a arrow.Array) arrow.RecordBatch {
	if s.Kind == stepAdd {
		return withColumn(rec, s.Names[0], a)
	}
	schema := arrow.NewSchema([]arrow.Field{{Name: itemColumn, Type: a.DataType(), Nullable: true}}, nil)
	return array.NewRecordBatch(schema, []arrow.Array{a}, rec.NumRows())
}

func filterInts[I int | int64](ctx context.Context, s *step, f func(I) bool, rec arrow.RecordBatch, index int) (out arrow.RecordBatch, done bool, err error) {
	a, ok := rec.Column(0).(*array.Int64)
	if !ok || s.Kind != stepFilter {
		return nil, false, nil
	}
	done = true
	keep := make([]bool, a.Len())
	row := copy(keep, compiledNumbers[I, bool](ctx, s, a.Int64Values()))
	defer s.catch(&err, index, &row, rec)
	for ; row < len(keep); row++ {
		keep[row] = f(I(a.Value(row)))
	}
	out, err = filterRecord(rec, keep)
	return out, true, err
}

func filterRows(s *step, f func(Row) bool, rec arrow.RecordBatch, index int) (out arrow.RecordBatch, done bool, err error) {
	b := BatchOf(rec)
	done = true
	keep := make([]bool, b.rows)
	row := 0
	defer s.catch(&err, index, &row, rec)
	for ; row < len(keep); row++ {
		keep[row] = f(b.Row(row))
	}
	out, err = filterRecord(rec, keep)
	return out, true, err
}
