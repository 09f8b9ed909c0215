package codec

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

type ref struct{ id string }

type refs struct{ seen []string }

func (r *refs) EncodeRef(x any) ([]byte, error) {
	r.seen = append(r.seen, x.(*ref).id)
	return []byte(x.(*ref).id), nil
}
func (r *refs) DecodeRef(b []byte) (any, error) { return &ref{string(b)}, nil }

type typedRef[T any] struct{ ref *ref }

func TestReferences(t *testing.T) {
	table := &refs{}
	o := &Options{RefType: reflect.TypeFor[*ref](), Refs: table}
	in := map[string]any{"a": typedRef[int]{&ref{"one"}}, "b": []typedRef[string]{{&ref{"two"}}, {nil}}}
	p, err := Encode(reflect.ValueOf(in), o)
	if err != nil || len(table.seen) != 2 {
		t.Fatal(err, table.seen)
	}
	v, err := Decode(p, reflect.TypeOf(in), o)
	if err != nil || !reflect.DeepEqual(v.Interface(), in) {
		t.Errorf("%#v %v", v, err)
	}
}

type cellTypes map[string]reflect.Type

func (c cellTypes) TypeName(t reflect.Type) (string, error) {
	for n, x := range c {
		if x == t {
			return n, nil
		}
	}
	return "", errors.New("not declared in a cell")
}

func (c cellTypes) TypeByName(name string) (reflect.Type, error) {
	if t := c[name]; t != nil {
		return t, nil
	}
	return nil, fmt.Errorf("no type %s", name)
}

// Types without a name made at run time are described by their parts.
func TestTypesMadeAtRunTime(t *testing.T) {
	made := reflect.StructOf([]reflect.StructField{{Name: "N", Type: reflect.TypeFor[int]()}, {Name: "Me", Type: reflect.TypeFor[[]label]()}})
	v := reflect.New(made).Elem()
	v.Field(0).SetInt(7)
	if got := roundTrip(t, v.Interface()); !reflect.DeepEqual(got, v.Interface()) {
		t.Errorf("%#v", got)
	}
	for _, x := range []any{reflect.New(reflect.ArrayOf(7, made)).Interface(), reflect.MakeMap(reflect.MapOf(reflect.TypeFor[string](), made)).Interface()} {
		if got := roundTrip(t, x); !reflect.DeepEqual(got, x) {
			t.Errorf("%#v", got)
		}
	}
}

type badge struct{ side float64 }

func TestRegisteredTypes(t *testing.T) {
	RegisterType("codec_test.badge", reflect.TypeFor[badge]())
	p, err := Encode(reflect.ValueOf([]any{badge{3}}), nil)
	if err != nil || !strings.Contains(string(p.Inline), "codec_test.badge") {
		t.Error(err)
	}
	if got := roundTrip(t, badge{4}); got != (badge{4}) {
		t.Error(got)
	}
}

type funcs struct{}

func (funcs) EncodeFunc(fn any) ([]byte, error) { return []byte("double"), nil }
func (funcs) DecodeFunc(b []byte, t reflect.Type) (any, error) {
	return func(x int) int { return 2 * x }, nil
}

func TestFunctions(t *testing.T) {
	o := &Options{Funcs: funcs{}}
	p, err := Encode(reflect.ValueOf(withFunc{func(x int) int { return 2 * x }}), o)
	if err != nil {
		t.Fatal(err)
	}
	v, err := Decode(p, reflect.TypeFor[withFunc](), o)
	if err != nil || v.Interface().(withFunc).Do(4) != 8 {
		t.Error(err)
	}
}

func TestSeveralValues(t *testing.T) {
	shared := &point{1, 2}
	p, err := EncodeAll([]reflect.Value{reflect.ValueOf(shared), reflect.ValueOf("x"), reflect.ValueOf(shared)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var a, b *point
	var s string
	err = DecodeAll(p, []reflect.Value{reflect.ValueOf(&a).Elem(), reflect.ValueOf(&s).Elem(), reflect.ValueOf(&b).Elem()}, nil)
	if err != nil || a != b || s != "x" {
		t.Error(err, a, b, s)
	}
}
