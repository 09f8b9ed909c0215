package codec_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/goray/goray/runtime/internal/codec"
)

type station struct {
	Name string
	Next *station
	Rows [3]int
}

// variables are what a session might hold: they refer to each other in every way.
type variables struct {
	P, Q    *int
	X       int
	S       station
	Field   *string
	Element *int
	Whole   *station
	M, N    map[string][]int
	Any     any
	Empty   struct{}
	Large   []float64
}

func (v *variables) all() (all []reflect.Value) {
	s := reflect.ValueOf(v).Elem()
	for i := range s.NumField() {
		all = append(all, s.Field(i))
	}
	return all
}

// apart gives each variable memory of its own, as a session does.
func apart(v *variables) []reflect.Value {
	var all []reflect.Value
	for _, f := range v.all() {
		n := reflect.New(f.Type()).Elem()
		n.Set(f)
		all = append(all, n)
	}
	x, s := all[2].Addr().Interface().(*int), all[3].Addr().Interface().(*station)
	all[0].Set(reflect.ValueOf(x))
	all[1].Set(reflect.ValueOf(x))
	s.Next = s
	all[4].Set(reflect.ValueOf(&s.Name))
	all[5].Set(reflect.ValueOf(&s.Rows[1]))
	all[6].Set(reflect.ValueOf(s))
	all[8].Set(all[7])
	all[9].Set(reflect.ValueOf(any(s)))
	return all
}

func TestVariablesStayConnected(t *testing.T) {
	from := apart(&variables{X: 7, S: station{Name: "a", Rows: [3]int{1, 2, 3}}, M: map[string][]int{"k": {1}}, Large: make([]float64, 10_000)})
	p, errs, err := codec.EncodeVariables(from, 1<<20, nil)
	if err != nil || errors.Join(errs...) != nil {
		t.Fatal(err, errs)
	}
	to := (&variables{}).all()
	p, err = codec.ParseFlat(p.Flat())
	if err != nil {
		t.Fatal(err)
	}
	var v variables
	to = v.all()
	if err := codec.DecodeVariables(p, len(to), func(i int, _ reflect.Type) (reflect.Value, bool) { return to[i], true }, nil); err != nil {
		t.Fatal(err)
	}
	switch {
	case v.X != 7 || v.P != &v.X || v.Q != &v.X:
		t.Error("pointers to a variable", v.X, v.P, v.Q)
	case v.S.Next != &v.S || v.Whole != &v.S || v.Any != any(&v.S):
		t.Error("pointers to a struct")
	case v.Field != &v.S.Name || v.Element != &v.S.Rows[1] || *v.Field != "a" || *v.Element != 2:
		t.Error("pointers into a struct")
	case len(v.Large) != 10_000:
		t.Error("large")
	}
	if v.M["new"] = nil; len(v.N) != 2 {
		t.Error("maps")
	}
}

func TestVariablesThatAreLeftOut(t *testing.T) {
	x, ch := 5, make(chan int)
	through := any(&ch)
	big := make([]int64, 1000)
	from := []reflect.Value{reflect.ValueOf(&ch).Elem(), reflect.ValueOf(&through).Elem(), reflect.ValueOf(&x).Elem(), reflect.ValueOf(&big).Elem()}
	p, errs, err := codec.EncodeVariables(from, 1000, nil)
	if err != nil || errs[0] == nil || errs[1] == nil || errs[2] != nil || !errors.Is(errs[3], codec.ErrTooLarge) || !strings.Contains(errs[1].Error(), "channel") {
		t.Fatal(errs, err)
	}
	y := 0
	err = codec.DecodeVariables(p, 4, func(i int, _ reflect.Type) (reflect.Value, bool) { return reflect.ValueOf(&y).Elem(), i == 2 }, nil)
	if err != nil || y != 5 {
		t.Error(y, err)
	}
}

func TestEncodingStops(t *testing.T) {
	enough := errors.New("enough")
	all := make([]string, 1<<20)
	calls := 0
	_, _, err := codec.EncodeVariables([]reflect.Value{reflect.ValueOf(&all).Elem()}, 1<<30, &codec.Options{Stop: func() error {
		if calls++; calls == 3 {
			return enough
		}
		return nil
	}})
	if !errors.Is(err, enough) || calls != 3 {
		t.Error(err, calls)
	}
}
