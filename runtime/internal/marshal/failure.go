package marshal

import (
	"reflect"

	"github.com/goray/goray/runtime/internal/core"
)

// maxErrorDepth bounds how deep a chain of wrapped errors is followed.
const maxErrorDepth = 32

// ErrorTree describes err and what it wraps, with the value itself where it can be encoded.
func ErrorTree(err error) *core.ErrorTree {
	t := errorTree(err, 0)
	box := reflect.New(reflect.TypeFor[error]()).Elem()
	box.Set(reflect.ValueOf(err))
	if v, encodeErr := Encode(box); encodeErr == nil {
		t.Encoded = Flatten(&v)
		t.Refs = v.Refs
	}
	return t
}

func errorTree(err error, depth int) *core.ErrorTree {
	t := &core.ErrorTree{Type: core.ErrorType(err), Text: err.Error()}
	if depth >= maxErrorDepth {
		return t
	}
	switch w := err.(type) {
	case interface{ Unwrap() error }:
		if inner := w.Unwrap(); inner != nil {
			t.Wraps = append(t.Wraps, errorTree(inner, depth+1))
		}
	case interface{ Unwrap() []error }:
		for _, inner := range w.Unwrap() {
			if inner != nil {
				t.Wraps = append(t.Wraps, errorTree(inner, depth+1))
			}
		}
	}
	return t
}

// Error makes an error of a tree: the value itself where it travelled, else one of the same text.
func Error(t *core.ErrorTree) error {
	if t == nil {
		return nil
	}
	if t.Encoded != nil {
		if v, err := Unflatten(t.Encoded); err == nil {
			if e, err := Decode(v, reflect.TypeFor[error]()); err == nil && !e.IsNil() {
				return &remoteError{tree: t, original: e.Interface().(error)}
			}
		}
	}
	e := &remoteError{tree: t}
	for _, w := range t.Wraps {
		e.wraps = append(e.wraps, Error(w))
	}
	return e
}

// remoteError is an error of another process. errors.Is also finds every error of the same type
// and text in it: a sentinel that is made when a program starts has another address there.
type remoteError struct {
	tree     *core.ErrorTree
	original error
	wraps    []error
}

func (e *remoteError) Error() string { return e.tree.Text }

func (e *remoteError) Unwrap() []error {
	if e.original != nil {
		return []error{e.original}
	}
	return e.wraps
}

// Is implements what errors.Is asks for.
func (e *remoteError) Is(target error) bool {
	return target != nil && e.tree.Matches([]string{core.ErrorKey(target)})
}
