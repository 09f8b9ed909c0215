package codec

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"reflect"
	"strconv"
	"syscall"
	"time"
)

// A program that was made of a few functions of another one, the main program, speaks in its
// name: it names compiled types by their places in the main program, which does not know it.
var foreign struct {
	build    string // of the main program; empty: this is one
	offsets  map[reflect.Type]uint64
	byOffset map[uint64]reflect.Type
}

// SpeakFor makes this process name types as the program build does, in which types[i] lies at
// offsets[i]. It is called before anything is encoded or decoded.
func SpeakFor(build string, offsets []uint64, types []reflect.Type) {
	foreign.build, foreign.offsets, foreign.byOffset = build, map[reflect.Type]uint64{}, map[uint64]reflect.Type{}
	for i, t := range types {
		if i < len(offsets) && offsets[i] != 0 {
			foreign.offsets[t], foreign.byOffset[offsets[i]] = offsets[i], t
		}
	}
}

// Offsets are where types lie in this program; 0 where one is not part of it.
func Offsets(types []reflect.Type) []uint64 {
	l := make([]uint64, len(types))
	for i, t := range types {
		if off, ok := typeOffset(t); ok {
			l[i] = off
		}
	}
	return l
}

// CommonTypes are types of errors and values that any code may make without naming them, in the
// same order in each program of one release.
func CommonTypes() []reflect.Type {
	base := errors.New("")
	_, number := strconv.Atoi("x")
	join := errors.Join(base, base)
	values := []any{
		base, fmt.Errorf("%w", base), fmt.Errorf("%w%w", base, base), join, number, context.DeadlineExceeded,
		&fs.PathError{}, &os.LinkError{}, &os.SyscallError{}, &json.SyntaxError{}, &json.UnmarshalTypeError{},
		time.Month(1), time.Weekday(1), json.Number(""), json.RawMessage(nil), &time.ParseError{}, syscall.Errno(0),
	}
	for _, fail := range []func(){
		func() { s := []int{}; i := len(s); s[i] = 1 },
		func() { n := len(values) - len(values); values[0] = 1 / n },
		func() { var p *int; *p = 1 },
		func() { var x any = 1; _ = x.(string) },
		func() { var m map[string]int; m["a"] = 1 },
		func() { s := []int{}; _ = s[:len(values)] },
	} {
		values = append(values, caught(fail))
	}
	types := make([]reflect.Type, 0, 2*len(values))
	for _, v := range values {
		t := reflect.TypeOf(v)
		types = append(types, t)
		if t.Kind() == reflect.Pointer {
			types = append(types, t.Elem())
		}
	}
	return types
}

// ownTypes are the types of this module that its code sends without the user's naming them: a
// queue's items come as references.
var ownTypes []reflect.Type

// AddOwnTypes is called by one package, when the program starts.
func AddOwnTypes(types ...reflect.Type) { ownTypes = types }

// OwnTypes are what AddOwnTypes was given, in the same order in each program that has that package.
func OwnTypes() []reflect.Type { return ownTypes }

// caught is what f panics with.
func caught(f func()) (v any) {
	defer func() { v = recover() }()
	f()
	return nil
}
