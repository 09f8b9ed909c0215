package ray

import (
	"reflect"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/marshal"
)

// Put stores v as an object, once, for many tasks to use. What cannot be encoded gives a
// reference that carries the error. Over ray://, where a large value takes a while, it obeys the interrupt
// of the running cell.
func Put[T any](v T) ObjectRef[T] { return RefOf[T](PutRef(v)) }

// PutRef is Put without a type.
func PutRef(v any) *Ref {
	s := currentSession()
	if s == nil {
		return errorRef(nil, notInitialized())
	}
	if _, _, isRef := refOf(v); isRef {
		return errorRef(s, invalidCall("Put of a reference (%T); pass the reference itself, or put a slice of references", v))
	}
	value, err := marshal.EncodeAny(reflect.ValueOf(v))
	if err != nil {
		return errorRef(s, invalidCall("Put: %v", err))
	}
	id := s.backend.NewID()
	if err := s.put(id, value); err != nil {
		return errorRef(s, err)
	}
	return newRef(s, id)
}

func (s *session) put(id core.ID, v core.Value) error {
	if b, ok := s.backend.(core.ContextPutter); ok {
		ctx := ambient()
		return waitError(ctx, b.PutContext(ctx, id, v))
	}
	return s.backend.Put(id, v)
}
