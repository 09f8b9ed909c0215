package marshal

import (
	"github.com/goray/goray/runtime/internal/codec"
	"github.com/goray/goray/runtime/internal/core"
)

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
