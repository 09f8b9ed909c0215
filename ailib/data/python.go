package data

import (
	"bytes"
	"fmt"
	"reflect"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"

	"github.com/goray/goray/runtime/ray"
)

// Tables cross to and from Python as Arrow IPC streams: an arrow.Table, an arrow.RecordBatch, a Batch or
// a *Block is a pyarrow.Table there, and a pyarrow table or a pandas frame is read as any of the first
// three.
func init() { ray.SetArrow(toStream, fromStream) }

// toStream writes what is a table as a stream.
func toStream(v any) (stream []byte, isTable bool, err error) {
	var out bytes.Buffer
	write := func(schema *arrow.Schema, records func(*ipc.Writer) error) ([]byte, bool, error) {
		w := ipc.NewWriter(&out, ipc.WithSchema(schema), ipc.WithAllocator(allocator))
		if err := records(w); err != nil {
			return nil, true, fmt.Errorf("a table cannot be written: %w", err)
		}
		if err := w.Close(); err != nil {
			return nil, true, fmt.Errorf("a table cannot be written: %w", err)
		}
		return out.Bytes(), true, nil
	}
	one := func(rec arrow.RecordBatch) ([]byte, bool, error) {
		return write(rec.Schema(), func(w *ipc.Writer) error { return w.Write(rec) })
	}
	switch v := v.(type) {
	case arrow.RecordBatch:
		return one(v)
	case arrow.Table:
		return write(v.Schema(), func(w *ipc.Writer) error {
			r := array.NewTableReader(v, 0)
			defer r.Release()
			for r.Next() {
				if err := w.Write(r.RecordBatch()); err != nil {
					return err
				}
			}
			return r.Err()
		})
	case *Batch:
		return toStream(*v)
	case Batch:
		if err := v.Err(); err != nil {
			return nil, true, err
		}
		return one(v.Arrow())
	case *Block:
		rec, err := v.Record()
		if err != nil {
			return nil, true, err
		}
		return one(rec)
	}
	return nil, false, nil
}

var (
	tableType  = reflect.TypeFor[arrow.Table]()
	recordType = reflect.TypeFor[arrow.RecordBatch]()
	batchType  = reflect.TypeFor[*Batch]()
)

// fromStream reads a stream as a t.
func fromStream(stream []byte, t reflect.Type) (table any, known bool, err error) {
	if t != tableType && t != recordType && t != batchType && t != batchType.Elem() {
		return nil, false, nil
	}
	r, err := ipc.NewReader(bytes.NewReader(stream), ipc.WithAllocator(allocator))
	if err != nil {
		return nil, true, fmt.Errorf("a table of Python's cannot be read: %w", err)
	}
	defer r.Release()
	var records []arrow.RecordBatch
	for r.Next() {
		rec := r.RecordBatch()
		rec.Retain()
		records = append(records, rec)
	}
	if err := r.Err(); err != nil {
		return nil, true, fmt.Errorf("a table of Python's cannot be read: %w", err)
	}
	whole := array.NewTableFromRecords(r.Schema(), records)
	if t == tableType {
		return whole, true, nil
	}
	rec, err := oneRecord(whole)
	switch {
	case err != nil || t == recordType:
		return rec, true, err
	case t == batchType.Elem():
		return BatchOf(rec), true, nil
	}
	b := BatchOf(rec)
	return &b, true, nil
}

// oneRecord puts the chunks of a table together.
func oneRecord(t arrow.Table) (arrow.RecordBatch, error) {
	columns := make([]arrow.Array, t.NumCols())
	for i := range columns {
		chunks := t.Column(i).Data().Chunks()
		switch len(chunks) {
		case 0:
			columns[i] = array.MakeArrayOfNull(allocator, t.Schema().Field(i).Type, 0)
		case 1:
			columns[i] = chunks[0]
		default:
			var err error
			if columns[i], err = array.Concatenate(chunks, allocator); err != nil {
				return nil, fmt.Errorf("a table of Python's cannot be put together: %w", err)
			}
		}
	}
	return array.NewRecordBatch(t.Schema(), columns, t.NumRows()), nil
}
