package ray

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"runtime"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/marshal"
)

// Ref is an untyped reference to an object. The object lives while a reference to it exists in
// any process, in another object, or in a task that has not finished.
type Ref struct {
	id      core.ID
	session *session
	err     error // of a reference made without a session
}

// ObjectRef is a reference to an object that holds, or will hold, a T.
type ObjectRef[T any] struct {
	ref *Ref
}

// RefOf gives an untyped reference a type. Nothing is checked before Get.
func RefOf[T any](ref *Ref) ObjectRef[T] { return ObjectRef[T]{ref: ref} }

// Ref returns the untyped reference; nil for the zero ObjectRef.
func (r ObjectRef[T]) Ref() *Ref { return r.ref }

// ElemType is the type of the object.
func (r ObjectRef[T]) ElemType() reflect.Type { return reflect.TypeFor[T]() }

// ID is the object's id: 16 hexadecimal digits, unique in the session.
func (r ObjectRef[T]) ID() string { return r.Ref().ID() }

// String shows the type and the id.
func (r ObjectRef[T]) String() string {
	return "ObjectRef[" + reflect.TypeFor[T]().String() + "](" + r.Ref().ID() + ")"
}

// ID is the object's id: 16 hexadecimal digits, unique in the session.
func (r *Ref) ID() string {
	if r == nil {
		return "nil"
	}
	return r.id.String()
}

// String shows the id.
func (r *Ref) String() string { return "Ref(" + r.ID() + ")" }

// Err returns the error of a reference that never reached a backend; nil for all others, also
// for those whose task failed: Get tells.
func (r *Ref) Err() error {
	if r == nil {
		return errNilRef
	}
	return r.err
}

var errNilRef = invalidCall("the reference is nil; use one that Remote, Put or Call returned")

// errorRef is a reference that carries its error.
func errorRef(s *session, err error) *Ref {
	if s == nil {
		return &Ref{err: err}
	}
	id := s.backend.NewID()
	failure := &core.Failure{Kind: core.BadCall, Text: trimPrefix(err.Error())}
	if errors.Is(err, core.ErrOutOfMemory) {
		failure.Kind = core.OutOfMemory
	}
	if errors.Is(err, core.ErrOutOfDisk) {
		failure.Kind = core.OutOfDisk
	}
	if errors.Is(err, context.Canceled) { // a put that was interrupted
		failure.Kind = core.Cancelled
	}
	if putErr := s.backend.Put(id, core.Value{Failure: failure}); putErr != nil {
		return &Ref{err: err}
	}
	return newRef(s, id)
}

func trimPrefix(text string) string {
	if len(text) > 5 && text[:5] == "ray: " {
		return text[5:]
	}
	return text
}

// newRef makes the reference that owns one count on id.
func newRef(s *session, id core.ID) *Ref {
	r := blankRef()
	r.id, r.session = id, s
	// Not AddCleanup, which allocates twice for each reference and takes half as long again.
	runtime.SetFinalizer(r, (*Ref).letGo)
	return r
}

// letGo takes back the count that a reference owns which nobody has any more.
func (r *Ref) letGo() { r.session.release(r.id) }

// check returns why the reference cannot be used now.
func (r *Ref) check() error {
	switch {
	case r == nil:
		return errNilRef
	case r.err != nil:
		return r.err
	case r.session == nil:
		return errNilRef
	case r.session != currentSession():
		return ErrSessionClosed
	}
	return nil
}

// refOf finds the reference in an argument, with the type of its object where it is known.
func refOf(arg any) (ref *Ref, elem reflect.Type, ok bool) {
	switch r := arg.(type) {
	case *Ref:
		return r, nil, true
	case interface {
		Ref() *Ref
		ElemType() reflect.Type
	}:
		return r.Ref(), r.ElemType(), true
	}
	// An engine whose types have no methods at run time still gives the struct.
	if v := reflect.ValueOf(arg); v.Kind() == reflect.Struct && v.NumField() == 1 && v.Type().Field(0).Type == reflect.TypeFor[*Ref]() {
		return (*Ref)(v.Field(0).UnsafePointer()), nil, true
	}
	return nil, nil, false
}

// refTable is how references travel inside values.
type refTable struct{}

func (refTable) Out(ref any) (core.ID, error) {
	r := ref.(*Ref)
	if err := r.check(); err != nil {
		return 0, fmt.Errorf("a reference inside the value: %w", err)
	}
	return r.id, nil
}

// In makes the reference of a decoded value, with a count of its own.
func (refTable) In(id core.ID) any {
	s := currentSession()
	if s == nil {
		return &Ref{id: id, err: notInitialized()}
	}
	s.backend.Retain(id)
	return newRef(s, id)
}

func init() { marshal.SetRefs(reflect.TypeFor[*Ref](), refTable{}) }
