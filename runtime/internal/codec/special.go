package codec

import (
	"encoding"
	"encoding/gob"
	"math/big"
	"reflect"
	"regexp"
	"strings"
	"time"
	"unsafe"
)

// special types keep their meaning only when they are taken apart by their own rules.
var special map[reflect.Type]func(c *coder)

func init() {
	special = map[reflect.Type]func(c *coder){
		reflect.TypeFor[time.Time]():       timeCoder,
		reflect.TypeFor[*time.Location]():  locationCoder,
		reflect.TypeFor[big.Int]():         gobCoder,
		reflect.TypeFor[big.Float]():       gobCoder,
		reflect.TypeFor[big.Rat]():         gobCoder,
		reflect.TypeFor[regexp.Regexp]():   textCoder,
		reflect.TypeFor[strings.Builder](): builderCoder,
	}
}

// timeCoder: seconds, nanoseconds, location. The monotonic clock is another process's.
func timeCoder(c *coder) {
	c.leaf, c.min = true, 4
	c.enc = func(e *encoder, p unsafe.Pointer) error {
		t := *(*time.Time)(p)
		e.b = appendInt(e.b, t.Unix())
		e.uint(uint64(t.Nanosecond()))
		_, offset := t.Zone()
		e.location(t.Location(), offset)
		return nil
	}
	c.dec = func(d *decoder, p unsafe.Pointer) error {
		sec, err := d.int()
		if err != nil {
			return err
		}
		ns, err := d.uint()
		if err != nil {
			return err
		}
		if ns >= 1e9 {
			return corrupt("a time has too many nanoseconds")
		}
		t := time.Unix(sec, int64(ns))
		loc, err := d.location(t)
		if err != nil {
			return err
		}
		*(*time.Time)(p) = t.In(loc)
		return nil
	}
}

func locationCoder(c *coder) {
	c.leaf = true
	c.enc = func(e *encoder, p unsafe.Pointer) error {
		loc := *(**time.Location)(p)
		if loc == nil {
			e.b = append(e.b, tagNil)
			return nil
		}
		e.b = append(e.b, tagNew)
		_, offset := time.Unix(0, 0).In(loc).Zone()
		e.location(loc, offset)
		return nil
	}
	c.dec = func(d *decoder, p unsafe.Pointer) error {
		tag, err := d.byte()
		if err != nil || tag == tagNil {
			return err
		}
		loc, err := d.location(time.Unix(0, 0))
		*(**time.Location)(p) = loc
		return err
	}
}

func (e *encoder) location(loc *time.Location, offset int) {
	name := loc.String() // "UTC", "Local", "Europe/Berlin", a fixed zone's name
	e.string(name)
	e.b = appendInt(e.b, int64(offset))
}

// location reads the zone of the instant t. A zone that is unknown here, or differs, becomes a
// fixed one of the same name and offset.
func (d *decoder) location(t time.Time) (*time.Location, error) {
	name, err := d.string()
	if err != nil {
		return nil, err
	}
	offset, err := d.int()
	if err != nil || name == "UTC" && offset == 0 {
		return time.UTC, err
	}
	loc := time.Local
	if name != "Local" {
		if loc, err = time.LoadLocation(name); err != nil || name == "" {
			return time.FixedZone(name, int(offset)), nil
		}
	}
	if _, here := t.In(loc).Zone(); here != int(offset) {
		return time.FixedZone(name, int(offset)), nil
	}
	return loc, nil
}

func appendInt(b []byte, x int64) []byte {
	u := uint64(x) << 1
	if x < 0 {
		u = ^u
	}
	for ; u >= 0x80; u >>= 7 {
		b = append(b, byte(u)|0x80)
	}
	return append(b, byte(u))
}

func (d *decoder) int() (int64, error) {
	u, err := d.uint()
	x := int64(u >> 1)
	if u&1 != 0 {
		x = ^x
	}
	return x, err
}

func builderCoder(c *coder) {
	c.leaf = true
	c.enc = func(e *encoder, p unsafe.Pointer) error {
		e.string((*strings.Builder)(p).String())
		return nil
	}
	c.dec = func(d *decoder, p unsafe.Pointer) error {
		b, err := d.bytes()
		if len(b) > 0 {
			(*strings.Builder)(p).Write(b)
		}
		return err
	}
}

func gobCoder(c *coder) {
	ownCoder(c, func(x any) ([]byte, error) { return x.(gob.GobEncoder).GobEncode() },
		func(x any, b []byte) error { return x.(gob.GobDecoder).GobDecode(b) })
}

func textCoder(c *coder) {
	ownCoder(c, func(x any) ([]byte, error) { return x.(encoding.TextMarshaler).MarshalText() },
		func(x any, b []byte) error { return x.(encoding.TextUnmarshaler).UnmarshalText(b) })
}

func binaryCoder(c *coder) {
	if !has(c.t, binaryMarshaler, binaryUnmarshaler) {
		gobCoder(c)
		return
	}
	ownCoder(c, func(x any) ([]byte, error) { return x.(encoding.BinaryMarshaler).MarshalBinary() },
		func(x any, b []byte) error { return x.(encoding.BinaryUnmarshaler).UnmarshalBinary(b) })
}

// ownCoder calls methods of *T.
func ownCoder(c *coder, write func(x any) ([]byte, error), read func(x any, b []byte) error) {
	c.leaf = true
	c.enc = func(e *encoder, p unsafe.Pointer) error {
		b, err := write(reflect.NewAt(c.t, p).Interface())
		if err != nil {
			return &UnsupportedError{Type: c.t, Why: "its own encoding failed: " + err.Error(), Fix: "check the value"}
		}
		e.bytes(b)
		return nil
	}
	c.dec = func(d *decoder, p unsafe.Pointer) error {
		b, err := d.bytes()
		if err != nil {
			return err
		}
		// A copy, as the value may keep it.
		if err := read(reflect.NewAt(c.t, p).Interface(), append([]byte(nil), b...)); err != nil {
			return corrupt(c.t.String() + ": " + err.Error())
		}
		return nil
	}
}

// objectCoder stores what MarshalObject returns as segments of the payload.
func objectCoder(c *coder) {
	c.leaf = true
	c.enc = func(e *encoder, p unsafe.Pointer) error {
		segments, err := reflect.NewAt(c.t, p).Interface().(ObjectMarshaler).MarshalObject()
		if err != nil {
			return &UnsupportedError{Type: c.t, Why: "its own encoding failed: " + err.Error(), Fix: "check the value"}
		}
		e.uint(uint64(len(segments)))
		e.uint(uint64(len(e.segments)))
		e.segments = append(e.segments, segments...)
		return nil
	}
	c.min = 2
	c.dec = func(d *decoder, p unsafe.Pointer) error {
		n, err := d.uint()
		if err != nil {
			return err
		}
		first, err := d.uint()
		if err != nil {
			return err
		}
		all := uint64(len(d.segments))
		if first > all || n > all-first {
			return corrupt("segments are missing")
		}
		u := reflect.NewAt(c.t, p).Interface().(ObjectUnmarshaler)
		if err := u.UnmarshalObject(d.segments[first:first+n:first+n], d.o.Hold); err != nil {
			return corrupt(c.t.String() + ": " + err.Error())
		}
		return nil
	}
}
