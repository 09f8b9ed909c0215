package codec

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"reflect"
	"strconv"
	"sync"
)

// sentinels are errors that keep their identity between programs.
var sentinels = struct {
	sync.RWMutex
	byName map[string]error
	byErr  map[error]string
}{byName: map[string]error{}, byErr: map[error]string{}}

// RegisterError gives an error value a name, so that errors.Is finds it on the other side even in
// another program. The value must be comparable; pointers are.
func RegisterError(name string, err error) {
	sentinels.Lock()
	defer sentinels.Unlock()
	if old, ok := sentinels.byName[name]; ok && old != err {
		panic(fmt.Sprintf("codec: the error name %q is taken", name))
	}
	sentinels.byName[name], sentinels.byErr[err] = err, name
}

func init() {
	for name, err := range map[string]error{
		"io.EOF": io.EOF, "io.ErrUnexpectedEOF": io.ErrUnexpectedEOF, "io.ErrShortBuffer": io.ErrShortBuffer,
		"io.ErrShortWrite": io.ErrShortWrite, "io.ErrNoProgress": io.ErrNoProgress, "io.ErrClosedPipe": io.ErrClosedPipe,
		"context.Canceled": context.Canceled, "context.DeadlineExceeded": context.DeadlineExceeded,
		"fs.ErrNotExist": fs.ErrNotExist, "fs.ErrExist": fs.ErrExist, "fs.ErrPermission": fs.ErrPermission,
		"fs.ErrClosed": fs.ErrClosed, "fs.ErrInvalid": fs.ErrInvalid, "fs.SkipDir": fs.SkipDir, "fs.SkipAll": fs.SkipAll,
		"os.ErrDeadlineExceeded": os.ErrDeadlineExceeded, "os.ErrProcessDone": os.ErrProcessDone,
		"strconv.ErrRange": strconv.ErrRange, "strconv.ErrSyntax": strconv.ErrSyntax,
		"errors.ErrUnsupported": errors.ErrUnsupported, "bufio.ErrTooLong": bufio.ErrTooLong,
	} {
		RegisterError(name, err)
	}
}

// staticError is the type behind errors.New.
var staticError = reflect.TypeOf(errors.New(""))

// knownError writes an error that is known by name or, for a package variable made by errors.New,
// by its place in the program. Such a place is only known where the compiler could lay the variable
// out itself; elsewhere the error travels as a value.
func (e *encoder) knownError(v reflect.Value) bool {
	if v.Kind() == reflect.Pointer || v.Comparable() {
		sentinels.RLock()
		name, ok := sentinels.byErr[v.Interface().(error)]
		sentinels.RUnlock()
		if ok {
			e.uint(ifaceSentinel)
			e.string(name)
			return true
		}
	}
	if v.Type() == staticError {
		if off, ok := offsetOf(v.UnsafePointer()); ok {
			e.uint(ifaceStatic)
			e.string(v.Interface().(error).Error())
			e.address(off)
			return true
		}
	}
	return false
}

func (d *decoder) knownError(k uint64) (any, error) {
	text, err := d.string()
	if err != nil {
		return nil, err
	}
	if k == ifaceSentinel {
		sentinels.RLock()
		defer sentinels.RUnlock()
		if err, ok := sentinels.byName[text]; ok {
			return err, nil
		}
		return &RemoteError{TypeName: "*errors.errorString", Text: text}, nil
	}
	off, ok, err := d.address()
	if err != nil {
		return nil, err
	}
	if !ok { // another program: the text is what remains
		return errors.New(text), nil
	}
	return reflect.NewAt(staticError.Elem(), at(off)).Interface(), nil
}

// remoteError writes text and chain of an error whose type cannot travel.
func (e *encoder) remoteError(err error) error {
	e.uint(ifaceRemote)
	e.string(reflect.TypeOf(err).String())
	e.string(err.Error())
	wrapped := unwrap(err)
	e.uint(uint64(len(wrapped)))
	for _, w := range wrapped {
		w := reflect.ValueOf(&w)
		if err := e.coders.of(errorType).enc(e, w.UnsafePointer()); err != nil {
			return err
		}
	}
	return nil
}

func unwrap(err error) []error {
	switch x := err.(type) {
	case interface{ Unwrap() error }:
		if w := x.Unwrap(); w != nil {
			return []error{w}
		}
	case interface{ Unwrap() []error }:
		return x.Unwrap()
	}
	return nil
}

func (d *decoder) remoteError() (any, error) {
	r := &RemoteError{}
	var err error
	if r.TypeName, err = d.string(); err != nil {
		return nil, err
	}
	if r.Text, err = d.string(); err != nil {
		return nil, err
	}
	n, err := d.count(1)
	if err != nil {
		return nil, err
	}
	for range n {
		var w error
		if err := d.coders.of(errorType).dec(d, reflect.ValueOf(&w).UnsafePointer()); err != nil {
			return nil, err
		}
		r.Wrapped = append(r.Wrapped, w)
	}
	return r, nil
}
