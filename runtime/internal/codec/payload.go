package codec

import (
	"encoding/binary"
)

// Payload is an encoded value: a stream, and the large pieces that stand outside of it.
//
// After Encode the segments alias the memory of the value: copy them (AppendFlat, PutFlat) before
// the value may change.
type Payload struct {
	Inline   []byte
	Segments [][]byte
}

// Align is the alignment of segments inside a flat payload whose first byte is aligned itself.
const Align = 64

const flatMagic = 0x31596752 // "RgY1"

// Size returns the bytes of content, without framing.
func (p Payload) Size() int {
	n := len(p.Inline)
	for _, s := range p.Segments {
		n += len(s)
	}
	return n
}

func aligned(n int) int { return (n + Align - 1) &^ (Align - 1) }

// prefix is the magic number, the number of segments and the length of the stream.
const prefix = 4 + 4 + 8

func (p Payload) header() int { return prefix + 8*len(p.Segments) }

// FlatSize returns the length of the payload laid out as one block.
func (p Payload) FlatSize() int {
	n := p.header() + len(p.Inline)
	for _, s := range p.Segments {
		n = aligned(n) + len(s)
	}
	return n
}

// PutFlat lays the payload out in dst, which must have FlatSize bytes.
func (p Payload) PutFlat(dst []byte) {
	p.putHeader(dst)
	n := p.header()
	n += copy(dst[n:], p.Inline)
	for _, s := range p.Segments {
		at := aligned(n)
		clear(dst[n:at])
		n = at + copy(dst[at:], s)
	}
}

func (p Payload) putHeader(dst []byte) {
	le := binary.LittleEndian
	le.PutUint32(dst, flatMagic)
	le.PutUint32(dst[4:], uint32(len(p.Segments)))
	le.PutUint64(dst[8:], uint64(len(p.Inline)))
	for i, s := range p.Segments {
		le.PutUint64(dst[prefix+8*i:], uint64(len(s)))
	}
}

// Flat returns the payload as one block.
func (p Payload) Flat() []byte {
	b := make([]byte, p.FlatSize())
	p.PutFlat(b)
	return b
}

// ParseFlat finds the parts of a block written by PutFlat, without copying.
func ParseFlat(b []byte) (Payload, error) {
	le := binary.LittleEndian
	if len(b) < prefix || le.Uint32(b) != flatMagic {
		return Payload{}, corrupt("codec: the block is not a payload; it was written by something else")
	}
	segments, inline := int(le.Uint32(b[4:])), le.Uint64(b[8:])
	at := prefix + 8*segments
	if at > len(b) || inline > uint64(len(b)-at) {
		return Payload{}, corrupt("codec: the payload is cut off; it was not written completely")
	}
	p := Payload{Inline: b[at : at+int(inline) : at+int(inline)]}
	if segments > 0 {
		p.Segments = make([][]byte, segments)
	}
	at += int(inline)
	for i := range p.Segments {
		n := le.Uint64(b[prefix+8*i:])
		at = aligned(at)
		if at > len(b) || n > uint64(len(b)-at) {
			return Payload{}, corrupt("codec: the payload is cut off; it was not written completely")
		}
		p.Segments[i] = b[at : at+int(n) : at+int(n)]
		at += int(n)
	}
	return p, nil
}

// CopyFlat lays the payload out like PutFlat, by calls of copyAt. The gaps between segments keep
// what was there before.
func (p Payload) CopyFlat(copyAt func(at int64, b []byte) error) error {
	n := p.header()
	head := make([]byte, n, n+len(p.Inline))
	p.putHeader(head)
	if err := copyAt(0, append(head, p.Inline...)); err != nil {
		return err
	}
	n += len(p.Inline)
	for _, s := range p.Segments {
		at := aligned(n)
		if err := copyAt(int64(at), s); err != nil {
			return err
		}
		n = at + len(s)
	}
	return nil
}
