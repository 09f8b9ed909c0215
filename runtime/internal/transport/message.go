package transport

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"os"

	"github.com/goray/goray/runtime/internal/core"
)

// Writer appends the fields of a payload.
type Writer struct {
	b     []byte
	files []*os.File
	conn  *Conn
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

// File appends a file's descriptor and takes the file over.
func (w *Writer) File(f *os.File) { w.files = append(w.files, f) }

// Reader reads the fields of a payload. The first error makes all that follows zero; Err tells.
type Reader struct {
	b    []byte
	fds  []int
	conn *Conn
	err  error
}

// NewReader returns a reader of a payload that came on no connection.
func NewReader(payload []byte) Reader { return Reader{b: payload, conn: &Conn{}} }

// Err returns what was wrong with the payload.
func (r *Reader) Err() error { return r.err }

// Empty reports whether nothing is left.
func (r *Reader) Empty() bool { return len(r.b) == 0 }

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

// File takes the next descriptor that came with the frame.
func (r *Reader) File() *os.File {
	if len(r.fds) == 0 {
		r.fail("the list of descriptors")
		return nil
	}
	f := os.NewFile(uintptr(r.fds[0]), "shared memory")
	r.fds = r.fds[1:]
	return f
}
