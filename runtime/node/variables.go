package node

import (
	"reflect"

	"github.com/goray/goray/runtime/internal/codec"
	"github.com/goray/goray/runtime/internal/marshal"
)

// ErrTooLarge means that a variable does not fit into the limit of EncodeVariables.
var ErrTooLarge = codec.ErrTooLarge

// EncodeVariables writes a session's variables, which must be addressable, by calls of write, for
// another process with the same program: pointers between them stay. They take at most limit bytes;
// an error of stop, which may be nil, ends it. errs[i] says in a few words why variable i is left
// out, which is also so for everything that belongs to the Ray session; ErrTooLarge for want of room.
func EncodeVariables(values []reflect.Value, limit int, stop func() error, write func(at int64, b []byte) error) (errs []error, err error) {
	return marshal.EncodeVariables(values, marshal.Variables{Limit: limit, Stop: stop}, write)
}

// DecodeVariables reads what EncodeVariables wrote of n variables. place returns where variable i,
// which is a t, has its place: addressable, of that type; false drops it. For functions t is nil.
func DecodeVariables(b []byte, n int, place func(i int, t reflect.Type) (reflect.Value, bool)) error {
	return marshal.DecodeVariables(b, n, place)
}
