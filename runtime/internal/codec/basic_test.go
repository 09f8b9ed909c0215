package codec

import (
	"bytes"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"
)

// whole is how an encoder writes an interface that holds x.
func whole(t *testing.T, x any) []byte {
	t.Helper()
	box := reflect.New(anyType).Elem()
	if x != nil {
		box.Set(reflect.ValueOf(x))
	}
	p, err := Encode(box, nil)
	if err != nil {
		t.Fatal(err)
	}
	return p.Flat()
}

type named int

func TestBasicValuesAreWrittenAsByTheEncoder(t *testing.T) {
	basic := []any{
		nil, true, false, 0, 1, -1, math.MaxInt, math.MinInt, int8(-3), int16(-300), int32(-70000), int64(math.MinInt64),
		uint(7), uint8(255), uint16(65535), uint32(math.MaxUint32), uint64(math.MaxUint64), float32(1.5), math.Inf(-1), 0.1, "", "text", strings.Repeat("x", maxBasic),
	}
	for _, x := range basic {
		v := reflect.ValueOf(x)
		got, ok := AppendFlatAny([]byte("before"), v)
		if want := whole(t, x); !ok || !bytes.Equal(got, append([]byte("before"), want...)) {
			t.Errorf("%T %v: %x, %v; the encoder writes %x", x, x, got, ok, want)
		}
		flat := got[len("before"):]
		out := reflect.New(anyType).Elem()
		if !DecodeFlatAny(flat, out) || out.Interface() != x {
			t.Errorf("%T %v: decoded as %v", x, x, out.Interface())
		}
		if x == nil {
			continue
		}
		typed := reflect.New(v.Type()).Elem()
		if !DecodeFlatAny(flat, typed) || typed.Interface() != x {
			t.Errorf("%T %v: decoded as %v", x, x, typed.Interface())
		}
		for n := range flat { // cut off anywhere, it is not accepted
			if DecodeFlatAny(flat[:n], reflect.New(anyType).Elem()) {
				t.Errorf("%T %v: %d of %d bytes are accepted", x, x, n, len(flat))
			}
		}
		if DecodeFlatAny(append(bytes.Clone(flat), 0), reflect.New(anyType).Elem()) {
			t.Errorf("%T %v: a byte too many is accepted", x, x)
		}
	}
}

func TestOtherValuesAreLeftToTheEncoder(t *testing.T) {
	for _, x := range []any{named(3), time.Second, uintptr(1), []int{1}, struct{}{}, complex(1, 2), strings.Repeat("x", maxBasic+1)} {
		if b, ok := AppendFlatAny([]byte("before"), reflect.ValueOf(x)); ok || string(b) != "before" {
			t.Errorf("%T: %q, %v", x, b, ok)
		}
		if DecodeFlatAny(whole(t, x), reflect.New(anyType).Elem()) && reflect.TypeOf(x).Kind() != reflect.String {
			t.Errorf("%T is decoded", x)
		}
	}
	if DecodeFlatAny(whole(t, 3), reflect.New(reflect.TypeFor[float64]()).Elem()) {
		t.Error("an int is decoded as a float64")
	}
}
