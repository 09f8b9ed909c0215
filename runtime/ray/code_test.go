package ray_test

import (
	"bytes"
	"context"
	"encoding/gob"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/goray/goray/runtime/node"
	"github.com/goray/goray/runtime/ray"
)

// pieceCode is a node.Code for tests: its "cells" are these named functions, whose source is
// their name. Like an engine, it gives closures over captured variables.
type pieceCode struct{ imports atomic.Int64 }

var pieces pieceCode

// piece is a function with captured variables, as a notebook would know it.
type piece struct {
	captures []any
	make     func(captures []reflect.Value) any
}

// piecesByName are the declarations that both processes can make from their "source".
var piecesByName = map[string]piece{
	"addBase": {[]any{0}, func(c []reflect.Value) any {
		base := int(c[0].Int())
		return func(n int) int { return base + n }
	}},
	"sumRefs": {[]any{[]ray.ObjectRef[int]{}}, func(c []reflect.Value) any {
		refs := c[0].Interface().([]ray.ObjectRef[int])
		return func() (int, error) { all, err := ray.GetAll(refs); return total(all...), err }
	}},
	"large": {[]any{[]byte(nil)}, func(c []reflect.Value) any {
		b := c[0].Bytes()
		return func() int { return len(b) }
	}},
	"panics": {nil, func([]reflect.Value) any {
		return func() int { panic(errPiece) }
	}},
	"imports": {nil, func([]reflect.Value) any {
		return func() int { return int(pieces.imports.Load()) }
	}},
}

var errPiece = errors.New("piece")

// declared are the functions of this process: those that Export recognises.
var declared = map[uintptr]node.Snapshot{}

func declare(name string, captures ...any) any {
	p := piecesByName[name]
	var values []reflect.Value
	s := node.Snapshot{Hash: "hash of " + name, Source: []byte(name), Name: name, Cell: "In[3]", Line: 2}
	for i, c := range captures {
		v := reflect.ValueOf(c)
		values = append(values, v)
		s.Captures = append(s.Captures, node.Capture{Name: fmt.Sprint("v", i), Value: v})
	}
	fn := p.make(values)
	declared[funcPointer(fn)] = s
	return fn
}

// funcPointer identifies a closure, not only its code.
func funcPointer(fn any) uintptr {
	type eface struct{ typ, data uintptr }
	return reflect.ValueOf(&fn).Elem().InterfaceData()[1]
}

func (*pieceCode) Export(fn any) (node.Snapshot, bool, error) {
	s, ok := declared[funcPointer(fn)]
	return s, ok, nil
}

func (*pieceCode) MethodName(any) (string, bool) { return "", false }

func (*pieceCode) ExportType(reflect.Type) (node.Snapshot, bool) { return node.Snapshot{}, false }

func (c *pieceCode) Import(hash string, source []byte, _ func(string) ([]byte, error)) (node.Definition, error) {
	c.imports.Add(1)
	p, ok := piecesByName[string(source)]
	if !ok || hash != "hash of "+string(source) {
		return nil, fmt.Errorf("no piece %q with hash %q", source, hash)
	}
	return definition{p}, nil
}

type definition struct{ piece }

func (d definition) CaptureTypes() (types []reflect.Type) {
	for _, c := range d.captures {
		types = append(types, reflect.TypeOf(c))
	}
	return types
}

func (d definition) Instantiate(captures []reflect.Value) (reflect.Value, error) {
	return reflect.ValueOf(d.make(captures)), nil
}

func (d definition) Type(name string) (reflect.Type, error) {
	return nil, fmt.Errorf("no type %s", name)
}

func traceOfPieces(recovered any) []node.Frame {
	if recovered == errPiece {
		return []node.Frame{{Function: "errors.New"}, {Function: "panics", Cell: "In[3]", Line: 7}}
	}
	return nil
}

func TestCodeOfCells(t *testing.T) {
	node.SetCode(&pieces)
	defer node.SetCode(nil)
	start(t, ray.Config{NumCPUs: 2})

	f := ray.Remote[int](declare("addBase", 40))
	var refs []ray.ObjectRef[int]
	for i := range 20 {
		refs = append(refs, f.Remote(i))
	}
	all, err := ray.GetAll(refs)
	if err != nil || all[0] != 40 || all[19] != 59 {
		t.Fatal(all, err)
	}
	check(t, ray.Remote[int](declare("addBase", 100)).Remote(1), 101)

	// References among captured variables keep their objects.
	sum := ray.Remote[int](declare("sumRefs", []ray.ObjectRef[int]{ray.Put(3), ray.Put(4)}))
	collect()
	check(t, sum.Remote(), 7)
	check(t, sum.Remote(), 7)

	// As a value.
	captured, err := ray.CaptureFunc(declare("addBase", 7))
	if err != nil {
		t.Fatal(err)
	}
	check(t, ray.Remote[int](apply).Remote(captured, 1), 8)

	_, err = ray.Get(ray.Remote[int](declare("panics")).Remote())
	var task *ray.TaskError
	if !errors.As(err, &task) || task.Cell != "In[3]" || task.Line != 7 || !task.Panic || !strings.Contains(task.Stack, "In[3]:7") {
		t.Errorf("%+v", task)
	}
	if !errors.Is(err, errPiece) {
		t.Error("the panic's error is not found")
	}
}

func TestSourceTravelsOncePerWorker(t *testing.T) {
	node.SetCode(&pieces)
	defer node.SetCode(nil)
	start(t, ray.Config{NumCPUs: 1})
	f := ray.Remote[int](declare("imports"))
	for range 5 {
		check(t, f.Remote(), 1)
	}
}

// Without an engine a compiled closure is refused, with the fix.
func TestCompiledClosureIsRefused(t *testing.T) {
	start(t, ray.Config{NumCPUs: 1})
	k := 5
	_, err := ray.Get(ray.Remote[int](func(x int) int { return x + k }).Remote(1))
	if !errors.Is(err, ray.ErrInvalidCall) || !strings.Contains(err.Error(), "captures variables") {
		t.Error(err)
	}
	if _, err := ray.CaptureFunc(func() int { return k }); !errors.Is(err, ray.ErrInvalidCall) {
		t.Error(err)
	}
	var b bytes.Buffer
	_, err = ray.Get(ray.Remote[any](gob.NewEncoder(&b).Encode).Remote(1))
	if !errors.Is(err, ray.ErrInvalidCall) {
		t.Error("a method value:", err)
	}
	_, err = ray.GetContext(context.Background(), ray.Put(make(chan int)))
	if !errors.Is(err, ray.ErrInvalidCall) || !strings.Contains(err.Error(), "channel") {
		t.Error(err)
	}
}
