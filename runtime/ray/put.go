package ray

import (
	"reflect"

	"github.com/goray/goray/runtime/internal/marshal"
)

// Put stores v as an object, once, for many tasks to use. What cannot be encoded gives a
// reference that carries the error.
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
	if err := s.backend.Put(id, value); err != nil {
		return errorRef(s, err)
	}
	return newRef(s, id)
}
