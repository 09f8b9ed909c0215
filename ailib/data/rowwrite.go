package data

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// rowWriter collects the results of row functions and makes a record of them.
type rowWriter struct {
	fields []structField             // results are structs
	typed  []*columnBuilder          // one per field, or one for plain values
	loose  map[string]*columnBuilder // results are maps
	order  []string                  // of loose: first the columns of the input
	schema *arrow.Schema
	result reflect.Type
	rows   int
}

// newRowWriter prepares for results of type t; names are the columns of the
// input, which keep their order when the results are maps.
func newRowWriter(t reflect.Type, names []string) *rowWriter {
	w := &rowWriter{result: t, order: slices.Clone(names), loose: map[string]*columnBuilder{}}
	base := t
	if base.Kind() == reflect.Pointer && isRowStruct(base.Elem()) {
		base = base.Elem()
	}
	switch {
	case isRowStruct(base):
		w.fields = structFields(base)
		for _, f := range w.fields {
			if ct := columnType(f.typ); ct != nil {
				w.typed = append(w.typed, newTypedColumn(ct))
			} else {
				w.typed = append(w.typed, newColumnBuilder())
			}
		}
	case isRowMap(base) || base.Kind() == reflect.Interface:
	default:
		if ct := columnType(base); ct != nil {
			w.typed = []*columnBuilder{newTypedColumn(ct)}
		} else {
			w.typed = []*columnBuilder{newColumnBuilder()}
		}
	}
	return w
}

// append adds one result.
func (w *rowWriter) append(v reflect.Value) error {
	for v.Kind() == reflect.Interface || v.Kind() == reflect.Pointer && w.fields != nil {
		if v.IsNil() && v.Kind() == reflect.Interface && w.fields == nil && w.typed == nil {
			w.rows++
			return w.appendLoose(itemColumn, nil)
		}
		if v.IsNil() {
			return fmt.Errorf("the function returned nil instead of a row; return a row, or use Filter or FlatMap to leave rows out")
		}
		v = v.Elem()
	}
	w.rows++
	switch {
	case w.fields != nil:
		for j, f := range w.fields {
			field := v.Field(f.index[0])
			if len(f.index) > 1 {
				field = v.FieldByIndex(f.index)
			}
			if err := w.typed[j].append(field); err != nil {
				return fmt.Errorf("field %q: %w", f.column, err)
			}
		}
		return nil
	case w.typed != nil:
		return w.typed[0].append(v)
	case isRowMap(v.Type()):
		return w.appendMap(v)
	case isRowStruct(v.Type()):
		for _, f := range structFields(v.Type()) {
			if err := w.appendLoose(f.column, v.FieldByIndex(f.index).Interface()); err != nil {
				return err
			}
		}
		return nil
	}
	return w.appendLoose(itemColumn, v.Interface())
}

func (w *rowWriter) appendMap(v reflect.Value) error {
	if row, ok := v.Interface().(Row); ok {
		for name, value := range row {
			if err := w.appendLoose(name, value); err != nil {
				return err
			}
		}
		return nil
	}
	for it := v.MapRange(); it.Next(); {
		if err := w.appendLoose(it.Key().String(), it.Value().Interface()); err != nil {
			return err
		}
	}
	return nil
}

// appendLoose appends to a column that may have begun later or has gaps, which
// are nulls.
func (w *rowWriter) appendLoose(name string, v any) error {
	c := w.loose[name]
	if c == nil {
		c = newColumnBuilder()
		w.loose[name] = c
	}
	for len(c.pending) < w.rows-1 {
		c.pending = append(c.pending, nil)
	}
	return c.appendAny(v)
}

// record makes the record of all results.
func (w *rowWriter) record() (arrow.RecordBatch, error) {
	var fields []arrow.Field
	var cols []arrow.Array
	add := func(name string, c *columnBuilder) error {
		a, err := c.array()
		if err != nil {
			return planErrorf(kindType, "data: column %q: %v", name, err)
		}
		fields = append(fields, arrow.Field{Name: name, Type: a.DataType(), Nullable: true})
		cols = append(cols, a)
		return nil
	}
	for j, f := range w.fields {
		if err := add(f.column, w.typed[j]); err != nil {
			return nil, err
		}
	}
	if w.fields == nil && w.typed != nil {
		if err := add(itemColumn, w.typed[0]); err != nil {
			return nil, err
		}
	}
	for _, name := range w.looseNames() {
		c := w.loose[name]
		for len(c.pending) < w.rows {
			c.pending = append(c.pending, nil)
		}
		if err := add(name, c); err != nil {
			return nil, err
		}
	}
	return array.NewRecordBatch(arrow.NewSchema(fields, nil), cols, int64(w.rows)), nil
}

// looseNames gives the columns of the input first, then new ones by name, so
// that the order does not depend on the iteration order of maps.
func (w *rowWriter) looseNames() []string {
	var out []string
	for _, name := range w.order {
		if w.loose[name] != nil {
			out = append(out, name)
		}
	}
	for _, name := range sortedKeys(w.loose) {
		if !slices.Contains(w.order, name) {
			out = append(out, name)
		}
	}
	return out
}
