package notebook

import (
	"context"
	"errors"
	"reflect"
	"sync"
	"sync/atomic"

	"github.com/goray/goray/kernel/engine"
	"github.com/goray/goray/runtime/node"
)

// code offers an engine's Code to the runtime, which must not know the kernel.
type code struct{ engine.Code }

func (c code) Export(fn any) (node.Snapshot, bool, error) {
	s, ok, err := c.Code.Export(fn)
	return snapshot(s), ok, err
}

func (c code) ExportType(t reflect.Type) (node.Snapshot, bool) {
	s, ok := c.Code.ExportType(t)
	return snapshot(s), ok
}

func (c code) Import(hash string, source []byte, part func(string) ([]byte, error)) (node.Definition, error) {
	return c.Code.Import(hash, source, part)
}

func snapshot(s engine.Snapshot) node.Snapshot {
	n := node.Snapshot{Hash: s.Hash, Source: s.Source, Name: s.Name, Cell: s.Cell, Line: s.Line}
	for _, p := range s.Parts {
		n.Parts = append(n.Parts, node.Part(p))
	}
	for _, c := range s.Captures {
		n.Captures = append(n.Captures, node.Capture{Name: c.Name, Value: c.Value})
	}
	return n
}

// WorkerCode is the Code of a worker process. Its engine is made by newEngine when the worker has
// nothing else to do, or when the first function of a cell arrives: most workers start before
// there is one.
func (p *Plugin) WorkerCode(newEngine func(engine.Config) (engine.Engine, error)) node.Code {
	l := &lazyCode{}
	l.make = sync.OnceValues(func() (*code, error) {
		eng, err := newEngine(engine.Config{Packages: p.Packages(), Exits: true})
		if err != nil {
			return nil, err
		}
		c := eng.Code()
		if c == nil {
			return nil, errors.New("notebook: this engine cannot run functions of cells in a worker; use the default engine")
		}
		made := &code{c}
		l.engine = eng
		l.made.Store(made) // and with it engine
		return made, nil
	})
	return l
}

// warmCell needs what most functions of cells need: checking the runtime's own package is the
// larger part of loading the first one.
const warmCell = "_, _, _ = fmt.Sprint, context.Background, ray.Put[int]"

// Warm makes the engine ahead of the first function of a cell. The worker calls it when it is idle.
func (l *lazyCode) Warm() {
	if _, err := l.make(); err != nil {
		return // the first function of a cell says so
	}
	// Whatever comes of it, functions are loaded as they were.
	_, _ = l.engine.Execute(context.Background(), engine.Cell{Source: warmCell})
}

// Enter lets a worker stop what a task runs; engines that cannot be stopped leave it running.
func (l *lazyCode) Enter() (interrupt, leave func()) {
	if l.made.Load() != nil {
		if e, ok := l.engine.(engine.Interruptible); ok {
			return e.Enter()
		}
	}
	return func() {}, func() {}
}

// lazyCode knows no functions and types of cells until it has imported some.
type lazyCode struct {
	make   func() (*code, error)
	made   atomic.Pointer[code]
	engine engine.Engine // of made
}

func (l *lazyCode) Import(hash string, source []byte, part func(string) ([]byte, error)) (node.Definition, error) {
	c, err := l.make()
	if err != nil {
		return nil, err
	}
	return c.Import(hash, source, part)
}

func (l *lazyCode) Export(fn any) (s node.Snapshot, ok bool, err error) {
	if c := l.made.Load(); c != nil {
		return c.Export(fn)
	}
	return s, false, nil
}

func (l *lazyCode) MethodName(fn any) (string, bool) {
	if c := l.made.Load(); c != nil {
		return c.MethodName(fn)
	}
	return "", false
}

func (l *lazyCode) ExportType(t reflect.Type) (s node.Snapshot, ok bool) {
	if c := l.made.Load(); c != nil {
		return c.ExportType(t)
	}
	return s, false
}
