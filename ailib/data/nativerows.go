package data

import (
	"context"
	"reflect"
	"time"
)

const (
	// firstRows are interpreted before compiled code is asked for, and compiledRows go to it at a
	// time: as many as are cheap to hold twice.
	firstRows, compiledRows = 64, 4096
	// compiledNumber is how many numbers go at a time.
	compiledNumber = 64 << 10
)

// compiled calls a function of rows in its compiled form as soon as there is one: many rows at once,
// ahead of the row that is asked for. Where that fails or takes longer, call does it; so it does for a
// row that fails, whose error or panic is then reported as always.
func (s *step) compiled(ctx context.Context, call func(reflect.Value) (reflect.Value, error), read rowReader, sig signature, rows int) func(int, reflect.Value) (reflect.Value, error) {
	var ahead reflect.Value // results of the rows from first on
	first, next := 0, firstRows
	var interpreted, took time.Duration // of a row in either form
	return func(row int, in reflect.Value) (reflect.Value, error) {
		if row < firstRows && rows > firstRows {
			begin := time.Now()
			v, err := call(in)
			interpreted += time.Since(begin) / firstRows
			return v, err
		}
		if row >= next && rows > firstRows {
			next, first = rows, row // unless there is a compiled form, and it is faster
			begin := time.Now()
			given := 0
			out := s.Fn.Fn.Func.Rows(ctx, func() any {
				chunk := readRows(read, sig.in, row, min(rows, row+compiledRows))
				in = chunk.Index(0) // what it was may have been read over
				given = chunk.Len()
				return chunk.Interface()
			}, sig.out)
			if out != nil {
				ahead = reflect.ValueOf(out)
				took = time.Since(begin) / time.Duration(given)
				if took < interpreted && ahead.Len() == given {
					next = row + compiledRows
				}
			} else {
				ahead, next = reflect.Value{}, row+compiledRows // it may come
			}
		}
		if i := row - first; ahead.IsValid() && i >= 0 && i < ahead.Len() {
			return ahead.Index(i), nil
		}
		return call(in)
	}
}

// readRows reads rows up to the first that cannot be read.
func readRows(read rowReader, t reflect.Type, from, to int) reflect.Value {
	rows := reflect.MakeSlice(reflect.SliceOf(t), to-from, to-from)
	for i := range to - from {
		v, err := read(from + i)
		if err != nil {
			return rows.Slice(0, i)
		}
		rows.Index(i).Set(v)
	}
	return rows
}

// chunkOf converts the first numbers.
func chunkOf[I, V int | int64 | float64](values []V) []I {
	chunk := make([]I, min(len(values), compiledNumber))
	for i := range chunk {
		chunk[i] = I(values[i])
	}
	return chunk
}

// compiledNumbers calls a function of numbers in its compiled form; where that fails, and where there
// is none, the results end.
func compiledNumbers[I int | int64 | float64, O any, V int64 | float64](ctx context.Context, s *step, values []V) (out []O) {
	for len(values) > 0 && ctx.Err() == nil {
		made, _ := s.Fn.Fn.Func.Rows(ctx, func() any { return chunkOf[I](values) }, reflect.TypeFor[O]()).([]O)
		out = append(out, made...)
		if len(made) < min(len(values), compiledNumber) {
			return out
		}
		values = values[len(made):]
	}
	return out
}
