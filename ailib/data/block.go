package data

import (
	"bytes"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/goray/goray/runtime/ray"
)

// Block is some rows of a dataset as an object of the store. It travels in
// Arrow IPC form; a block read from shared memory uses that memory in place,
// and is decoded when its record is first asked for.
type Block struct {
	head blockHead

	once  sync.Once
	rec   arrow.RecordBatch
	err   error
	parts blockParts
}

// blockHead is what can be known of a block without decoding it.
type blockHead struct {
	Rows  int64
	Bytes int64
	// Bounds cuts the rows into the partitions of a shuffle: partition i is
	// rows Bounds[i] to Bounds[i+1]. Empty for other blocks.
	Bounds []int64
	Meter  []stepMeter
	Node   string // on which it was made, if a task of ours made it
}

// blockParts is a block that has not been decoded.
type blockParts struct {
	schema, meta, body []byte
	hold               *ray.Buffer
}

// NewBlock makes a block of a record, without copying.
func NewBlock(rec arrow.RecordBatch) *Block {
	b := &Block{rec: plainColumns(rec), head: blockHead{Rows: rec.NumRows()}}
	b.once.Do(func() {})
	for _, c := range b.rec.Columns() {
		b.head.Bytes += int64(c.Data().SizeInBytes())
	}
	return b
}

// Rows returns the number of rows.
func (b *Block) Rows() int64 { return b.head.Rows }

// Bytes returns the size of the columns in memory.
func (b *Block) Bytes() int64 { return b.head.Bytes }

// Record returns the rows. They may lie in shared memory: what is kept longer
// than the block must be copied.
func (b *Block) Record() (arrow.RecordBatch, error) {
	b.once.Do(func() {
		b.rec, b.err = decodeParts(b.parts)
		b.parts = blockParts{}
	})
	return b.rec, b.err
}

// Batch returns the rows as a batch.
func (b *Block) Batch() (Batch, error) {
	rec, err := b.Record()
	if err != nil {
		return Batch{}, err
	}
	return BatchOf(rec), nil
}

// MarshalObject writes head, schema, metadata and body as four segments; the
// body is the large one.
func (b *Block) MarshalObject() ([][]byte, error) {
	rec, err := b.Record()
	if err != nil {
		return nil, err
	}
	var head bytes.Buffer
	if err := gob.NewEncoder(&head).Encode(b.head); err != nil {
		return nil, fmt.Errorf("data: block: %w", err)
	}
	schema := ipc.GetSchemaPayload(rec.Schema(), allocator)
	payload, err := ipc.GetRecordBatchPayload(rec, ipc.WithAllocator(allocator))
	if err != nil {
		return nil, fmt.Errorf("data: block: %w", err)
	}
	var body bytes.Buffer
	body.Grow(int(b.head.Bytes) + 128*int(rec.NumCols()+1))
	if err := payload.SerializeBody(&body); err != nil {
		return nil, fmt.Errorf("data: block: %w", err)
	}
	return [][]byte{head.Bytes(), schema.Meta().Bytes(), payload.Meta().Bytes(), body.Bytes()}, nil
}

// UnmarshalObject takes over the segments of MarshalObject.
func (b *Block) UnmarshalObject(segments [][]byte, hold *ray.Buffer) error {
	if len(segments) != 4 {
		return fmt.Errorf("data: a block has 4 segments, not %d; use one version of goray everywhere", len(segments))
	}
	if err := gob.NewDecoder(bytes.NewReader(segments[0])).Decode(&b.head); err != nil {
		return fmt.Errorf("data: block: %w", err)
	}
	b.parts = blockParts{schema: segments[1], meta: segments[2], body: segments[3], hold: hold}
	return nil
}

// holder keeps shared memory reachable from the Arrow buffers that lie in it:
// buffers know their allocator, and this allocator knows the memory.
type holder struct {
	memory.Allocator
	hold *ray.Buffer
}

// Free does nothing: the memory goes when nothing reaches the holder any more.
func (holder) Free([]byte) {}

// messages hands a schema and a batch to Arrow's reader.
type messages struct{ queue []*ipc.Message }

func (m *messages) Message() (*ipc.Message, error) {
	if len(m.queue) == 0 {
		return nil, io.EOF
	}
	next := m.queue[0]
	m.queue = m.queue[1:]
	return next, nil
}
func (m *messages) Retain()  {}
func (m *messages) Release() {}

func decodeParts(p blockParts) (rec arrow.RecordBatch, err error) {
	defer func() {
		if r := recover(); r != nil { // the reader panics on damaged metadata
			err = fmt.Errorf("data: a block is damaged: %v; run the pipeline again", r)
		}
	}()
	body := memory.NewBufferWithAllocator(p.body, holder{allocator, p.hold})
	queue := []*ipc.Message{
		ipc.NewMessage(memory.NewBufferBytes(p.schema), memory.NewBufferBytes(nil)),
		ipc.NewMessage(memory.NewBufferBytes(p.meta), body),
	}
	r, err := ipc.NewReaderFromMessageReader(&messages{queue}, ipc.WithAllocator(allocator))
	if err != nil {
		return nil, fmt.Errorf("data: block: %w", err)
	}
	rec, err = r.Read()
	if err != nil {
		return nil, fmt.Errorf("data: block: %w", err)
	}
	rec.Retain() // the reader keeps one count, which ends with it
	return rec, nil
}

// plainColumns replaces dictionary columns by their values: dictionaries of
// different blocks differ, so that such columns could not be put together.
func plainColumns(rec arrow.RecordBatch) arrow.RecordBatch {
	for i, f := range rec.Schema().Fields() {
		d, ok := f.Type.(*arrow.DictionaryType)
		if !ok {
			continue
		}
		values, err := castArray(rec.Column(i), d.ValueType)
		if err == nil {
			f.Type = d.ValueType
			rec = withColumn(rec, f.Name, values)
		}
	}
	return rec
}

// encodeRecord writes a record as an Arrow IPC stream.
func encodeRecord(rec arrow.RecordBatch) ([]byte, error) {
	var b bytes.Buffer
	w := ipc.NewWriter(&b, ipc.WithSchema(rec.Schema()), ipc.WithAllocator(allocator))
	if err := w.Write(rec); err != nil {
		return nil, err
	}
	err := w.Close()
	return b.Bytes(), err
}

func decodeRecord(data []byte) (arrow.RecordBatch, error) {
	r, err := ipc.NewReader(bytes.NewReader(data), ipc.WithAllocator(allocator))
	if err != nil {
		return nil, err
	}
	rec, err := r.Read()
	if errors.Is(err, io.EOF) {
		return emptyRecord(r.Schema()), nil
	}
	if err != nil {
		return nil, err
	}
	rec.Retain()
	return rec, nil
}

// sliceRecord is rec.NewSlice which accepts records without columns.
func sliceRecord(rec arrow.RecordBatch, low, high int64) arrow.RecordBatch {
	if low == 0 && high == rec.NumRows() {
		return rec
	}
	if rec.NumCols() == 0 {
		return array.NewRecordBatch(rec.Schema(), nil, high-low)
	}
	return rec.NewSlice(low, high)
}

// MarshalObject lets batches be arguments and results of remote functions, in
// the form of blocks.
func (b *Batch) MarshalObject() ([][]byte, error) {
	if err := b.Err(); err != nil {
		return nil, err
	}
	return NewBlock(b.Arrow()).MarshalObject()
}

// UnmarshalObject takes over the segments of MarshalObject.
func (b *Batch) UnmarshalObject(segments [][]byte, hold *ray.Buffer) error {
	var block Block
	if err := block.UnmarshalObject(segments, hold); err != nil {
		return err
	}
	rec, err := block.Record()
	if err != nil {
		return err
	}
	*b = BatchOf(rec)
	return nil
}
