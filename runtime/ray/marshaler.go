package ray

import (
	"reflect"

	"github.com/goray/goray/runtime/internal/codec"
	"github.com/goray/goray/runtime/internal/marshal"
	"github.com/goray/goray/runtime/internal/store"
)

// ObjectMarshaler is implemented by values that encode themselves as a few large segments; each
// is stored 64-byte aligned.
type ObjectMarshaler = codec.ObjectMarshaler

// ObjectUnmarshaler is the other half, on a pointer receiver:
// UnmarshalObject(segments [][]byte, hold *Buffer) error. The segments are read-only and valid as
// long as hold is reachable; a nil hold means that they belong to the value.
type ObjectUnmarshaler = codec.ObjectUnmarshaler

// Buffer keeps the shared memory of an object's segments.
type Buffer = store.Buffer

func init() {
	codec.AddOwnTypes(reflect.TypeFor[Ref](), reflect.TypeFor[ActorRef](), reflect.TypeFor[Line](), reflect.TypeFor[Semaphore](),
		reflect.TypeFor[Barrier](), reflect.TypeFor[PlacementGroup](), reflect.TypeFor[Func](), reflect.TypeFor[TaskError](),
		reflect.TypeFor[systemError](), reflect.TypeFor[timeoutError](), reflect.TypeFor[causedError]())
	marshal.AddOwnFuncs(newLine, newPermits, newParties)
}
