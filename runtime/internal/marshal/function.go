package marshal

import (
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"unsafe"

	"github.com/goray/goray/runtime/internal/core"
)

// ErrCaptures is returned for compiled closures: nothing in the binary says what they captured.
var ErrCaptures = errors.New("captures variables, which a compiled program cannot ship to another process; pass them as arguments, or use a named function")

// ErrOtherBuild is returned for a function of another binary.
var ErrOtherBuild = errors.New("the function belongs to another build of this program; start all processes from one binary")

// Describe says where fn's code is, without making it travel: name and place, and fn itself for
// backends that share memory.
func Describe(fn any) (core.FuncRef, error) {
	v := reflect.ValueOf(fn)
	if v.Kind() != reflect.Func {
		return core.FuncRef{}, fmt.Errorf("%T is not a function", fn)
	}
	if v.IsNil() {
		return core.FuncRef{}, fmt.Errorf("the function is nil")
	}
	ref := core.FuncRef{Name: "func", Live: fn}
	if f := runtime.FuncForPC(v.Pointer()); f != nil {
		ref.Name = f.Name()[strings.LastIndexByte(f.Name(), 0x2f)+1:] // without the directories of its package
		file, line := f.FileLine(f.Entry())
		ref.Cell, ref.Line = filepath.Base(file), line
	}
	return ref, nil
}

// Function makes fn travel. For a function declared in a cell it also returns the source that
// ref.Hash names; the caller gives it, and its parts, to Backend.AddCode before the function is used.
func Function(fn any) (ref core.FuncRef, source core.Source, err error) {
	ref, err = Describe(fn)
	if err != nil {
		return ref, source, err
	}
	if known, ok := own.refs[reflect.ValueOf(fn).Pointer()]; ok {
		known.Live = fn
		return known, source, nil
	}
	if code := core.CurrentCode(); code != nil {
		snapshot, ok, err := code.Export(fn)
		if err != nil {
			return ref, source, err
		}
		if ok {
			ref, err := cellFunction(fn, snapshot)
			return ref, core.Source{Text: snapshot.Source, Parts: snapshot.Parts}, err
		}
	}
	e := (*eface)(unsafe.Pointer(&fn)) // a func in an interface is the pointer to its closure
	if !inBinary(uintptr(e.data)) {
		return ref, source, fmt.Errorf("%s (%s:%d) %w", ref.Name, ref.Cell, ref.Line, ErrCaptures)
	}
	if !inBinary(uintptr(e.typ)) {
		return ref, source, fmt.Errorf("%s (%s:%d) has a function type made at run time; use a function that the program declares", ref.Name, ref.Cell, ref.Line)
	}
	ref.PC = uint64(reflect.ValueOf(fn).Pointer() - binaryBase())
	ref.Type = uint64(uintptr(e.typ) - binaryBase())
	ref.Hash = BuildHash()
	return ref, source, nil
}

func cellFunction(fn any, s core.Snapshot) (core.FuncRef, error) {
	ref := core.FuncRef{Name: s.Name, Cell: s.Cell, Line: s.Line, Hash: s.Hash, IsCell: true, Live: fn}
	captures, err := encodeCaptures(s.Captures)
	if err != nil {
		return ref, fmt.Errorf("%s (%s:%d): %w", s.Name, s.Cell, s.Line, err)
	}
	ref.Captures = captures
	return ref, nil
}

// Resolve returns the function that ref describes. Source of cell functions comes from fetch.
func Resolve(ref *core.FuncRef, fetch func(hash string) ([]byte, error)) (reflect.Value, error) {
	switch {
	case ref.Live != nil:
		return reflect.ValueOf(ref.Live), nil
	case ref.IsCell:
		return resolveCell(ref, fetch)
	case ref.Hash == BuildHash():
		return funcAt(binaryBase()+uintptr(ref.PC), binaryBase()+uintptr(ref.Type)), nil
	case ref.Names != nil:
		return resolveByName(ref)
	}
	return reflect.Value{}, fmt.Errorf("%s: %w", ref.Name, ErrOtherBuild)
}

// funcAt is the function of a type whose code begins at pc.
func funcAt(pc, typ uintptr) reflect.Value {
	code := new(uintptr)
	*code = pc
	e := eface{fromAddress(typ), unsafe.Pointer(code)}
	return reflect.ValueOf(*(*any)(unsafe.Pointer(&e)))
}

// fromAddress makes a pointer of an address inside the binary, which the collector never moves.
func fromAddress(a uintptr) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&a)) }

func resolveCell(ref *core.FuncRef, fetch func(string) ([]byte, error)) (reflect.Value, error) {
	key, remembered := instances.key(ref)
	if remembered {
		if fn, ok := instances.get(ref, key); ok {
			return fn, nil
		}
	}
	definition, err := define(ref.Hash, fetch)
	if err != nil {
		return reflect.Value{}, fmt.Errorf("%s: %w", ref.Name, err)
	}
	captures, err := decodeCaptures(ref.Captures, definition.CaptureTypes())
	if err != nil {
		return reflect.Value{}, fmt.Errorf("%s: captured variables: %w", ref.Name, err)
	}
	fn, err := definition.Instantiate(captures)
	if err == nil && remembered {
		instances.put(ref, key, fn)
	}
	return fn, err
}

// define loads the code of cells by hash; the engine remembers what it has loaded, so the source
// is fetched only on the first use.
func define(hash string, fetch func(string) ([]byte, error)) (core.Definition, error) {
	code := core.CurrentCode()
	if code == nil {
		return nil, fmt.Errorf("it was declared in a cell, and this process has no engine; run it from goray")
	}
	if d, ok := definitions.Load(hash); ok {
		return d.(core.Definition), nil
	}
	source, err := fetch(hash)
	if err != nil {
		return nil, err
	}
	d, err := code.Import(hash, source, fetch)
	if err != nil {
		return nil, err
	}
	actual, _ := definitions.LoadOrStore(hash, d)
	return actual.(core.Definition), nil
}
