package transport

import (
	"bytes"
	"time"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/marshal"
)

// sentFuncs numbers the functions that were sent over a connection.
type sentFuncs struct {
	numbers map[*core.FuncRef]uint64
	next    uint64
}

// receivedFuncs are the functions that came over a connection, by number.
type receivedFuncs map[uint64]*core.FuncRef

// maxFuncs bounds the table: a program that makes remote functions in a loop starts it anew.
const maxFuncs = 4096

// Func appends a function: a number, and the first time the function itself.
func (w *Writer) Func(f *core.FuncRef) {
	t := &w.conn.funcs
	if n, ok := t.numbers[f]; ok {
		w.Uint(n << 1)
		return
	}
	if t.numbers == nil || len(t.numbers) >= maxFuncs {
		t.numbers = map[*core.FuncRef]uint64{}
	}
	t.next++
	n := t.next % maxFuncs
	t.numbers[f] = n
	w.Uint(n<<1 | 1)
	w.String(f.Name)
	w.String(f.Cell)
	w.Int(int64(f.Line))
	w.Uint(f.PC)
	w.Uint(f.Type)
	w.String(f.Hash)
	w.Bool(f.IsCell)
	if f.IsCell {
		w.String(f.Native)
		w.captures(&f.Captures)
	}
}

// captures appends captured values in one block, whatever their size: they are sent once.
func (w *Writer) captures(v *core.Value) {
	stored := Stored{Flat: marshal.Flatten(v), Refs: v.Refs}
	w.Stored(&stored)
}

// Func reads what Writer.Func wrote; equal functions give the same pointer.
func (r *Reader) Func() *core.FuncRef {
	n := r.Uint()
	if r.conn.received == nil {
		r.conn.received = receivedFuncs{}
	}
	if n&1 == 0 {
		f := r.conn.received[n>>1]
		if f == nil {
			r.fail("a function that was never sent")
			f = &core.FuncRef{}
		}
		return f
	}
	f := &core.FuncRef{Name: r.String(), Cell: r.String(), Line: int(r.Int()), PC: r.Uint(), Type: r.Uint(), Hash: r.String(), IsCell: r.Bool()}
	if f.IsCell {
		f.Native = r.String()
		if v, err := r.Stored().Value(nil); err == nil {
			f.Captures = v
		} else if r.err == nil {
			r.err = err
		}
	}
	r.conn.received[n>>1] = f
	return f
}

// Spec appends a task; values are its arguments at rest, nil where it has a reference.
func (w *Writer) Spec(s *core.TaskSpec, values []*Stored) {
	if h := headerOf(s); h == w.conn.header { // nearly always
		w.Bool(true)
	} else {
		w.Bool(false)
		w.header(s)
		w.conn.header = h
	}
	if s.Timeout > 0 {
		w.Int(int64(s.Left))
	}
	w.IDs(s.Returns)
	w.Uint(uint64(len(s.Args)))
	for i := range s.Args {
		ref := s.Args[i].Ref
		if values[i] != nil {
			ref = 0
		}
		w.ID(ref)
		if ref == 0 {
			w.Stored(values[i])
		}
	}
}

// header is what the calls of a loop have in common: it is sent when it differs from that of the task
// before.
type header struct {
	kind          core.Kind
	job           uint32
	parent, actor core.ID
	method        string
	function      *core.FuncRef
	options       *core.Options // never changed (see sentOptions)
}

func headerOf(s *core.TaskSpec) header {
	return header{s.Kind, s.Job, s.Parent, s.Actor, s.Method, s.Func, s.Options}
}

func (w *Writer) header(s *core.TaskSpec) {
	w.Uint(uint64(s.Kind))
	w.ID(s.Parent)
	w.ID(s.Actor)
	w.String(s.Method)
	w.Bool(s.Func != nil)
	if s.Func != nil {
		w.Func(s.Func)
	}
	w.options(s.Options)
	w.Uint(uint64(s.Job))
}

// Spec reads a task.
func (r *Reader) Spec(id core.ID) (*core.TaskSpec, []*Stored) {
	s := new(core.TaskSpec)
	return s, r.SpecInto(s, id)
}

// SpecInto is Spec into memory of the caller's.
func (r *Reader) SpecInto(s *core.TaskSpec, id core.ID) []*Stored {
	r.headerInto(s)
	s.ID = id
	if s.Timeout > 0 {
		s.Left = time.Duration(r.Int())
	}
	s.Returns = r.IDs()
	n := r.Uint()
	if n > uint64(len(r.b)) {
		r.fail("arguments")
		return nil
	}
	if n == 0 {
		return nil
	}
	s.Args = make([]core.Arg, n)
	values := make([]*Stored, n)
	for i := range s.Args {
		if s.Args[i].Ref = r.ID(); s.Args[i].Ref == 0 {
			values[i] = r.Stored()
		}
	}
	return values
}

// headerInto reads what Writer.header wrote, now or for an earlier task.
func (r *Reader) headerInto(s *core.TaskSpec) {
	h := &r.conn.arrived
	if !r.Bool() {
		*h = header{kind: core.Kind(r.Uint()), parent: r.ID(), actor: r.ID(), method: r.method()}
		if r.Bool() {
			h.function = r.Func()
		}
		h.options = r.options()
		h.job = uint32(r.Uint())
	} else if h.options == nil {
		r.fail("the first task")
		h.options = &defaultTask
	}
	*s = core.TaskSpec{Kind: h.kind, Job: h.job, Parent: h.parent, Actor: h.actor, Method: h.method, Func: h.function, Options: h.options}
}

// method reads the name of a method: mostly that of the call before.
func (r *Reader) method() string {
	name := r.view()
	if c := r.conn; string(name) != c.method {
		c.method = string(name)
	}
	return r.conn.method
}

// sentOptions are the options that were sent last, which the tasks of a function share: nobody changes
// them.
type sentOptions struct {
	last  *core.Options
	bytes []byte
}

// receivedOptions are the options that came last.
type receivedOptions struct {
	last  *core.Options
	bytes []byte
}

// options appends what differs from a task's defaults as one block; most tasks have none.
func (w *Writer) options(o *core.Options) {
	sent := &w.conn.options
	if o != sent.last {
		part := Writer{b: sent.bytes[:0]}
		switch {
		case o.IsDefaultTask():
			part.Uint(optionsTask)
		case o.IsDefaultActor():
			part.Uint(optionsActor)
		default:
			part.Uint(optionsOwn)
			part.JSON(o)
		}
		sent.last, sent.bytes = o, part.b
	}
	w.b = append(w.b, sent.bytes...)
}

// How options lie in a payload.
const (
	optionsOwn = iota
	optionsTask
	optionsActor
)

// The options that nearly all tasks have; nobody changes them.
var defaultTask, defaultActor = core.DefaultTask(), core.DefaultActor()

func (r *Reader) options() *core.Options {
	switch r.Uint() {
	case optionsTask:
		return &defaultTask
	case optionsActor:
		return &defaultActor
	}
	known := &r.conn.known
	rest := *r
	text := rest.view()
	if known.last != nil && bytes.Equal(text, known.bytes) {
		*r = rest
		return known.last
	}
	o := new(core.Options)
	if r.JSON(o); r.err == nil {
		known.last, known.bytes = o, bytes.Clone(text)
	}
	return o
}
