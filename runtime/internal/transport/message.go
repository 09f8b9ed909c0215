package transport

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/marshal"
)

// InlineLimit is the size up to which a value travels inside its frame.
const InlineLimit = 100 << 10

// Writer appends the fields of a payload.
type Writer struct {
	b        []byte
	segments []*Segment
	conn     *Conn
}

// Uint appends an unsigned number, short when it is small.
func (w *Writer) Uint(n uint64) { w.b = binary.AppendUvarint(w.b, n) }

// Int appends a signed number.
func (w *Writer) Int(n int64) { w.b = binary.AppendVarint(w.b, n) }

// ID appends an id.
func (w *Writer) ID(id core.ID) { w.b = binary.LittleEndian.AppendUint64(w.b, uint64(id)) }

// Float appends a number.
func (w *Writer) Float(f float64) { w.b = binary.LittleEndian.AppendUint64(w.b, math.Float64bits(f)) }

// Bool appends a truth value.
func (w *Writer) Bool(v bool) {
	if v {
		w.b = append(w.b, 1)
	} else {
		w.b = append(w.b, 0)
	}
}

// String appends a text.
func (w *Writer) String(s string) {
	w.Uint(uint64(len(s)))
	w.b = append(w.b, s...)
}

// Bytes appends a block.
func (w *Writer) Bytes(b []byte) {
	w.Uint(uint64(len(b)))
	w.b = append(w.b, b...)
}

// IDs appends a list of ids.
func (w *Writer) IDs(ids []core.ID) {
	w.Uint(uint64(len(ids)))
	for _, id := range ids {
		w.ID(id)
	}
}

// JSON appends something rare whose speed does not matter.
func (w *Writer) JSON(v any) {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("transport: %T cannot be written: %v", v, err)) // only our own plain structs come here
	}
	w.Bytes(b)
}

// How a value lies in a payload.
const (
	valueInline  = iota // flat bytes
	valueSegment        // in a segment
	valueFailure
)

// Stored appends a value that is already at rest.
func (w *Writer) Stored(v *Stored) {
	switch {
	case v.Failure != nil:
		w.b = append(w.b, valueFailure)
		w.JSON(v.Failure)
		return
	case v.Segment != nil:
		w.b = append(w.b, valueSegment)
		w.Uint(uint64(v.Segment.Size()))
		v.Segment.Retain()
		w.segments = append(w.segments, v.Segment)
	default:
		w.b = append(w.b, valueInline)
		w.Bytes(v.Flat)
	}
	w.Bool(v.Any)
	w.IDs(v.Refs)
}

// Reader reads the fields of a payload. The first error makes all that follows zero; Err tells.
type Reader struct {
	b    []byte
	fds  []int
	conn *Conn
	err  error
}

// Err returns what was wrong with the payload.
func (r *Reader) Err() error { return r.err }

func (r *Reader) fail(what string) {
	if r.err == nil {
		r.err = fmt.Errorf("transport: a payload ends within %s; both processes must be of one build", what)
	}
	r.b = nil
}

// Uint reads an unsigned number.
func (r *Reader) Uint() uint64 {
	n, k := binary.Uvarint(r.b)
	if k <= 0 {
		r.fail("a number")
		return 0
	}
	r.b = r.b[k:]
	return n
}

// Int reads a signed number.
func (r *Reader) Int() int64 {
	n, k := binary.Varint(r.b)
	if k <= 0 {
		r.fail("a number")
		return 0
	}
	r.b = r.b[k:]
	return n
}

// ID reads an id.
func (r *Reader) ID() core.ID {
	if len(r.b) < 8 {
		r.fail("an id")
		return 0
	}
	id := core.ID(binary.LittleEndian.Uint64(r.b))
	r.b = r.b[8:]
	return id
}

// Float reads a number.
func (r *Reader) Float() float64 { return math.Float64frombits(uint64(r.ID())) }

// Bool reads a truth value.
func (r *Reader) Bool() bool {
	if len(r.b) == 0 {
		r.fail("a truth value")
		return false
	}
	v := r.b[0] != 0
	r.b = r.b[1:]
	return v
}

// view returns the next block without copying it.
func (r *Reader) view() []byte {
	n := r.Uint()
	if n > uint64(len(r.b)) {
		r.fail("a block")
		return nil
	}
	b := r.b[:n:n]
	r.b = r.b[n:]
	return b
}

// String reads a text.
func (r *Reader) String() string { return string(r.view()) }

// Bytes reads a block into memory of its own.
func (r *Reader) Bytes() []byte { return append([]byte(nil), r.view()...) }

// IDs reads a list of ids.
func (r *Reader) IDs() []core.ID {
	n := r.Uint()
	if n > uint64(len(r.b)/8) {
		r.fail("a list of ids")
		return nil
	}
	if n == 0 {
		return nil
	}
	ids := make([]core.ID, n)
	for i := range ids {
		ids[i] = r.ID()
	}
	return ids
}

// JSON reads what Writer.JSON wrote.
func (r *Reader) JSON(v any) {
	b := r.view()
	if r.err != nil {
		return
	}
	if err := json.Unmarshal(b, v); err != nil {
		r.err = fmt.Errorf("transport: %w", err)
	}
}

// Stored reads a value at rest into memory of its own.
func (r *Reader) Stored() *Stored {
	v := &Stored{}
	if len(r.b) == 0 {
		r.fail("a value")
		return v
	}
	how := r.b[0]
	r.b = r.b[1:]
	switch how {
	case valueFailure:
		v.Failure = &core.Failure{}
		r.JSON(v.Failure)
		return v
	case valueSegment:
		size := r.Uint()
		if len(r.fds) == 0 {
			r.fail("a segment")
			return v
		}
		v.Segment = newSegment(r.fds[0], int(size))
		r.fds = r.fds[1:]
	default:
		v.Flat = r.Bytes()
	}
	v.Any = r.Bool()
	v.Refs = r.IDs()
	return v
}

// Stored is a value at rest: flat bytes, a segment, or a failure.
type Stored struct {
	Flat    []byte
	Segment *Segment
	Any     bool
	Refs    []core.ID
	Failure *core.Failure
}

// Store brings a value to rest, copying its memory.
func Store(v core.Value) (*Stored, error) {
	s := &Stored{Any: v.Any, Refs: v.Refs, Failure: v.Failure}
	if v.Failure != nil {
		return s, nil
	}
	size := marshal.FlatSize(&v)
	if size <= InlineLimit {
		s.Flat = marshal.Flatten(v)
		return s, nil
	}
	segment, err := CreateSegment(size)
	if err != nil {
		return nil, err
	}
	if err := segment.Fill(func(b []byte) { marshal.PutFlat(&v, b) }); err != nil {
		segment.Release()
		return nil, err
	}
	s.Segment = segment
	return s, nil
}

// Size is the number of bytes that the value takes.
func (s *Stored) Size() int64 {
	if s.Segment != nil {
		return int64(s.Segment.Size())
	}
	return int64(len(s.Flat))
}

// Release lets go of the segment, if there is one.
func (s *Stored) Release() {
	if s.Segment != nil {
		s.Segment.Release()
	}
}

// Value returns the value for decoding. Memory of a segment stays valid while Hold is reachable.
func (s *Stored) Value() (core.Value, error) {
	if s.Failure != nil {
		return core.Value{Failure: s.Failure}, nil
	}
	flat, hold := s.Flat, any(nil)
	if s.Segment != nil {
		var err error
		if flat, hold, err = s.Segment.Open(); err != nil {
			return core.Value{}, err
		}
	}
	v, err := marshal.Unflatten(flat)
	v.Any, v.Refs, v.Hold = s.Any, s.Refs, hold
	return v, err
}

func flatten(v *core.Value) []byte { return marshal.Flatten(*v) }
