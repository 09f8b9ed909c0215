package marshal

import (
	"reflect"
	"strings"
	"unsafe"

	"github.com/goray/goray/runtime/internal/core"
)

// ErrorTree describes err and what it wraps, so that errors.Is and errors.As work elsewhere. With
// live the error itself stays in the tree, for backends that share memory.
func ErrorTree(err error, live bool) *core.ErrorTree {
	return errorTree(err, live, 0)
}

// maxErrorDepth bounds how deep a chain of wrapped errors is followed.
const maxErrorDepth = 32

func errorTree(err error, live bool, depth int) *core.ErrorTree {
	t := &core.ErrorTree{Type: core.ErrorType(err), Text: err.Error()}
	if live {
		t.Live = err
		return withWrapped(t, err, live, depth)
	}
	if pointer := reflect.ValueOf(err); pointer.Kind() == reflect.Pointer && inBinary(pointer.Pointer()) {
		// A package-level sentinel: the same variable exists in every process of this build.
		word := (*eface)(unsafe.Pointer(&err))
		if inBinary(uintptr(word.typ)) {
			t.Address = uint64(pointer.Pointer() - binaryBase())
			t.Itab = uint64(uintptr(word.typ) - binaryBase())
			t.Build = BuildHash()
			return t
		}
	}
	if v, encodeErr := Encode(reflect.ValueOf(err)); encodeErr == nil && v.Type != "" {
		t.Encoded = &v
	}
	return withWrapped(t, err, live, depth)
}

func withWrapped(t *core.ErrorTree, err error, live bool, depth int) *core.ErrorTree {
	if depth >= maxErrorDepth {
		return t
	}
	switch w := err.(type) {
	case interface{ Unwrap() error }:
		if inner := w.Unwrap(); inner != nil {
			t.Wraps = append(t.Wraps, errorTree(inner, live, depth+1))
		}
	case interface{ Unwrap() []error }:
		for _, inner := range w.Unwrap() {
			if inner != nil {
				t.Wraps = append(t.Wraps, errorTree(inner, live, depth+1))
			}
		}
	}
	return t
}

// Error makes an error of a tree.
func Error(t *core.ErrorTree) error {
	switch {
	case t == nil:
		return nil
	case t.Live != nil:
		return t.Live
	case t.Address != 0 && t.Build == BuildHash():
		word := eface{fromAddress(binaryBase() + uintptr(t.Itab)), fromAddress(binaryBase() + uintptr(t.Address))}
		return *(*error)(unsafe.Pointer(&word))
	}
	e := &remoteError{tree: t}
	for _, w := range t.Wraps {
		e.wraps = append(e.wraps, Error(w))
	}
	if t.Encoded != nil {
		if v, err := Decode(*t.Encoded, nil); err == nil {
			e.value = v
			if original, ok := v.Interface().(error); ok && len(t.Wraps) == 0 {
				return &typedError{remoteError: *e, original: original}
			}
		}
	}
	return e
}

// remoteError is an error of another process. It equals (errors.Is) every error of the same type
// and text, and holds (errors.As) the value where that could be encoded.
type remoteError struct {
	tree  *core.ErrorTree
	wraps []error
	value reflect.Value
}

func (e *remoteError) Error() string   { return e.tree.Text }
func (e *remoteError) Unwrap() []error { return e.wraps }

func (e *remoteError) Is(target error) bool {
	if target == nil {
		return false
	}
	return core.ErrorType(target) == e.tree.Type && target.Error() == e.tree.Text
}

func (e *remoteError) As(target any) bool {
	if !e.value.IsValid() {
		return false
	}
	to := reflect.ValueOf(target).Elem()
	if !e.value.Type().AssignableTo(to.Type()) || strings.HasPrefix(to.Type().String(), "*marshal.") {
		return false
	}
	to.Set(e.value)
	return true
}

// typedError is a remoteError whose value was decoded and wraps nothing.
type typedError struct {
	remoteError
	original error
}

// Is asks the original too: its type may define equality of its own.
func (e *typedError) Is(target error) bool {
	if is, ok := e.original.(interface{ Is(error) bool }); ok && is.Is(target) {
		return true
	}
	return e.remoteError.Is(target)
}
