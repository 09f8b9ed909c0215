package worker

import (
	"fmt"
	"reflect"

	"github.com/goray/goray/runtime/internal/core"
)

// nativeCode is the code that a native program knows: its own.
type nativeCode struct {
	program NativeProgram
	setup   nativeSetup
	byType  map[reflect.Type]int
	byFunc  map[uintptr]int
}

func newNativeCode(program NativeProgram, setup nativeSetup) *nativeCode {
	c := &nativeCode{program: program, setup: setup, byType: map[reflect.Type]int{}, byFunc: map[uintptr]int{}}
	for i, f := range program.Functions {
		if i < len(setup.Functions) {
			c.byFunc[reflect.ValueOf(f.Func).Pointer()] = i
		}
	}
	for i, t := range program.Types {
		if i < len(setup.Types) {
			c.byType[t] = i
		}
	}
	return c
}

// Export implements core.Code. Its worker has published the source.
func (c *nativeCode) Export(fn any) (core.Snapshot, bool, error) {
	i, ok := c.byFunc[reflect.ValueOf(fn).Pointer()]
	if !ok {
		return core.Snapshot{}, false, fmt.Errorf("%s, which is native, cannot ship this function; give a function that a cell declares by its name, or use ray.Interpreted", c.setup.Name)
	}
	f := c.setup.Functions[i]
	s := core.Snapshot{Hash: f.Hash, Name: f.Name, Cell: f.Cell, Line: f.Line}
	for _, p := range c.program.Functions[i].Captures {
		v := reflect.ValueOf(p).Elem()
		s.Captures = append(s.Captures, core.Capture{Name: f.Name, Value: v})
	}
	return s, true, nil
}

// MethodName implements core.Code.
func (c *nativeCode) MethodName(fn any) (string, bool) { return "", false }

// ExportType implements core.Code. Its worker has published the source.
func (c *nativeCode) ExportType(t reflect.Type) (core.Snapshot, bool) {
	i, ok := c.byType[t]
	if !ok {
		return core.Snapshot{}, false
	}
	return core.Snapshot{Hash: c.setup.Types[i].Hash, Name: c.setup.Types[i].Name}, true
}

// Import implements core.Code.
func (c *nativeCode) Import(hash string, _ []byte, _ func(string) ([]byte, error)) (core.Definition, error) {
	d := &nativeDefinition{c: c, hash: hash}
	if hash == c.setup.Hash {
		return d, nil
	}
	for _, t := range c.setup.Types {
		if t.Hash == hash {
			return d, nil
		}
	}
	return nil, fmt.Errorf("%s, which is native, does not contain this type or function; mention it in the function, or use ray.Interpreted", c.setup.Name)
}

// nativeDefinition is the function, or a type.
type nativeDefinition struct {
	c    *nativeCode
	hash string
}

// CaptureTypes implements core.Definition.
func (d *nativeDefinition) CaptureTypes() []reflect.Type { return d.c.program.Captures }

// Instantiate implements core.Definition.
func (d *nativeDefinition) Instantiate(captures []reflect.Value) (reflect.Value, error) {
	p := d.c.program
	for i, g := range p.Globals {
		reflect.ValueOf(g).Elem().Set(captures[i])
	}
	fn := reflect.ValueOf(p.Maker).Call(captures[len(p.Globals):])[0].Elem()
	return fn, nil
}

// Type implements core.Definition.
func (d *nativeDefinition) Type(name string) (reflect.Type, error) {
	for i, t := range d.c.setup.Types {
		if t.Name == name && (t.Hash == d.hash || d.hash == d.c.setup.Hash) {
			return d.c.program.Types[i], nil
		}
	}
	return nil, fmt.Errorf("%s, which is native, does not contain the type %s", d.c.setup.Name, name)
}
