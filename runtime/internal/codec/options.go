package codec

import (
	"reflect"

	"github.com/goray/goray/runtime/internal/store"
)

// RefTable turns object references into bytes and back. The runtime pins a reference when it is
// encoded, and registers a borrowed one when it is decoded.
type RefTable interface {
	EncodeRef(ref any) ([]byte, error)
	DecodeRef(b []byte) (any, error)
}

// TypeTable names the types that were made at run time, such as those declared in cells. Types of
// the compiled program need no entry.
type TypeTable interface {
	TypeName(t reflect.Type) (string, error)
	TypeByName(name string) (reflect.Type, error)
}

// FuncTable turns function values into bytes and back. Without one, functions are refused.
type FuncTable interface {
	EncodeFunc(fn any) ([]byte, error)
	DecodeFunc(b []byte, t reflect.Type) (any, error)
}

// Options says what surrounds the values. The zero value works: no references, compiled types only,
// no functions.
type Options struct {
	// RefType is the type handled by Refs, normally a pointer type such as *ray.Ref.
	RefType reflect.Type
	Refs    RefTable
	Types   TypeTable
	Funcs   FuncTable
	// Refuse says why no value of a type is to be encoded, though it could. It is asked for the types
	// of variables and of what interfaces hold.
	Refuse func(t reflect.Type) error
	// Whole is for values that move: nothing refers to them in this process any more. Locks that
	// nobody waits for travel, slices keep their capacity, and those that overlap still do. Both
	// sides must say so.
	Whole bool
	// Stop is asked now and then while values are encoded; its error ends that. Nil goes on.
	Stop func() error
	// Hold is given to UnmarshalObject: the memory of the payload's segments is valid while it is
	// reachable.
	Hold *store.Buffer
}

var noOptions Options

// ObjectMarshaler is implemented by values that write themselves as a few large segments, such as
// Arrow tables. Each segment is stored aligned to 64 bytes.
type ObjectMarshaler interface {
	MarshalObject() ([][]byte, error)
}

// ObjectUnmarshaler is the other half of ObjectMarshaler, on a pointer receiver. The segments may be
// read-only shared memory, valid as long as hold is reachable: keep hold beside the memory, or copy.
// A nil hold means that the segments belong to the value.
type ObjectUnmarshaler interface {
	UnmarshalObject(segments [][]byte, hold *store.Buffer) error
}
