package codec

import (
	"bytes"
	"errors"
	"reflect"
	"runtime"
	"testing"
)

var fuzzTypes = []reflect.Type{
	reflect.TypeFor[any](), reflect.TypeFor[nested](), reflect.TypeFor[embedded](), reflect.TypeFor[map[any]any](), reflect.TypeFor[[]*tree](),
	reflect.TypeFor[*table](), reflect.TypeFor[[]error](), reflect.TypeFor[event](), reflect.TypeFor[loop](), reflect.TypeFor[[]struct{}](), reflect.TypeFor[ranking](),
}

// FuzzDecode: whatever the bytes, an error or a value. A value is encoded again as a check that
// it is well-formed.
func FuzzDecode(f *testing.F) {
	for i, v := range plain {
		if p, err := EncodeAs(reflect.ValueOf(&v).Elem(), fuzzTypes[0], nil); err == nil && len(p.Inline) < 2000 {
			f.Add(uint8(0), p.Inline, []byte("segment"))
		}
		if v != nil {
			if p, err := Encode(reflect.ValueOf(v), nil); err == nil && len(p.Inline) < 2000 {
				f.Add(uint8(i), p.Inline, []byte("12345678"))
			}
		}
	}
	if p, err := Encode(reflect.ValueOf(rank()), nil); err == nil {
		f.Add(uint8(len(fuzzTypes)-1), p.Inline, []byte("x"))
	}
	f.Fuzz(func(t *testing.T, which uint8, data, segment []byte) {
		typ := fuzzTypes[int(which)%len(fuzzTypes)]
		v, err := Decode(Payload{data, [][]byte{segment}}, typ, nil)
		if err != nil {
			return
		}
		var u *UnsupportedError
		if _, err := EncodeAs(v, typ, nil); err != nil && !errors.As(err, &u) {
			t.Errorf("a decoded %s does not encode: %v", typ, err)
		}
	})
}

// Every prefix of an encoding is an error, as is every encoding with a byte too many.
func TestCutOff(t *testing.T) {
	for _, v := range plain {
		if v == nil {
			continue
		}
		p, err := Encode(reflect.ValueOf(v), nil)
		if err != nil {
			t.Fatal(err)
		}
		for n := range p.Inline {
			if n > 3000 {
				break
			}
			if _, err := Decode(Payload{p.Inline[:n], p.Segments}, reflect.TypeOf(v), nil); err == nil {
				t.Fatalf("%T: %d of %d bytes were accepted", v, n, len(p.Inline))
			}
		}
		var c *CorruptError
		if _, err := Decode(Payload{append(p.Inline, 0), p.Segments}, reflect.TypeOf(v), nil); !errors.As(err, &c) {
			t.Errorf("%T: a byte too many: %v", v, err)
		}
	}
}

func TestFlatPayload(t *testing.T) {
	for _, p := range []Payload{{}, {Inline: []byte("a")}, {Inline: []byte("abc"), Segments: [][]byte{{1}, {}, make([]byte, 100)}}} {
		flat := p.Flat()
		copied := make([]byte, len(flat))
		p.CopyFlat(func(at int64, b []byte) error { copy(copied[at:], b); return nil })
		if !bytes.Equal(flat, copied) {
			t.Error("CopyFlat differs from PutFlat")
		}
		got, err := ParseFlat(flat)
		if err != nil || !bytes.Equal(got.Inline, p.Inline) || len(got.Segments) != len(p.Segments) {
			t.Fatal(err)
		}
		for i := range got.Segments {
			if !bytes.Equal(got.Segments[i], p.Segments[i]) {
				t.Error(i)
			}
		}
		for n := range flat {
			ParseFlat(flat[:n]) // must not panic
		}
		if _, err := ParseFlat(flat[:len(flat)-1]); err == nil && p.Size() > 0 {
			t.Error("a cut payload was accepted")
		}
	}
}

func TestBoolsAreBools(t *testing.T) {
	want := make([]bool, 20_000)
	want[7] = true
	p, err := Encode(reflect.ValueOf(want), nil)
	if err != nil || len(p.Segments) != 1 {
		t.Fatal(err, len(p.Segments))
	}
	v, err := Decode(p, reflect.TypeOf(want), nil)
	if err != nil || !reflect.DeepEqual(v.Interface(), want) {
		t.Error(err)
	}
	p.Segments[0] = bytes.Repeat([]byte{2}, 3)
	if _, err := Decode(p, reflect.TypeOf(want), nil); err == nil {
		t.Error("a byte of 2 became a bool")
	}
}

// A length that the input cannot hold allocates nothing.
func TestAbsurdLengths(t *testing.T) {
	huge := []byte{version, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x3f}
	for _, typ := range append(fuzzTypes, reflect.TypeFor[[]float64](), reflect.TypeFor[map[string]int](), reflect.TypeFor[[]string](), reflect.TypeFor[string](), reflect.TypeFor[*[1 << 30]bool]()) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		Decode(Payload{Inline: huge}, typ, nil)
		Decode(Payload{Inline: huge[:3]}, typ, nil)
		runtime.ReadMemStats(&after)
		if n := after.TotalAlloc - before.TotalAlloc; n > 1<<20 {
			t.Errorf("%s: %d bytes", typ, n)
		}
	}
}
