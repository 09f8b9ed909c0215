package data

import (
	"context"
	"errors"
	"fmt"
	"reflect"

	"github.com/apache/arrow-go/v18/arrow"
)

// batchFunc is a batch function of the user in one form.
type batchFunc func(ctx context.Context, in arrow.RecordBatch) (arrow.RecordBatch, error)

// batchFunc takes the step's function out of the plan.
func (s *step) batchFunc(ctx context.Context) (batchFunc, error) {
	fn, err := s.Fn.Fn.value()
	if err != nil {
		return nil, fmt.Errorf("data: MapBatches: %w", err)
	}
	if s.Batch.Ctor {
		if fn, err = construct(ctx, fn); err != nil {
			return nil, err
		}
	}
	return s.newBatchFunc(fn)
}

// construct calls the constructor of a stateful batch function.
func construct(ctx context.Context, ctor any) (fn any, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("data: MapBatches: the constructor failed: %w", panicError(p))
		}
	}()
	var args []reflect.Value
	v := reflect.ValueOf(ctor)
	if v.Type().NumIn() == 1 {
		args = append(args, reflect.ValueOf(ctx))
	}
	out := v.Call(args)
	if len(out) == 2 && !out[1].IsNil() {
		return nil, fmt.Errorf("data: MapBatches: the constructor failed: %w", out[1].Interface().(error))
	}
	return out[0].Interface(), nil
}

func (s *step) newBatchFunc(fn any) (batchFunc, error) {
	switch f := fn.(type) {
	case func(Batch) (Batch, error):
		return columns(func(_ context.Context, b Batch) (Batch, error) { return f(b) }), nil
	case func(Batch) Batch:
		return columns(func(_ context.Context, b Batch) (Batch, error) { return f(b), nil }), nil
	case func(context.Context, Batch) (Batch, error):
		return columns(f), nil
	case func(arrow.RecordBatch) (arrow.RecordBatch, error):
		return func(_ context.Context, rec arrow.RecordBatch) (arrow.RecordBatch, error) { return f(rec) }, nil
	}
	sig, err := signatureOf("MapBatches", reflect.TypeOf(fn))
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, rec arrow.RecordBatch) (arrow.RecordBatch, error) {
		in, check, err := batchArgument(rec, sig.in)
		if err != nil {
			return nil, err
		}
		out, err := s.callBatch(ctx, newCaller(ctx, fn, sig), in, sig)
		if err == nil {
			err = check()
		}
		if err != nil {
			return nil, err
		}
		return batchResult(out)
	}, nil
}

// columns wraps a function over Batch: mistakes that the batch remembers come
// before what they led to, be it an error, a panic or a wrong result.
func columns(f func(context.Context, Batch) (Batch, error)) batchFunc {
	return func(ctx context.Context, rec arrow.RecordBatch) (out arrow.RecordBatch, err error) {
		in := BatchOf(rec)
		defer func() {
			if p := recover(); p != nil {
				if err = in.Err(); err == nil {
					err = panicError(p)
				}
			}
		}()
		made, err := f(ctx, in)
		if bad := in.Err(); bad != nil {
			return nil, bad
		}
		if err != nil {
			return nil, err
		}
		return made.Arrow(), made.Err()
	}
}

// batchArgument makes the argument of a batch function of any accepted type.
func batchArgument(rec arrow.RecordBatch, t reflect.Type) (reflect.Value, func() error, error) {
	fine := func() error { return nil }
	switch t {
	case typeBatch:
		b := BatchOf(rec)
		return reflect.ValueOf(b), b.Err, nil
	case typeRecord:
		return reflect.ValueOf(rec), fine, nil
	}
	read, err := newRowReader(rec, t.Elem())
	if err != nil {
		return reflect.Value{}, nil, err
	}
	rows := reflect.MakeSlice(t, int(rec.NumRows()), int(rec.NumRows()))
	for i := range rows.Len() {
		v, err := read(i)
		if err != nil {
			return rows, nil, err
		}
		rows.Index(i).Set(v)
	}
	return rows, fine, nil
}

func batchResult(out reflect.Value) (arrow.RecordBatch, error) {
	switch v := out.Interface().(type) {
	case Batch:
		return v.Arrow(), v.Err()
	case arrow.RecordBatch:
		if v == nil {
			return nil, errors.New("the function returned a nil record; return a record, with no rows if there are none")
		}
		return v, nil
	}
	write := newRowWriter(out.Type().Elem(), nil)
	for i := range out.Len() {
		if err := write.append(out.Index(i)); err != nil {
			return nil, fmt.Errorf("row %d of the result: %w", i, err)
		}
	}
	return write.record()
}

// applyBatches calls a batch function on the batches of a block.
func (s *step) applyBatches(ctx context.Context, f batchFunc, rec arrow.RecordBatch, index int) (out arrow.RecordBatch, err error) {
	rows := rec.NumRows()
	size := int64(s.Batch.Size)
	if size == 0 || size > rows {
		size = rows
	}
	low := 0
	defer s.catch(&err, index, &low, rec)
	var made []arrow.RecordBatch
	for at := int64(0); at < rows; at += size {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		low = int(at)
		part, err := f(ctx, rec.NewSlice(at, min(at+size, rows)))
		if err != nil {
			return nil, s.rowError(err, index, low, rec)
		}
		made = append(made, part)
	}
	out, err = concatRecords(made)
	if err != nil {
		return nil, s.rowError(err, index, 0, rec)
	}
	return out, nil
}
