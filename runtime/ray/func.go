package ray

import (
	"bytes"
	"encoding/gob"
	"errors"
	"fmt"
	"reflect"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/marshal"
)

// Func is a function as a value: inside arguments and objects, where a bare func cannot be.
//
//	f, err := ray.CaptureFunc(normalize)
//	… in a task: fn, err := f.Value(); fn.(func(Row) Row)(row)
type Func struct {
	name string
	code []byte // the place of the function, or its cell's code and captured values
	refs []*Ref // references among the captured values, which keep their objects
	live liveFunc
}

// CaptureFunc makes a Func. Captured variables of cell functions are taken by value, now. What
// cannot be shipped is refused with the reason; with Config.InProcess everything can.
func CaptureFunc(fn any) (Func, error) { return captureFunc(fn, false) }

func captureFunc(fn any, rows bool) (Func, error) {
	ref, source, err := marshal.Function(fn)
	if ref.Live == nil {
		return Func{}, invalidCall("CaptureFunc: %v; give it a function", err)
	}
	f := Func{name: ref.Name, live: liveFunc{fn: fn, source: source, err: err, number: new(liveNumber)}}
	s := currentSession()
	if err != nil {
		if s == nil || s.backend.Info().SharesMemory {
			return f, nil // it works where it is; encoding it would say why not
		}
		return Func{}, invalidCall("CaptureFunc: %v", err)
	}
	for _, id := range ref.Captures.Refs {
		f.refs = append(f.refs, refTable{}.In(id).(*Ref))
	}
	if ref.IsCell {
		f.live.hash = ref.Hash
		if n := core.CurrentNative(); n != nil && rows && elsewhere() {
			n.Refuse(&ref, notOnRay)
		} else if n != nil && rows {
			ref.Native = n.Want(&ref, source.Text, core.NativeRows)
		} else if n != nil {
			stayInterpreted(&ref, "it is part of a value; only remote functions, actors and functions of rows are compiled")
		}
	}
	f.code, err = encodeFuncRef(ref)
	return f, err
}

// Name is the function's name, for people.
func (f Func) Name() string { return f.name }

// IsZero reports whether f holds no function.
func (f Func) IsZero() bool { return f.live.fn == nil && f.code == nil }

// Value returns the function, of the Go type it was captured with.
func (f Func) Value() (any, error) {
	if f.live.fn != nil {
		return f.live.fn, nil
	}
	if f.code == nil {
		return nil, invalidCall("the Func is empty; make it with ray.CaptureFunc")
	}
	s := currentSession()
	if s == nil {
		return nil, notInitialized()
	}
	ref, err := decodeFuncRef(f.code)
	if err != nil {
		return nil, err
	}
	fn, err := marshal.Resolve(&ref, s.backend.Code)
	if err != nil {
		return nil, fmt.Errorf("ray: %w", err)
	}
	return fn.Interface(), nil
}

// Type is the type of the function.
func (f Func) Type() (reflect.Type, error) {
	fn, err := f.Value()
	if err != nil {
		return nil, err
	}
	return reflect.TypeOf(fn), nil
}

func encodeFuncRef(ref core.FuncRef) ([]byte, error) {
	ref.Live = nil
	ref.Captures = marshal.Own(ref.Captures)
	var b bytes.Buffer
	err := gob.NewEncoder(&b).Encode(ref)
	return b.Bytes(), err
}

func decodeFuncRef(code []byte) (core.FuncRef, error) {
	var ref core.FuncRef
	err := gob.NewDecoder(bytes.NewReader(code)).Decode(&ref)
	return ref, err
}

// liveFunc is the function in the process that captured it. It travels as nothing, or, where the
// backend shares this memory, as a number.
type liveFunc struct {
	fn     any
	source core.Source
	hash   string
	err    error       // why it cannot be shipped
	number *liveNumber // of all copies of a Func
}

// liveNumber is the number of a function in a session; 0 is none yet.
type liveNumber struct {
	of *session
	n  int
}

// MarshalBinary publishes the function's source, or refuses what cannot be shipped.
func (l liveFunc) MarshalBinary() ([]byte, error) {
	s := currentSession()
	switch {
	case l.fn == nil:
		return nil, nil
	case s == nil:
		return nil, notInitialized()
	case s.backend.Info().SharesMemory:
		s.mu.Lock()
		defer s.mu.Unlock()
		if l.number.of != s {
			s.funcs = append(s.funcs, l)
			*l.number = liveNumber{s, len(s.funcs)}
		}
		return fmt.Append(nil, l.number.n), nil
	case l.err != nil:
		return nil, l.err
	case l.hash != "":
		return nil, s.publish(l.hash, l.source)
	}
	return nil, nil
}

// UnmarshalBinary finds the function again where memory is shared.
func (l *liveFunc) UnmarshalBinary(b []byte) error {
	if len(b) == 0 {
		return nil
	}
	var n int
	if _, err := fmt.Sscan(string(b), &n); err != nil {
		return err
	}
	s := currentSession()
	if s == nil {
		return notInitialized()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if n < 1 || n > len(s.funcs) {
		return errors.New("the function belongs to another process, or to an earlier session")
	}
	*l = s.funcs[n-1]
	return nil
}
