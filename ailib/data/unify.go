package data

import (
	"context"
	"fmt"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/compute"
)

// unifyTypes returns the type that holds the values of both: null gives way to
// anything, integers widen, integers and floats become float64.
func unifyTypes(a, b arrow.DataType) (arrow.DataType, error) {
	switch {
	case arrow.TypeEqual(a, b):
		return a, nil
	case a.ID() == arrow.NULL:
		return b, nil
	case b.ID() == arrow.NULL:
		return a, nil
	case isNumeric(a) && isNumeric(b):
		if isInteger(a) && isInteger(b) {
			return arrow.PrimitiveTypes.Int64, nil
		}
		return arrow.PrimitiveTypes.Float64, nil
	case isText(a) && isText(b):
		return arrow.BinaryTypes.String, nil
	case a.ID() == arrow.LIST && b.ID() == arrow.LIST:
		elem, err := unifyTypes(a.(*arrow.ListType).Elem(), b.(*arrow.ListType).Elem())
		if err != nil {
			return nil, err
		}
		return arrow.ListOf(elem), nil
	case a.ID() == arrow.STRUCT && b.ID() == arrow.STRUCT:
		return unifyStructs(a.(*arrow.StructType), b.(*arrow.StructType))
	}
	return nil, fmt.Errorf("%s and %s in one column; convert the values to one type", typeName(a), typeName(b))
}

func unifyStructs(a, b *arrow.StructType) (arrow.DataType, error) {
	fields := slices.Clone(a.Fields())
	for _, f := range b.Fields() {
		i, ok := a.FieldIdx(f.Name)
		if !ok {
			fields = append(fields, f)
			continue
		}
		t, err := unifyTypes(fields[i].Type, f.Type)
		if err != nil {
			return nil, fmt.Errorf("key %q: %w", f.Name, err)
		}
		fields[i].Type = t
	}
	return arrow.StructOf(fields...), nil
}

func isInteger(t arrow.DataType) bool { return arrow.IsInteger(t.ID()) }
func isNumeric(t arrow.DataType) bool { return arrow.IsInteger(t.ID()) || arrow.IsFloating(t.ID()) }
func isText(t arrow.DataType) bool {
	return t.ID() == arrow.STRING || t.ID() == arrow.LARGE_STRING || t.ID() == arrow.STRING_VIEW
}

// unifySchemas returns the schema that holds the rows of all: the columns of
// the first, then new ones, each with a type for all its values.
func unifySchemas(schemas []*arrow.Schema) (*arrow.Schema, error) {
	if len(schemas) == 0 {
		return arrow.NewSchema(nil, nil), nil
	}
	out := schemas[0]
	for _, s := range schemas[1:] {
		if s.Equal(out) {
			continue
		}
		fields := slices.Clone(out.Fields())
		for _, f := range s.Fields() {
			i := slices.IndexFunc(fields, func(have arrow.Field) bool { return have.Name == f.Name })
			if i < 0 {
				fields = append(fields, f)
				continue
			}
			t, err := unifyTypes(fields[i].Type, f.Type)
			if err != nil {
				return nil, planErrorf(kindSchema, "data: column %q: blocks hold %v", f.Name, err)
			}
			fields[i].Type, fields[i].Nullable = t, true
		}
		out = arrow.NewSchema(fields, nil)
	}
	return out, nil
}

// conform returns rec with the columns and types of schema; a column that rec
// lacks is null.
func conform(rec arrow.RecordBatch, schema *arrow.Schema) (arrow.RecordBatch, error) {
	if rec.Schema().Equal(schema) {
		return rec, nil
	}
	cols := make([]arrow.Array, schema.NumFields())
	for i, f := range schema.Fields() {
		at := rec.Schema().FieldIndices(f.Name)
		if len(at) == 0 {
			cols[i] = array.MakeArrayOfNull(allocator, f.Type, int(rec.NumRows()))
			continue
		}
		col, err := castArray(rec.Column(at[0]), f.Type)
		if err != nil {
			return nil, planErrorf(kindSchema, "data: column %q: %v", f.Name, err)
		}
		cols[i] = col
	}
	return array.NewRecordBatch(schema, cols, rec.NumRows()), nil
}

// castArray converts a column, with an error where a value does not fit.
func castArray(a arrow.Array, to arrow.DataType) (arrow.Array, error) {
	if arrow.TypeEqual(a.DataType(), to) {
		return a, nil
	}
	if a.DataType().ID() == arrow.NULL || a.NullN() == a.Len() {
		return array.MakeArrayOfNull(allocator, to, a.Len()), nil
	}
	if isNested(a.DataType()) || isNested(to) {
		return recast(a, to)
	}
	return compute.CastArray(context.Background(), a, compute.SafeCastOptions(to))
}

func isNested(t arrow.DataType) bool {
	_, nested := t.(arrow.NestedType)
	return nested
}

// recast converts value by value. It is for lists and structs, which Arrow's
// cast kernels handle incompletely.
func recast(a arrow.Array, to arrow.DataType) (arrow.Array, error) {
	c := newTypedColumn(to)
	for i := range a.Len() {
		if err := c.appendAny(valueAt(a, i)); err != nil {
			return nil, fmt.Errorf("value %d: %w", i, err)
		}
	}
	return c.array()
}

// concatRecords puts the rows of recs into one record with the unified schema.
func concatRecords(recs []arrow.RecordBatch) (arrow.RecordBatch, error) {
	schemas := make([]*arrow.Schema, 0, len(recs))
	for _, r := range recs {
		// A block without columns and rows says nothing about the others.
		if r.NumCols() > 0 || r.NumRows() > 0 {
			schemas = append(schemas, r.Schema())
		}
	}
	schema, err := unifySchemas(schemas)
	if err != nil {
		return nil, err
	}
	if len(recs) == 1 {
		return recs[0], nil
	}
	var rows int64
	parts := make([][]arrow.Array, schema.NumFields())
	for _, r := range recs {
		if r.NumRows() == 0 {
			continue
		}
		c, err := conform(r, schema)
		if err != nil {
			return nil, err
		}
		for i := range parts {
			parts[i] = append(parts[i], c.Column(i))
		}
		rows += r.NumRows()
	}
	cols := make([]arrow.Array, len(parts))
	for i, f := range schema.Fields() {
		switch len(parts[i]) {
		case 0:
			cols[i] = array.MakeArrayOfNull(allocator, f.Type, 0)
		case 1:
			cols[i] = parts[i][0]
		default:
			if cols[i], err = array.Concatenate(parts[i], allocator); err != nil {
				return nil, fmt.Errorf("data: column %q: %w", f.Name, err)
			}
		}
	}
	return array.NewRecordBatch(schema, cols, rows), nil
}

func emptyRecord(schema *arrow.Schema) arrow.RecordBatch {
	cols := make([]arrow.Array, schema.NumFields())
	for i, f := range schema.Fields() {
		cols[i] = array.MakeArrayOfNull(allocator, f.Type, 0)
	}
	return array.NewRecordBatch(schema, cols, 0)
}
