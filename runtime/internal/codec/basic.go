package codec

import (
	"encoding/binary"
	"math"
	"reflect"
	"unsafe"
)

// basicKinds are the places in basics of the types whose values are written without an encoder: those
// that most functions return. 0 is none of them.
var basicKinds = func() (places [reflect.UnsafePointer + 1]struct {
	t   reflect.Type
	tag byte
}) {
	for i, t := range basics {
		switch t.Kind() {
		case reflect.Bool, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
			reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Float32, reflect.Float64, reflect.String:
			if t.PkgPath() == "" { // time.Duration is a basic one, too
				places[t.Kind()].t, places[t.Kind()].tag = t, byte(ifaceTypes+i)
			}
		}
	}
	return places
}()

// maxBasic is how long a text may be that is written without an encoder.
const maxBasic = 1 << 10

// AppendFlatAny appends what Encode writes of an interface that holds v, laid out as PutFlat does, if v
// is a number, a truth value, a short text, or nothing. ok is false for all others.
func AppendFlatAny(b []byte, v reflect.Value) (flat []byte, ok bool) {
	if v.IsValid() && v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	start := len(b)
	le := binary.LittleEndian
	b = le.AppendUint64(le.AppendUint32(le.AppendUint32(b, flatMagic), 0), 0)
	b = append(b, version)
	if !v.IsValid() {
		b = append(b, ifaceNil)
		le.PutUint64(b[start+8:], uint64(len(b)-start-prefix))
		return b, true
	}
	kind := v.Kind()
	if known := &basicKinds[kind]; known.t != v.Type() {
		return b[:start], false
	} else {
		b = append(b, known.tag)
	}
	switch kind {
	case reflect.Bool:
		if v.Bool() {
			b = append(b, 1)
		} else {
			b = append(b, 0)
		}
	case reflect.Int8:
		b = append(b, byte(v.Int()))
	case reflect.Uint8:
		b = append(b, byte(v.Uint()))
	case reflect.Int, reflect.Int16, reflect.Int32, reflect.Int64:
		b = binary.AppendVarint(b, v.Int())
	case reflect.Uint, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		b = binary.AppendUvarint(b, v.Uint())
	case reflect.Float32:
		b = binary.NativeEndian.AppendUint32(b, math.Float32bits(float32(v.Float())))
	case reflect.Float64:
		b = binary.NativeEndian.AppendUint64(b, math.Float64bits(v.Float()))
	case reflect.String:
		s := v.String()
		if len(s) > maxBasic {
			return b[:start], false
		}
		b = append(binary.AppendUvarint(b, uint64(len(s))+1), s...)
	}
	le.PutUint64(b[start+8:], uint64(len(b)-start-prefix))
	return b, true
}

// DecodeFlatAny decodes into out, which must be addressable, what AppendFlatAny wrote, if out is
// an any or has the very type of the content. ok is false when it is something else, or damaged: Decode
// says what.
func DecodeFlatAny(flat []byte, out reflect.Value) (ok bool) {
	const stream = prefix + 2
	if len(flat) < stream || binary.LittleEndian.Uint64(flat) != flatMagic || flat[prefix] != version ||
		binary.LittleEndian.Uint64(flat[8:]) != uint64(len(flat)-prefix) {
		return false
	}
	tag, b := flat[prefix+1], flat[stream:]
	if tag == ifaceNil {
		out.SetZero()
		return len(b) == 0
	}
	if tag < ifaceTypes || int(tag-ifaceTypes) >= len(basics) {
		return false
	}
	t := basics[tag-ifaceTypes]
	if basicKinds[t.Kind()].t != t {
		return false
	}
	target := out.Type()
	whole := target == anyType
	if !whole && target != t {
		return false
	}
	if t.Kind() == reflect.String {
		n, k := binary.Uvarint(b)
		if k <= 0 || n == 0 || n-1 != uint64(len(b)-k) {
			return false
		}
		s := string(b[k:])
		if whole {
			*(*any)(out.Addr().UnsafePointer()) = s
		} else {
			out.SetString(s)
		}
		return true
	}
	if t.Kind() == reflect.Int { // nearly always
		u, k := binary.Uvarint(b)
		if k <= 0 || k != len(b) {
			return false
		}
		x := int64(u >> 1)
		if u&1 != 0 {
			x = ^x
		}
		if int64(int(x)) != x {
			return false
		}
		if p := out.Addr().UnsafePointer(); whole {
			*(*any)(p) = int(x)
		} else {
			*(*int)(p) = int(x)
		}
		return true
	}
	d := decoder{o: &noOptions, b: b}
	p := out.Addr().UnsafePointer()
	if whole {
		v := reflect.New(t)
		if !d.scalar(t, v.UnsafePointer()) {
			return false
		}
		*(*any)(p) = v.Elem().Interface()
		return true
	}
	return d.scalar(t, p)
}

// scalar decodes the rest of the input as a basic type.
func (d *decoder) scalar(t reflect.Type, p unsafe.Pointer) bool {
	c := codersFor(d.o).of(t)
	before := len(d.b)
	if before < c.min || c.dec(d, p) != nil || len(d.b) != 0 {
		clear(memory(p, t.Size()))
		return false
	}
	return true
}

var anyType = reflect.TypeFor[any]()
