package data

import (
	"fmt"
	"reflect"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// FromItems makes a dataset of a slice: plain values become the column "item",
// structs a column per field (named by the tag `ray:"…"` or the field's name in
// snake case), maps a column per key. Types are inferred from all items: ints
// and floats in one column are widened, a missing key is null.
func FromItems(items any) *Dataset {
	v := reflect.ValueOf(items)
	if v.Kind() != reflect.Slice && v.Kind() != reflect.Array {
		return failed(planErrorf(kindType, "data: FromItems: a %T has no items; give a slice", items))
	}
	w := newRowWriter(v.Type().Elem(), nil)
	for i := range v.Len() {
		if err := w.append(v.Index(i)); err != nil {
			return failed(planErrorf(kindType, "data: FromItems: item %d: %v", i, err))
		}
	}
	rec, err := w.record()
	if err != nil {
		return failed(err)
	}
	if rec.NumRows() == 0 {
		if s := rowSchema(v.Type().Elem()); s != nil {
			rec = emptyRecord(s)
		}
	}
	return fromRecords(rec)
}

// Range makes a dataset with the column "id": 0, 1, … n-1.
func Range(n int) *Dataset {
	if n < 0 {
		return failed(fmt.Errorf("data: Range(%d) is negative; give the number of rows, 0 or more", n))
	}
	return &Dataset{last: &node{Kind: nodeSource, Out: schemaBytes(rangeSchema), Source: &source{Kind: sourceRange, N: int64(n)}}}
}

// FromBatches makes a dataset of batches, which must agree in their columns.
func FromBatches(batches ...Batch) *Dataset {
	recs := make([]arrow.RecordBatch, len(batches))
	for i, b := range batches {
		if err := b.Err(); err != nil {
			return failed(err)
		}
		recs[i] = b.Arrow()
	}
	return FromArrow(recs...)
}

// FromArrow makes a dataset of records, which must agree in their columns. The
// records are copied and may be released.
func FromArrow(records ...arrow.RecordBatch) *Dataset {
	own := make([]arrow.RecordBatch, len(records))
	for i, r := range records {
		stream, err := encodeRecord(r)
		if err == nil {
			own[i], err = decodeRecord(stream)
		}
		if err != nil {
			return failed(fmt.Errorf("data: FromArrow: record %d: %w", i, err))
		}
	}
	rec, err := concatRecords(own)
	if err != nil {
		return failed(err)
	}
	return fromRecords(rec)
}

// FromColumns makes a dataset of columns, in alphabetical order: slices with
// one value per row, as Batch.With takes them.
func FromColumns(columns map[string]any) *Dataset {
	b := NewBatch()
	for _, name := range sortedKeys(columns) {
		b = b.With(name, columns[name])
	}
	return FromBatches(b)
}

// fromRecords cuts a record into blocks which the plan carries.
func fromRecords(rec arrow.RecordBatch) *Dataset {
	rec = plainColumns(rec)
	fields := make([]arrow.Field, rec.NumCols())
	for i, f := range rec.Schema().Fields() {
		fields[i] = arrow.Field{Name: f.Name, Type: f.Type, Nullable: true}
	}
	rec = array.NewRecordBatch(arrow.NewSchema(fields, nil), rec.Columns(), rec.NumRows())
	if err := distinct("FromItems", fieldNames(rec.Schema())); err != nil {
		return failed(err)
	}
	src := &source{Kind: sourceMemory}
	for _, r := range evenRanges(rec.NumRows(), max(1, blocksFor(rec.NumRows()))) {
		data, err := encodeRecord(sliceRecord(rec, r[0], r[1]))
		if err != nil {
			return failed(fmt.Errorf("data: FromItems: %w", err))
		}
		src.Memory = append(src.Memory, memoryPart{IPC: data, Rows: r[1] - r[0]})
	}
	return &Dataset{last: &node{Kind: nodeSource, Out: schemaBytes(rec.Schema()), Source: src}}
}
