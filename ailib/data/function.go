package data

import (
	"context"
	"fmt"
	"reflect"

	"github.com/apache/arrow-go/v18/arrow"
)

// rowShape is what a row function returns.
type rowShape int

const (
	rowToRow   rowShape = iota // Map: a row or a value
	rowToRows                  // FlatMap: a slice of rows or values
	rowToBool                  // Filter
	rowToValue                 // AddColumn
	batchToBatch
)

// function is a user's function inside a plan.
type function struct {
	Shape rowShape
	Fn    shipped
}

var (
	typeContext = reflect.TypeFor[context.Context]()
	typeError   = reflect.TypeFor[error]()
	typeRow     = reflect.TypeFor[Row]()
	typeMap     = reflect.TypeFor[map[string]any]()
	typeBatch   = reflect.TypeFor[Batch]()
	typeRecord  = reflect.TypeFor[arrow.RecordBatch]()
)

// signature takes a function type apart: func([ctx,] in) (out[, error]).
type signature struct {
	ctx     bool
	in, out reflect.Type
	err     bool
}

func signatureOf(op string, t reflect.Type) (signature, error) {
	var s signature
	wrong := func(why string) (signature, error) {
		return s, planErrorf(kindType, "data: %s: %s %s; write func(row T) (U, error), optionally with a context.Context before row", op, t, why)
	}
	if t == nil || t.Kind() != reflect.Func {
		return wrong("is not a function")
	}
	ins := t.NumIn()
	if ins > 0 && t.In(0) == typeContext {
		s.ctx = true
		ins--
	}
	if ins != 1 || t.IsVariadic() {
		return wrong(fmt.Sprintf("takes %d values besides a context, not one row", ins))
	}
	s.in = t.In(t.NumIn() - 1)
	switch t.NumOut() {
	case 1:
	case 2:
		if t.Out(1) != typeError {
			return wrong("has a second result that is not an error")
		}
		s.err = true
	default:
		return wrong(fmt.Sprintf("returns %d values", t.NumOut()))
	}
	s.out = t.Out(0)
	return s, nil
}

// captureRow checks a row function and takes it, with what it captured, along.
func captureRow(op string, fn any, shape rowShape) (function, error) {
	s, err := signatureOf(op, reflect.TypeOf(fn))
	if err != nil {
		return function{}, err
	}
	if s.out == typeError {
		return function{}, planErrorf(kindType, "data: %s: the function returns only an error; return a value too", op)
	}
	switch shape {
	case rowToBool:
		if s.out.Kind() != reflect.Bool {
			return function{}, planErrorf(kindType, "data: %s: the function returns %s; return bool", op, s.out)
		}
	case rowToRows:
		if s.out.Kind() != reflect.Slice {
			return function{}, planErrorf(kindType, "data: %s: the function returns %s; return a slice with a row per element", op, s.out)
		}
	}
	shippedFn, err := captureRows(fn)
	if err != nil {
		return function{}, fmt.Errorf("data: %s: %w", op, err)
	}
	return function{Shape: shape, Fn: shippedFn}, nil
}

func (f function) signature(op string) (signature, error) {
	v, err := f.Fn.value()
	if err != nil {
		return signature{}, err
	}
	return signatureOf(op, reflect.TypeOf(v))
}

// outputSchema checks the row type of the function against the input and
// returns the schema of the result where the types alone tell it.
func (f function) outputSchema(op string, in *arrow.Schema) (*arrow.Schema, error) {
	s, err := f.signature(op)
	if err != nil {
		return nil, err
	}
	if err := checkRowType(op, s.in, in); err != nil {
		return nil, err
	}
	switch f.Shape {
	case rowToRow:
		return rowSchema(s.out), nil
	case rowToRows:
		return rowSchema(s.out.Elem()), nil
	}
	return in, nil
}

func (f function) valueType(op string, in *arrow.Schema) (arrow.DataType, error) {
	s, err := f.signature(op)
	if err != nil {
		return nil, err
	}
	if err := checkRowType(op, s.in, in); err != nil {
		return nil, err
	}
	return columnType(s.out), nil
}

// rowSchema is the schema of results of type t, nil when only values can tell.
func rowSchema(t reflect.Type) *arrow.Schema {
	if t.Kind() == reflect.Pointer && isRowStruct(t.Elem()) {
		t = t.Elem()
	}
	if isRowStruct(t) {
		return structSchema(t)
	}
	if t.Kind() == reflect.Interface || isRowMap(t) {
		return nil
	}
	if ct := columnType(t); ct != nil {
		return arrow.NewSchema([]arrow.Field{{Name: itemColumn, Type: ct, Nullable: true}}, nil)
	}
	return nil
}

// itemColumn is the column of datasets whose rows are plain values.
const itemColumn = "item"

func isRowStruct(t reflect.Type) bool { return t.Kind() == reflect.Struct && t != typeTime }

func isRowMap(t reflect.Type) bool {
	return t.Kind() == reflect.Map && t.Key().Kind() == reflect.String
}

// checkRowType tells at once when a function cannot take the rows of in.
func checkRowType(op string, t reflect.Type, in *arrow.Schema) error {
	if in == nil || isRowMap(t) || t.Kind() == reflect.Interface {
		return nil
	}
	if t.Kind() == reflect.Pointer && isRowStruct(t.Elem()) {
		t = t.Elem()
	}
	if !isRowStruct(t) {
		if in.NumFields() != 1 {
			return planErrorf(kindType, "data: %s: the function takes a %s but rows have %d columns; take a struct or data.Row, or select one column first", op, t, in.NumFields())
		}
		f := in.Field(0)
		if err := canRead(f.Type, t); err != nil {
			return planErrorf(kindType, "data: %s: column %q: %v", op, f.Name, err)
		}
		return nil
	}
	for _, sf := range structFields(t) {
		f, ok := fieldByName(in, sf.column)
		if !ok {
			return missingColumn(fmt.Sprintf("%s: %s", op, t), sf.column, fieldNames(in))
		}
		if err := canRead(f.Type, sf.typ); err != nil {
			return planErrorf(kindType, "data: %s: %s: column %q: %v", op, t, sf.column, err)
		}
	}
	return nil
}

// batchOptions is how MapBatches cuts blocks and what its tasks ask for.
type batchOptions struct {
	Size        int     // rows per batch; 0 is the whole block
	NumCPUs     float64 // 0 is one
	NumGPUs     float64
	Concurrency int // tasks, or actors, at the same time; 0 is unlimited
	Ctor        bool
}

// MapOption changes how MapBatches runs.
type MapOption func(*batchOptions)

// BatchSize cuts blocks into batches of n rows; the last of a block may be
// shorter. Default: a batch is a block.
func BatchSize(n int) MapOption { return func(o *batchOptions) { o.Size = n } }

// NumCPUs is what each task asks for. Default: 1.
func NumCPUs(n float64) MapOption { return func(o *batchOptions) { o.NumCPUs = n } }

// NumGPUs is what each task asks for. Default: 0.
func NumGPUs(n float64) MapOption { return func(o *batchOptions) { o.NumGPUs = n } }

// Concurrency bounds the number of tasks at the same time to n. When the
// function given to MapBatches is a constructor, that is func([ctx]) (F, error)
// or func([ctx]) F where F is a batch function, n actors are started, each
// calls the constructor once, and batches are distributed over them.
func Concurrency(n int) MapOption { return func(o *batchOptions) { o.Concurrency = n } }

// newBatchStep checks a function of MapBatches and its options.
func newBatchStep(fn any, opts []MapOption) (*step, error) {
	const op = "MapBatches"
	s := &step{Kind: stepMapBatches}
	for _, o := range opts {
		o(&s.Batch)
	}
	if s.Batch.Size < 0 || s.Batch.Concurrency < 0 || s.Batch.NumCPUs < 0 || s.Batch.NumGPUs < 0 {
		return nil, planErrorf(kindType, "data: %s: an option is negative; BatchSize, Concurrency, NumCPUs and NumGPUs are 0 or more", op)
	}
	t := reflect.TypeOf(fn)
	if inner := constructed(t); inner != nil {
		s.Batch.Ctor = true
		s.Batch.Concurrency = max(1, s.Batch.Concurrency)
		t = inner
	}
	sig, err := signatureOf(op, t)
	if err != nil {
		return nil, err
	}
	if !isBatchType(sig.in) || !isBatchType(sig.out) {
		return nil, planErrorf(kindType, "data: %s: the function is %s; take and return data.Batch, arrow.RecordBatch or slices of structs", op, t)
	}
	take := capture
	if !s.Batch.Ctor && sig.in.Kind() == reflect.Slice && sig.out.Kind() == reflect.Slice {
		take = captureRows // a batch is a row to the compiled form
	}
	shippedFn, err := take(fn)
	if err != nil {
		return nil, fmt.Errorf("data: %s: %w", op, err)
	}
	s.Fn = function{Shape: batchToBatch, Fn: shippedFn}
	return s, nil
}

// constructed returns the batch function type that a constructor returns.
func constructed(t reflect.Type) reflect.Type {
	if t == nil || t.Kind() != reflect.Func || t.NumOut() == 0 || t.Out(0).Kind() != reflect.Func {
		return nil
	}
	if t.NumIn() > 1 || t.NumIn() == 1 && t.In(0) != typeContext || t.NumOut() > 2 || t.NumOut() == 2 && t.Out(1) != typeError {
		return nil
	}
	return t.Out(0)
}

func isBatchType(t reflect.Type) bool {
	return t == typeBatch || t == typeRecord || t.Kind() == reflect.Slice && isRowStruct(t.Elem())
}

// batchSchema is known before execution only for slices of structs.
func (f function) batchSchema(in *arrow.Schema) (*arrow.Schema, error) {
	v, err := f.Fn.value()
	if err != nil {
		return nil, err
	}
	t := reflect.TypeOf(v)
	if inner := constructed(t); inner != nil {
		t = inner
	}
	s, err := signatureOf("MapBatches", t)
	if err != nil {
		return nil, err
	}
	if s.in.Kind() == reflect.Slice {
		if err := checkRowType("MapBatches", s.in.Elem(), in); err != nil {
			return nil, err
		}
	}
	if s.out.Kind() == reflect.Slice {
		return rowSchema(s.out.Elem()), nil
	}
	return nil, nil
}
