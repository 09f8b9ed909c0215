package marshal

import (
	"reflect"

	"github.com/goray/goray/runtime/internal/codec"
	"github.com/goray/goray/runtime/internal/core"
)

// FlatAny is Flatten of EncodeAny, appended to b, for a v that is a number, a truth value, a short text
// or nothing; ok is false for all others. Most results are of that kind, and need no encoder.
func FlatAny(b []byte, v reflect.Value) (flat []byte, ok bool) { return codec.AppendFlatAny(b, v) }

// UnflatAny decodes what FlatAny made into out, which must be addressable. ok is false where
// only Decode can tell what is to be done, or what is wrong.
func UnflatAny(flat []byte, out reflect.Value) (ok bool) { return codec.DecodeFlatAny(flat, out) }

// FlatSize is the length of Flatten(v).
func FlatSize(v *core.Value) int {
	return codec.Payload{Inline: v.Inline, Segments: v.Segments}.FlatSize()
}

// PutFlat lays v out in dst, which has FlatSize bytes.
func PutFlat(v *core.Value, dst []byte) {
	codec.Payload{Inline: v.Inline, Segments: v.Segments}.PutFlat(dst)
}

// Flatten copies v's bytes into one block.
func Flatten(v *core.Value) []byte {
	return codec.Payload{Inline: v.Inline, Segments: v.Segments}.Flat()
}

// Unflatten finds the parts of a block that Flatten or PutFlat made, without copying.
func Unflatten(b []byte) (core.Value, error) {
	p, err := codec.ParseFlat(b)
	return core.Value{Inline: p.Inline, Segments: p.Segments}, err
}

// Own copies the segments of v, so that the value it was made of may change.
func Own(v core.Value) core.Value {
	for i, s := range v.Segments {
		if i == 0 {
			v.Segments = append([][]byte(nil), v.Segments...)
		}
		v.Segments[i] = append([]byte(nil), s...)
	}
	return v
}

// CopyFlat lays v out like PutFlat, by calls of copyAt. Gaps keep what was there before.
func CopyFlat(v *core.Value, copyAt func(at int64, b []byte) error) error {
	return codec.Payload{Inline: v.Inline, Segments: v.Segments}.CopyFlat(copyAt)
}
