package codec

import (
	"encoding/binary"
	"reflect"
	"unsafe"
)

func memory(p unsafe.Pointer, n uintptr) []byte { return unsafe.Slice((*byte)(p), n) }

func boolCoder(c *coder) {
	c.leaf = true
	c.enc = func(e *encoder, p unsafe.Pointer) error {
		b := byte(0)
		if *(*bool)(p) {
			b = 1
		}
		e.b = append(e.b, b)
		return nil
	}
	c.dec = func(d *decoder, p unsafe.Pointer) error {
		b, err := d.byte()
		if b > 1 {
			return corrupt("a bool is neither 0 nor 1")
		}
		*(*bool)(p) = b == 1
		return err
	}
}

// rawCoder is for fixed-size memory of which every bit pattern is valid.
func rawCoder(c *coder) {
	c.raw, c.leaf, c.min = true, true, int(c.t.Size())
	size := c.t.Size()
	c.enc = func(e *encoder, p unsafe.Pointer) error {
		e.b = append(e.b, memory(p, size)...)
		return nil
	}
	c.dec = func(d *decoder, p unsafe.Pointer) error {
		b, err := d.take(int(size))
		copy(memory(p, size), b)
		return err
	}
}

// intCoder writes single integers in few bytes; in arrays and slices they are raw memory.
func intCoder(c *coder) {
	if c.t.Size() == 1 {
		rawCoder(c)
		return
	}
	c.raw, c.leaf = true, true
	size := c.t.Size()
	c.enc = func(e *encoder, p unsafe.Pointer) error {
		e.b = binary.AppendVarint(e.b, loadInt(p, size))
		return nil
	}
	c.dec = func(d *decoder, p unsafe.Pointer) error {
		u, err := d.uint()
		x := int64(u >> 1)
		if u&1 != 0 {
			x = ^x
		}
		storeInt(p, size, x)
		if err == nil && loadInt(p, size) != x {
			return corrupt("a number is too large")
		}
		return err
	}
}

func uintCoder(c *coder) {
	if c.t.Size() == 1 {
		rawCoder(c)
		return
	}
	c.raw, c.leaf = true, true
	size := c.t.Size()
	mask := uint64(1)<<(8*size) - 1 // all ones for size 8
	c.enc = func(e *encoder, p unsafe.Pointer) error {
		e.b = binary.AppendUvarint(e.b, uint64(loadInt(p, size))&mask)
		return nil
	}
	c.dec = func(d *decoder, p unsafe.Pointer) error {
		x, err := d.uint()
		if x&^mask != 0 {
			return corrupt("a number is too large")
		}
		storeInt(p, size, int64(x))
		return err
	}
}

func loadInt(p unsafe.Pointer, size uintptr) int64 {
	switch size {
	case 8:
		return *(*int64)(p)
	case 4:
		return int64(*(*int32)(p))
	case 2:
		return int64(*(*int16)(p))
	default:
		return int64(*(*int8)(p))
	}
}

func storeInt(p unsafe.Pointer, size uintptr, x int64) {
	switch size {
	case 8:
		*(*int64)(p) = x
	case 4:
		*(*int32)(p) = int32(x)
	case 2:
		*(*int16)(p) = int16(x)
	default:
		*(*int8)(p) = int8(x)
	}
}

// stringCoder: 0 and a segment's number, or the length + 1 and the bytes.
func stringCoder(c *coder) {
	c.leaf = true
	c.enc = func(e *encoder, p unsafe.Pointer) error {
		s := *(*string)(p)
		if len(s) >= segmentBytes {
			e.uint(0)
			e.uint(uint64(len(e.segments)))
			e.segments = append(e.segments, unsafe.Slice(unsafe.StringData(s), len(s)))
			return nil
		}
		e.uint(uint64(len(s)) + 1)
		e.b = append(e.b, s...)
		return nil
	}
	c.dec = func(d *decoder, p unsafe.Pointer) error {
		n, err := d.uint()
		if err != nil {
			return err
		}
		var b []byte
		if n == 0 {
			b, err = d.segment()
		} else if n, err := d.fits(n-1, 1); err != nil {
			return err
		} else {
			b, _ = d.take(n)
		}
		*(*string)(p) = string(b)
		return err
	}
}

func refuseCoder(c *coder, why *refused) {
	c.leaf = true
	nilable := false
	switch c.t.Kind() {
	case reflect.Chan, reflect.Pointer, reflect.UnsafePointer, reflect.Func, reflect.Map:
		nilable = true // a nil of these is one zero word
	}
	c.enc = func(e *encoder, p unsafe.Pointer) error {
		if nilable && *(*unsafe.Pointer)(p) == nil {
			e.b = append(e.b, tagNil)
			return nil
		}
		return why.error(c.t)
	}
	c.dec = func(d *decoder, p unsafe.Pointer) error {
		if b, err := d.byte(); nilable && b == tagNil {
			return err
		}
		return why.error(c.t)
	}
}

func funcCoder(c *coder) {
	c.leaf = true
	c.enc = func(e *encoder, p unsafe.Pointer) error {
		if *(*unsafe.Pointer)(p) == nil {
			e.b = append(e.b, tagNil)
			return nil
		}
		if e.o.Funcs == nil {
			return refusedFunc.error(c.t)
		}
		b, err := e.o.Funcs.EncodeFunc(reflect.NewAt(c.t, p).Elem().Interface())
		if err != nil {
			return &UnsupportedError{Type: c.t, Why: err.Error(), Fix: refusedFunc.fix}
		}
		e.b = append(e.b, tagNew)
		e.bytes(b)
		return nil
	}
	c.dec = func(d *decoder, p unsafe.Pointer) error {
		tag, err := d.byte()
		if err != nil || tag == tagNil {
			return err
		}
		b, err := d.bytes()
		if err != nil {
			return err
		}
		if d.o.Funcs == nil {
			return refusedFunc.error(c.t)
		}
		fn, err := d.o.Funcs.DecodeFunc(b, c.t)
		if err != nil {
			return err
		}
		return assign(reflect.NewAt(c.t, p).Elem(), fn)
	}
}

// assign sets v to x, which comes from outside of the codec.
func assign(v reflect.Value, x any) error {
	r := reflect.ValueOf(x)
	if !r.IsValid() || !r.Type().AssignableTo(v.Type()) {
		return corrupt("got a " + typeName(x) + " where a " + v.Type().String() + " belongs")
	}
	v.Set(r)
	return nil
}

func typeName(x any) string {
	if x == nil {
		return "nil"
	}
	return reflect.TypeOf(x).String()
}
