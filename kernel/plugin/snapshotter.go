package plugin

import (
	"errors"
	"reflect"
)

// ErrTooLarge is why a Snapshotter leaves out a variable for which there is no room.
var ErrTooLarge = errors.New("the value is too large")

// Snapshotter is a Plugin that can write down the variables of a session, for the process that
// takes over when this one dies. A session uses the first of its plugins that is one.
type Snapshotter interface {
	// EncodeVariables writes variables, which are addressable, by calls of write. What they share
	// stays shared, and pointers to them stay. They take at most limit bytes; an error of stop,
	// which is asked at least every millisecond, ends it. errs[i] says in a few words why
	// variable i is left out; ErrTooLarge for want of room.
	EncodeVariables(values []reflect.Value, limit int, stop func() error, write func(at int64, b []byte) error) (errs []error, err error)
	// DecodeVariables reads n variables that EncodeVariables has written. Place returns where
	// variable i, which is a t, belongs; false drops it. For functions t is nil.
	DecodeVariables(b []byte, n int, place func(i int, t reflect.Type) (reflect.Value, bool)) error
	// Repeatable are calls that may be made again instead, as they have no effects: "ray.Remote".
	Repeatable() []string
}
