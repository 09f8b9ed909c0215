package wire

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"reflect"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/marshal"
	"github.com/goray/goray/runtime/internal/python"
)

// ValueTag is the first element of the tuple that a Go value is in Ray's store.
const ValueTag = "goray/1"

// The kinds of nested references.
const (
	Object = "o"
	Actor  = "a"
	Group  = "g"
)

// Meta describes a value; it is the second element of its tuple.
type Meta struct {
	Any   bool      `json:"any,omitempty"`
	Refs  []core.ID `json:"refs,omitempty"`
	Kinds string    `json:"kinds,omitempty"` // one letter for each of Refs
	// Python: the body is a value of package python's.
	Python bool `json:"py,omitempty"`
}

// Pack takes a value apart; kind says what each nested reference is.
func Pack(v *core.Value, kind func(core.ID) string) (meta string, body []byte, err error) {
	if v.Failure != nil {
		return "", nil, fmt.Errorf("a failure (%s) is no value", v.Failure.Text)
	}
	if !v.Any && !v.Python && len(v.Refs) == 0 {
		return "{}", marshal.Flatten(v), nil
	}
	m := Meta{Any: v.Any, Refs: v.Refs, Python: v.Python}
	for _, id := range v.Refs {
		m.Kinds += kind(id)
	}
	b, err := json.Marshal(m)
	return string(b), marshal.Flatten(v), err
}

// Unpack puts a value together again. Its segments lie in body.
func Unpack(meta string, body []byte) (core.Value, Meta, error) {
	var m Meta
	if err := json.Unmarshal([]byte(meta), &m); err != nil {
		return core.Value{}, m, fmt.Errorf("the description of a value is damaged: %w", err)
	}
	if len(m.Kinds) != len(m.Refs) {
		return core.Value{}, m, fmt.Errorf("the description of a value names %d references of %d kinds", len(m.Refs), len(m.Kinds))
	}
	v, err := marshal.Unflatten(body)
	if err == nil && m.Python {
		var neutral any
		if neutral, err = python.Decode(v); err != nil {
			return v, m, err
		}
		v, err = marshal.EncodeAny(reflect.ValueOf(neutral))
		return v, m, err
	}
	v.Any, v.Refs = m.Any, m.Refs
	return v, m, err
}

// A note is a value without references in one piece of bytes, which Ray carries as it is; a tuple it
// would pickle. It is
//
//	notePrefix; u32 length, meta; body
//
// with a little endian number.
const notePrefix = "goray/1\x00\x9d\xc4\x5e\x11\xa7\x80\xfb\x36"

// NoteMax is the longest body of a note: a larger one is better not copied once more.
const NoteMax = 64 << 10

// Note makes a note of a value that Pack has taken apart; nil if that is not the form for it.
func Note(meta string, body []byte, refs int) []byte {
	if refs > 0 || len(body) > NoteMax {
		return nil
	}
	b := make([]byte, 0, len(notePrefix)+4+len(meta)+len(body))
	b = binary.LittleEndian.AppendUint32(append(b, notePrefix...), uint32(len(meta)))
	return append(append(b, meta...), body...)
}

// ReadNote takes a note apart; ok is false when b is none.
func ReadNote(b []byte) (meta string, body []byte, ok bool) {
	rest, ok := bytes.CutPrefix(b, []byte(notePrefix))
	if !ok || len(rest) < 4 {
		return "", nil, false
	}
	n := binary.LittleEndian.Uint32(rest)
	if rest = rest[4:]; uint64(n) > uint64(len(rest)) {
		return "", nil, false
	}
	return string(rest[:n]), rest[n:], true
}
