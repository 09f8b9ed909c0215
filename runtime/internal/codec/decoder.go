package codec

import (
	"encoding/binary"
	"fmt"
	"reflect"
	"runtime"
	"sync"
	"unsafe"
)

// Tags of pointers, maps and tracked slices.
const (
	tagNil  = 0
	tagNew  = 1
	tagSeen = 2
	tagHost = 3 // inside of other memory
)

type decoder struct {
	o        *Options
	coders   *coders
	b        []byte
	segments [][]byte
	depth    int
	refs     []identity
	types    []reflect.Type
	hosts    []host
	lastHost int
}

func newDecoder(p Payload, o *Options) (*decoder, error) {
	if o == nil {
		o = &noOptions
	}
	if len(p.Inline) == 0 {
		return nil, errShort
	}
	if p.Inline[0] != version {
		return nil, corrupt("it was written by another version of goray or on a machine of another architecture")
	}
	d := decoders.Get().(*decoder)
	d.o, d.coders, d.b, d.segments = o, codersFor(o), p.Inline[1:], p.Segments
	return d, nil
}

// decoders are those that are not in use: most values are smaller than what decodes them.
var decoders = sync.Pool{New: func() any { return new(decoder) }}

// Decode makes the value of type t that was encoded as that type. Arbitrary bytes give an error,
// never a panic, and no allocation beyond a small multiple of their number.
func Decode(p Payload, t reflect.Type, o *Options) (reflect.Value, error) {
	v := reflect.New(t).Elem()
	return v, DecodeInto(p, v, o)
}

// DecodeInto decodes into v, which must be addressable and zero.
func DecodeInto(p Payload, v reflect.Value, o *Options) error {
	return DecodeAll(p, []reflect.Value{v}, o)
}

// DecodeAll decodes what EncodeAll wrote. The values must be addressable and zero.
func DecodeAll(p Payload, values []reflect.Value, o *Options) (err error) {
	var t reflect.Type
	// The methods of the user's types (UnmarshalBinary, a map key that cannot be hashed) panic on
	// input that no encoder wrote.
	defer func() {
		if r := recover(); r != nil {
			err = &CorruptError{Type: t, Why: fmt.Sprint(r)}
		}
	}()
	defer runtime.KeepAlive(o) // and with it Hold: the payload may be memory that ends with it
	d, err := newDecoder(p, o)
	for i := 0; err == nil && i < len(values); i++ {
		t = values[i].Type()
		err = d.coders.of(t).dec(d, values[i].Addr().UnsafePointer())
	}
	if err == nil && len(d.b) > 0 {
		err = corrupt(fmt.Sprintf("%d bytes are left over", len(d.b)))
	}
	if d != nil { // not after a panic
		*d = decoder{}
		decoders.Put(d)
	}
	if c, ok := err.(corrupt); ok {
		return &CorruptError{Type: t, Why: string(c)}
	}
	return err
}

func (d *decoder) byte() (byte, error) {
	if len(d.b) == 0 {
		return 0, errShort
	}
	x := d.b[0]
	d.b = d.b[1:]
	return x, nil
}

func (d *decoder) uint() (uint64, error) {
	if len(d.b) > 0 && d.b[0] < 0x80 {
		x := uint64(d.b[0])
		d.b = d.b[1:]
		return x, nil
	}
	x, n := binary.Uvarint(d.b)
	if n <= 0 {
		return 0, errShort
	}
	d.b = d.b[n:]
	return x, nil
}

// count reads a number of things of which each takes at least min bytes.
func (d *decoder) count(min int) (int, error) {
	n, err := d.uint()
	if err != nil {
		return 0, err
	}
	return d.fits(n, min)
}

func (d *decoder) fits(n uint64, min int) (int, error) {
	if n > 1<<62 || min > 0 && n > uint64(len(d.b)/min) {
		return 0, errShort
	}
	return int(n), nil
}

// take returns the next n bytes, which stay part of the input.
func (d *decoder) take(n int) ([]byte, error) {
	if n < 0 || n > len(d.b) {
		return nil, errShort
	}
	b := d.b[:n:n]
	d.b = d.b[n:]
	return b, nil
}

func (d *decoder) bytes() ([]byte, error) {
	n, err := d.count(1)
	if err != nil {
		return nil, err
	}
	return d.take(n)
}

func (d *decoder) string() (string, error) {
	b, err := d.bytes()
	return string(b), err
}

func (d *decoder) segment() ([]byte, error) {
	i, err := d.uint()
	if err != nil {
		return nil, err
	}
	if i >= uint64(len(d.segments)) {
		return nil, corrupt("a segment is missing")
	}
	return d.segments[i], nil
}

// seen reads a reference to what was decoded before.
func (d *decoder) seen(t reflect.Type) (identity, error) {
	n, err := d.uint()
	if err != nil {
		return identity{}, err
	}
	if n >= uint64(len(d.refs)) || d.refs[n].t != t {
		return identity{}, corrupt("a reference points at something of another type")
	}
	return d.refs[n], nil
}

func (d *decoder) remember(t reflect.Type, p unsafe.Pointer, n int) {
	d.refs = append(d.refs, identity{t, p, n})
}

func (d *decoder) enter() error {
	if d.depth++; d.depth > maxDepth {
		return corrupt("it is nested too deeply")
	}
	return nil
}

func (d *decoder) leave() { d.depth-- }
