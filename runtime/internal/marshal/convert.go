package marshal

import (
	"fmt"
	"reflect"
)

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
