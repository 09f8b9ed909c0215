package data

import (
	"fmt"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// Batch is some rows of a dataset, column by column. It is immutable: With,
// Select and the others return a new Batch which shares the columns.
//
// The typed accessors return fresh slices, one value per row, which the caller
// may keep and change. They never fail by themselves: a missing column or a
// type that does not fit is remembered, the accessor returns zeros, and the
// operator that called the function reports the mistake. Err shows it earlier.
type Batch struct {
	names []string
	cols  []arrow.Array
	rows  int
	fault *fault
}

// fault remembers the first mistake made with a batch and what derives from it.
type fault struct {
	mu  sync.Mutex
	err error
}

func (f *fault) set(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err == nil {
		f.err = err
	}
}

// NewBatch returns a batch without columns; add them with With.
func NewBatch() Batch { return Batch{fault: &fault{}} }

// BatchOf returns the record as a batch, without copying.
func BatchOf(rec arrow.RecordBatch) Batch {
	return Batch{names: fieldNames(rec.Schema()), cols: rec.Columns(), rows: int(rec.NumRows()), fault: &fault{}}
}

// Len returns the number of rows.
func (b Batch) Len() int { return b.rows }

// Columns returns the column names in order.
func (b Batch) Columns() []string { return slices.Clone(b.names) }

// Has reports whether there is a column name.
func (b Batch) Has(name string) bool { return slices.Contains(b.names, name) }

// Err returns the first mistake made with this batch, or nil.
func (b Batch) Err() error {
	if b.fault == nil {
		return nil
	}
	b.fault.mu.Lock()
	defer b.fault.mu.Unlock()
	return b.fault.err
}

func (b Batch) failed(err error) Batch {
	if b.fault == nil {
		b.fault = &fault{}
	}
	b.fault.set(err)
	return b
}

// Column returns the Arrow array of a column, or nil when there is none, which
// is remembered as a mistake.
func (b Batch) Column(name string) arrow.Array {
	if i := slices.Index(b.names, name); i >= 0 {
		return b.cols[i]
	}
	b.failed(missingColumn("Batch", name, b.names))
	return nil
}

// Float64s returns a numeric column as float64; nulls are NaN.
func (b Batch) Float64s(name string) []float64 {
	return column(b, name, "float64", floatValues)
}

// Int64s returns an integer column. Nulls are a mistake: drop or fill them
// first, or use Float64s.
func (b Batch) Int64s(name string) []int64 {
	return column(b, name, "int64", intValues)
}

// Strings returns a string column; nulls are "".
func (b Batch) Strings(name string) []string {
	return column(b, name, "string", stringValues)
}

// Bools returns a boolean column; nulls are false.
func (b Batch) Bools(name string) []bool {
	return column(b, name, "bool", boolValues)
}

// Times returns a timestamp or date column, in the column's time zone (UTC
// when it has none); nulls are the zero Time.
func (b Batch) Times(name string) []time.Time {
	return column(b, name, "time.Time", timeValues)
}

// Vectors returns a column of lists of numbers.
func (b Batch) Vectors(name string) [][]float64 {
	return column(b, name, "[]float64", vectorValues)
}

// Nulls tells for each row whether the column is null there.
func (b Batch) Nulls(name string) []bool {
	return column(b, name, "any", func(a arrow.Array) ([]bool, error) {
		out := make([]bool, a.Len())
		for i := range out {
			out[i] = missing(a, i)
		}
		return out, nil
	})
}

// emptyTypes gives columns that have only nulls, and therefore no type, the
// one that an accessor asks for.
var emptyTypes = map[string]arrow.DataType{
	"int64": arrow.PrimitiveTypes.Int64, "string": arrow.BinaryTypes.String, "bool": arrow.FixedWidthTypes.Boolean,
	"time.Time": arrowTime, "[]float64": arrow.ListOf(arrow.PrimitiveTypes.Float64),
}

func column[T any](b Batch, name, want string, values func(arrow.Array) ([]T, error)) []T {
	a := b.Column(name)
	if a == nil {
		return make([]T, b.rows)
	}
	if t, ok := emptyTypes[want]; ok && a.DataType().ID() == arrow.NULL {
		a = array.MakeArrayOfNull(allocator, t, b.rows)
	}
	out, err := values(a)
	if err != nil {
		b.failed(planErrorf(kindType, "data: column %q as %s: %v", name, want, err))
		return make([]T, b.rows)
	}
	return out
}

// With adds the column name, or replaces it. values is a slice of numbers,
// strings, bools, times, []float64 or pointers to such (nil is null), or an
// arrow.Array; it has one value per row.
func (b Batch) With(name string, values any) Batch {
	col, err := arrayOf(values)
	if err != nil {
		return b.failed(planErrorf(kindType, "data: column %q: %v", name, err))
	}
	if len(b.cols) > 0 && col.Len() != b.rows {
		other := b.names[0]
		if other == name && len(b.names) > 1 {
			other = b.names[1]
		}
		if other != name {
			return b.failed(planErrorf(kindType, "data: column %q has %d values but column %q has %d; give every column one value per row",
				name, col.Len(), other, b.rows))
		}
	}
	out := Batch{names: slices.Clone(b.names), cols: slices.Clone(b.cols), rows: col.Len(), fault: b.fault}
	if out.fault == nil {
		out.fault = &fault{}
	}
	if i := slices.Index(out.names, name); i >= 0 {
		out.cols[i] = col
	} else {
		out.names, out.cols = append(out.names, name), append(out.cols, col)
	}
	return out
}

// Select keeps the named columns in the given order.
func (b Batch) Select(names ...string) Batch {
	out := Batch{rows: b.rows, fault: b.fault}
	for _, name := range names {
		i := slices.Index(b.names, name)
		if i < 0 {
			return b.failed(missingColumn("Batch.Select", name, b.names))
		}
		out.names, out.cols = append(out.names, name), append(out.cols, b.cols[i])
	}
	return out
}

// Without removes the named columns.
func (b Batch) Without(names ...string) Batch {
	for _, name := range names {
		if !b.Has(name) {
			return b.failed(missingColumn("Batch.Without", name, b.names))
		}
	}
	out := Batch{rows: b.rows, fault: b.fault}
	for i, name := range b.names {
		if !slices.Contains(names, name) {
			out.names, out.cols = append(out.names, name), append(out.cols, b.cols[i])
		}
	}
	return out
}

// Filter keeps the rows for which keep is true.
func (b Batch) Filter(keep []bool) Batch {
	if len(keep) != b.rows {
		return b.failed(planErrorf(kindType, "data: Batch.Filter got %d values for %d rows; give one per row", len(keep), b.rows))
	}
	rec, err := filterRecord(b.Arrow(), keep)
	if err != nil {
		return b.failed(err)
	}
	out := BatchOf(rec)
	out.fault = b.fault
	return out
}

// Slice returns the rows from low up to, not including, high.
func (b Batch) Slice(low, high int) Batch {
	if low < 0 || high < low || high > b.rows {
		return b.failed(fmt.Errorf("data: Batch.Slice(%d, %d) of %d rows; keep 0 <= low <= high <= Len", low, high, b.rows))
	}
	out := Batch{names: b.names, cols: make([]arrow.Array, len(b.cols)), rows: high - low, fault: b.fault}
	for i, c := range b.cols {
		out.cols[i] = array.NewSlice(c, int64(low), int64(high))
	}
	return out
}

// Row returns row i.
func (b Batch) Row(i int) Row {
	row := make(Row, len(b.names))
	for j, name := range b.names {
		row[name] = valueAt(b.cols[j], i)
	}
	return row
}

// Arrow returns the batch as a record, without copying.
func (b Batch) Arrow() arrow.RecordBatch {
	fields := make([]arrow.Field, len(b.cols))
	for i, c := range b.cols {
		fields[i] = arrow.Field{Name: b.names[i], Type: c.DataType(), Nullable: true}
	}
	return array.NewRecordBatch(arrow.NewSchema(fields, nil), b.cols, int64(b.rows))
}

// Schema returns the columns and their types.
func (b Batch) Schema() *Schema { return &Schema{arrow: b.Arrow().Schema()} }

// String shows the first rows as a table.
func (b Batch) String() string {
	head := b.Slice(0, min(b.rows, 10))
	return textTable(head.Arrow()) + fmt.Sprintf("%d rows, %d columns", b.rows, len(b.names))
}

// MIMEBundle shows the first rows as a table.
func (b Batch) MIMEBundle() map[string]any {
	head := b.Slice(0, min(b.rows, 10))
	return map[string]any{
		"text/plain": b.String(),
		"text/html":  htmlTable(head.Arrow(), nil, fmt.Sprintf("%d rows, %d columns", b.rows, len(b.names))),
	}
}

// arrayOf makes an Arrow array from a slice or returns the array it is given.
func arrayOf(values any) (arrow.Array, error) {
	switch v := values.(type) {
	case arrow.Array:
		return v, nil
	case []float64:
		b := array.NewFloat64Builder(allocator)
		b.AppendValues(v, nil)
		return b.NewArray(), nil
	case []int64:
		b := array.NewInt64Builder(allocator)
		b.AppendValues(v, nil)
		return b.NewArray(), nil
	case []string:
		b := array.NewStringBuilder(allocator)
		b.AppendValues(v, nil)
		return b.NewArray(), nil
	case []bool:
		b := array.NewBooleanBuilder(allocator)
		b.AppendValues(v, nil)
		return b.NewArray(), nil
	}
	v := reflect.ValueOf(values)
	if v.Kind() != reflect.Slice && v.Kind() != reflect.Array {
		return nil, fmt.Errorf("a %T is not a column; give a slice with one value per row", values)
	}
	c := newColumnBuilder()
	if t := columnType(v.Type().Elem()); t != nil {
		c = newTypedColumn(t)
	}
	for i := range v.Len() {
		if err := c.append(v.Index(i)); err != nil {
			return nil, fmt.Errorf("value %d: %w", i, err)
		}
	}
	return c.array()
}

// Value returns one value of a column as Row has it, nil for a null or when
// there is no such column.
func (b Batch) Value(name string, i int) any {
	if a := b.Column(name); a != nil {
		return valueAt(a, i)
	}
	return nil
}

// WithExpr adds the column name with the value of e, or replaces it.
func (b Batch) WithExpr(name string, e Expr) (Batch, error) {
	a, err := e.eval(b.Arrow())
	if err != nil {
		return b, err
	}
	out := b.With(name, a)
	return out, out.Err()
}
