package data

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// applySteps runs the fused steps of a task on one block. index is the index
// of the block, for error messages.
func applySteps(ctx context.Context, steps []*step, rec arrow.RecordBatch, index int, m *meter) (arrow.RecordBatch, error) {
	for i, s := range steps {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		begin := m.begin(i, rec)
		out, err := s.apply(ctx, rec, index)
		if err != nil {
			return nil, err
		}
		rec = out
		m.end(i, begin, rec)
	}
	return rec, nil
}

// apply runs one step on one block.
func (s *step) apply(ctx context.Context, rec arrow.RecordBatch, index int) (arrow.RecordBatch, error) {
	// Blocks without rows have nothing to run on and may lack columns, when a
	// function that knows its columns only from its rows made them.
	if rec.NumRows() == 0 && (s.runsUserCode() || rec.NumCols() == 0) {
		return s.applyEmpty(rec)
	}
	schema := rec.Schema()
	op := stepNames[s.Kind]
	switch s.Kind {
	case stepMap, stepFlatMap, stepFilter, stepAdd:
		return s.applyRows(ctx, rec, index)
	case stepMapBatches:
		f, err := s.batchFunc(ctx)
		if err != nil {
			return nil, err
		}
		return s.applyBatches(ctx, f, rec, index)
	case stepTransform:
		return s.applyBatches(ctx, columns(func(_ context.Context, b Batch) (Batch, error) { return s.Value.TransformBatch(b) }), rec, index)
	case stepFilterExpr:
		a, err := s.Expr.eval(rec)
		if err != nil {
			return nil, err
		}
		keep, err := boolValues(a)
		if err != nil {
			return nil, planErrorf(kindType, "data: Filter: %s: %v", s.Expr, err)
		}
		return filterRecord(rec, keep)
	case stepSelect:
		if err := checkColumns(op, schema, s.Names); err != nil {
			return nil, err
		}
		return selectColumns(rec, s.Names), nil
	case stepDrop:
		if err := checkColumns(op, schema, s.Names); err != nil {
			return nil, err
		}
		var keep []string
		for _, name := range fieldNames(schema) {
			if !slices.Contains(s.Names, name) {
				keep = append(keep, name)
			}
		}
		return selectColumns(rec, keep), nil
	case stepRename:
		if err := checkColumns(op, schema, s.Names); err != nil {
			return nil, err
		}
		out := renameFields(schema, s.Names, s.NewNames)
		if err := distinct(op, fieldNames(out)); err != nil {
			return nil, err
		}
		return array.NewRecordBatch(out, rec.Columns(), rec.NumRows()), nil
	case stepWith:
		a, err := s.Expr.eval(rec)
		if err != nil {
			return nil, err
		}
		return withColumn(rec, s.Names[0], a), nil
	case stepDropNulls:
		return s.applyDropNulls(rec)
	case stepHead:
		return rec.NewSlice(0, min(s.N, rec.NumRows())), nil
	case stepPartial:
		return s.Group.partial(rec)
	case stepHist:
		return s.applyHist(rec)
	case stepWriteParquet, stepWriteCSV:
		return s.applyWrite(rec, index)
	}
	return nil, fmt.Errorf("data: step %d is unknown to this version; use one version of goray everywhere", s.Kind)
}

// applyEmpty gives the schema of the output to a block without rows.
func (s *step) applyEmpty(rec arrow.RecordBatch) (arrow.RecordBatch, error) {
	switch s.Kind {
	case stepPartial, stepHist, stepWriteParquet, stepWriteCSV:
		return emptyRecord(arrow.NewSchema(nil, nil)), nil
	}
	if rec.NumCols() == 0 {
		return rec, nil
	}
	out, err := s.output(rec.Schema())
	if err != nil || out == nil {
		return emptyRecord(arrow.NewSchema(nil, nil)), err
	}
	return emptyRecord(out), nil
}

func (s *step) applyDropNulls(rec arrow.RecordBatch) (arrow.RecordBatch, error) {
	names := s.Names
	if len(names) == 0 {
		names = fieldNames(rec.Schema())
	}
	if err := checkColumns(stepNames[s.Kind], rec.Schema(), names); err != nil {
		return nil, err
	}
	keep := make([]bool, rec.NumRows())
	for i := range keep {
		keep[i] = true
	}
	for _, name := range names {
		col := rec.Column(rec.Schema().FieldIndices(name)[0])
		if col.NullN() == 0 {
			continue
		}
		for i := range keep {
			keep[i] = keep[i] && !missing(col, i)
		}
	}
	return filterRecord(rec, keep)
}

// applyRows calls a row function once per row.
func (s *step) applyRows(ctx context.Context, rec arrow.RecordBatch, index int) (out arrow.RecordBatch, err error) {
	op := stepNames[s.Kind]
	fn, err := s.Fn.Fn.value()
	if err != nil {
		return nil, fmt.Errorf("data: %s: %w", op, err)
	}
	if out, done, err := s.fastRows(ctx, fn, rec, index); done {
		return out, err
	}
	sig, err := signatureOf(op, reflect.TypeOf(fn))
	if err != nil {
		return nil, err
	}
	read, err := newRowReader(rec, sig.in)
	if err != nil {
		return nil, err
	}
	result := sig.out
	if s.Kind == stepFlatMap {
		result = result.Elem()
	}
	write := newRowWriter(result, fieldNames(rec.Schema()))
	keep := make([]bool, 0, rec.NumRows())
	call := s.compiled(ctx, newCaller(ctx, fn, sig), read, sig, int(rec.NumRows()))
	row := 0
	defer s.catch(&err, index, &row, rec)
	for ; row < int(rec.NumRows()); row++ {
		in, err := read(row)
		if err != nil {
			return nil, s.rowError(err, index, row, rec)
		}
		v, err := call(row, in)
		if err != nil {
			return nil, s.rowError(err, index, row, rec)
		}
		switch s.Kind {
		case stepFilter:
			keep = append(keep, v.Bool())
		case stepFlatMap:
			for j := range v.Len() {
				if err := write.append(v.Index(j)); err != nil {
					return nil, s.rowError(err, index, row, rec)
				}
			}
		case stepAdd, stepMap:
			if err := write.append(v); err != nil {
				return nil, s.rowError(err, index, row, rec)
			}
		}
	}
	switch s.Kind {
	case stepFilter:
		return filterRecord(rec, keep)
	case stepAdd:
		made, err := write.record()
		if err != nil {
			return nil, err
		}
		if made.NumCols() != 1 {
			return withColumn(rec, s.Names[0], structColumn(made)), nil
		}
		return withColumn(rec, s.Names[0], made.Column(0)), nil
	}
	return write.record()
}

// newCaller prepares calling a function of the user.
func newCaller(ctx context.Context, fn any, sig signature) func(reflect.Value) (reflect.Value, error) {
	f := reflect.ValueOf(fn)
	args := make([]reflect.Value, 0, 2)
	if sig.ctx {
		args = append(args, reflect.ValueOf(ctx))
	}
	args = append(args, reflect.Value{})
	return func(in reflect.Value) (reflect.Value, error) {
		args[len(args)-1] = in
		out := f.Call(args)
		if sig.err && !out[1].IsNil() {
			return out[0], out[1].Interface().(error)
		}
		return out[0], nil
	}
}

// catch turns a panic of the user's function into an error with its place.
func (s *step) catch(err *error, index int, row *int, rec arrow.RecordBatch) {
	if p := recover(); p != nil {
		*err = s.rowError(panicError(p), index, *row, rec)
	}
}

// panicError makes an error of a recovered panic, with its place where that is
// compiled code.
func panicError(p any) error {
	at := ""
	if place := panicPlace(); place != "" {
		at = " at " + place
	}
	if err, ok := p.(error); ok {
		return fmt.Errorf("panic%s: %w", at, err)
	}
	return fmt.Errorf("panic%s: %v", at, p)
}

// panicPlace is the innermost compiled function of the user below the panic.
// It is called by a deferred function, while the frames are still there.
func panicPlace() string {
	pcs := make([]uintptr, 32)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs)])
	below := false
	for {
		f, more := frames.Next()
		switch {
		case f.Function == "runtime.gopanic":
			below = true
		case !below || strings.HasPrefix(f.Function, "runtime."):
		case strings.HasPrefix(f.Function, "reflect.") || strings.Contains(f.Function, "/kernel/engine/"):
			return ""
		default:
			return fmt.Sprintf("%s:%d", filepath.Base(f.File), f.Line)
		}
		if !more {
			return ""
		}
	}
}

func (s *step) rowError(err error, index, row int, rec arrow.RecordBatch) error {
	var already *RowError
	if errors.As(err, &already) {
		return err
	}
	out := &RowError{Operator: stepNames[s.Kind], Block: index, Row: int64(row), Err: err}
	if plan := (*PlanError)(nil); errors.As(err, &plan) && plan.kind == kindColumn {
		return out // the columns are wrong, whatever the row
	}
	if row < int(rec.NumRows()) {
		b := BatchOf(rec)
		r := b.Row(row)
		out.Value = shorten(rowText(b.names, func(name string) any { return r[name] }), 200)
	}
	return out
}

func shorten(s string, most int) string {
	r := []rune(s)
	if len(r) <= most {
		return s
	}
	return string(r[:most]) + "…"
}

// selectColumns returns the named columns, which must exist.
func selectColumns(rec arrow.RecordBatch, names []string) arrow.RecordBatch {
	cols := make([]arrow.Array, len(names))
	for i, name := range names {
		cols[i] = rec.Column(rec.Schema().FieldIndices(name)[0])
	}
	return array.NewRecordBatch(selectFields(rec.Schema(), names), cols, rec.NumRows())
}

// withColumn adds or replaces a column.
func withColumn(rec arrow.RecordBatch, name string, a arrow.Array) arrow.RecordBatch {
	schema := withField(rec.Schema(), arrow.Field{Name: name, Type: a.DataType(), Nullable: true})
	cols := slices.Clone(rec.Columns())
	if at := rec.Schema().FieldIndices(name); len(at) > 0 {
		cols[at[0]] = a
	} else {
		cols = append(cols, a)
	}
	return array.NewRecordBatch(schema, cols, rec.NumRows())
}

// structColumn makes one column of structs from the columns of rec.
func structColumn(rec arrow.RecordBatch) arrow.Array {
	parts := make([]arrow.ArrayData, rec.NumCols())
	for i, c := range rec.Columns() {
		parts[i] = c.Data()
	}
	t := arrow.StructOf(rec.Schema().Fields()...)
	return array.MakeFromData(array.NewData(t, int(rec.NumRows()), nil, parts, 0, 0))
}
