package marshal

import (
	"errors"
	"fmt"
	"reflect"
	"sync"

	"github.com/goray/goray/runtime/internal/core"
)

var definitions sync.Map // hash → core.Definition

var errNoCodec = errors.New("values cannot leave the process yet; use ray.Config{InProcess: true}")

// Live wraps a Go value for a backend that shares memory.
func Live(v reflect.Value) core.Value {
	if !v.IsValid() {
		return core.Value{IsLive: true}
	}
	return core.Value{Live: v.Interface(), IsLive: true}
}

// Encode encodes v under its own type.
func Encode(v reflect.Value) (core.Value, error) { return core.Value{}, errNoCodec }

// Decode returns the value as a t, or as what it was encoded as when t is nil.
func Decode(v core.Value, t reflect.Type) (reflect.Value, error) {
	if v.IsLive {
		return convertLive(v.Live, t)
	}
	return reflect.Value{}, errNoCodec
}

func convertLive(live any, t reflect.Type) (reflect.Value, error) {
	v := reflect.ValueOf(live)
	if t == nil {
		return v, nil
	}
	if !v.IsValid() {
		return reflect.Zero(t), nil
	}
	return Convert(v, t)
}

// Convert makes a t of v where Go would assign it, or where an untyped constant of v's value
// could have been written instead (Remote(3) for a float64 parameter).
func Convert(v reflect.Value, t reflect.Type) (reflect.Value, error) {
	from := v.Type()
	if from == t {
		return v, nil
	}
	if from.AssignableTo(t) {
		return v.Convert(t), nil
	}
	if untypedLike(from) && numeric(t.Kind()) {
		c := v.Convert(t)
		if back := c.Convert(from); back.Equal(v) && sameSign(v, c) {
			return c, nil
		}
		return reflect.Value{}, fmt.Errorf("%v does not fit into %s", v, t)
	}
	if from == reflect.TypeFor[string]() && t.Kind() == reflect.String {
		return v.Convert(t), nil // a string constant for a named string type
	}
	if from == reflect.TypeFor[bool]() && t.Kind() == reflect.Bool {
		return v.Convert(t), nil
	}
	return reflect.Value{}, fmt.Errorf("%s is not assignable to %s", from, t)
}

// untypedLike reports whether an untyped numeric constant becomes this type in an any.
func untypedLike(t reflect.Type) bool {
	return t == reflect.TypeFor[int]() || t == reflect.TypeFor[float64]() || t == reflect.TypeFor[rune]()
}

func numeric(k reflect.Kind) bool { return k >= reflect.Int && k <= reflect.Float64 }

// sameSign tells -1 from the largest uint64, which convert to each other and back.
func sameSign(a, b reflect.Value) bool { return negative(a) == negative(b) }

func negative(v reflect.Value) bool {
	switch {
	case v.CanInt():
		return v.Int() < 0
	case v.CanFloat():
		return v.Float() < 0
	}
	return false
}

func encodeCaptures(captures []core.Capture) (core.Value, error) {
	if len(captures) == 0 {
		return core.Value{}, nil
	}
	return core.Value{}, errNoCodec
}

func decodeCaptures(v core.Value, types []reflect.Type) ([]reflect.Value, error) {
	if len(types) == 0 {
		return nil, nil
	}
	return nil, errNoCodec
}

// RefTable is how references travel: as ids, and with a count of their own on arrival.
type RefTable interface {
	Out(ref any) (core.ID, error)
	In(id core.ID) any
}

var refs struct {
	typ   reflect.Type
	table RefTable
}

// SetRefs tells which pointer type is a reference. Package ray calls it when it is initialised.
func SetRefs(t reflect.Type, table RefTable) { refs.typ, refs.table = t, table }

// None is the value of a function without a result.
func None() core.Value { return core.Value{IsLive: true} }
