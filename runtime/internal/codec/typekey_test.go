package codec

import (
	"encoding/binary"
	"reflect"
	"strings"
	"testing"
)

// local returns a type of a name that another function uses, too.
func local() reflect.Type {
	type twin struct{ A int }
	return reflect.TypeFor[twin]()
}

func local2() reflect.Type {
	type twin struct{ A int }
	return reflect.TypeFor[twin]()
}

func TestTypesOfOtherBuildsAreFoundByTheirNames(t *testing.T) {
	for _, want := range []reflect.Type{
		reflect.TypeFor[point](), reflect.TypeFor[*tree](), reflect.TypeFor[pair[string, int]](), reflect.TypeFor[map[label]shape](),
		reflect.TypeFor[shape](), reflect.TypeFor[parcel](), reflect.TypeOf(local), reflect.TypeFor[strings.Builder](),
	} {
		if got, err := TypeByKey(TypeKey(want)); err != nil || got != want {
			t.Errorf("%s: %v, %v", want, got, err)
		}
	}
	twins := reflect.FuncOf([]reflect.Type{local(), local2()}, nil, false) // so that both are part of the program
	if twins.In(0) == twins.In(1) {
		t.Fatal("one type")
	}
	for want, key := range map[string]func() (string, uint64){
		"not part of this build":     func() (string, uint64) { return "codec.absent", 1 },
		"not made of the same parts": func() (string, uint64) { return "codec.point", 1 },
		"look alike":                 func() (string, uint64) { return TypeKey(local()) },
	} {
		if got, err := TypeByKey(key()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, %v; want %q", got, err, want)
		}
	}
}

// Bytes of another build have other check values before what they say about places.
func TestValuesOfOtherBuilds(t *testing.T) {
	in := any(&tree{Value: 7})
	p, err := Encode(reflect.ValueOf(&in).Elem(), nil)
	if err != nil {
		t.Fatal(err)
	}
	off, _ := typeOffset(reflect.TypeFor[tree]())
	guard := binary.LittleEndian.AppendUint64(nil, checkOf(off))
	b := []byte(strings.Replace(string(p.Flat()), string(guard), "12345678", 1))
	if string(b) == string(p.Flat()) {
		t.Fatal("the check value is not there")
	}
	other, err := ParseFlat(b)
	if err != nil {
		t.Fatal(err)
	}
	v, err := Decode(other, anyType, nil)
	if err != nil || !reflect.DeepEqual(v.Interface(), in) {
		t.Errorf("%v, %v", v, err)
	}
}
