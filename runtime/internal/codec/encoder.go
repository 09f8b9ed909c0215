package codec

import (
	"bytes"
	"encoding/binary"
	"reflect"
	"sync"
	"unsafe"
)

// version stands first in every stream: format and the machine's word size and byte order, since
// raw memory travels.
var version = func() byte {
	v := byte(1) << 2
	if unsafe.Sizeof(uintptr(0)) == 8 {
		v |= 1
	}
	if one := uint16(1); *(*byte)(unsafe.Pointer(&one)) == 1 {
		v |= 2
	}
	return v
}()

// maxDepth bounds the nesting of pointers and containers: a goroutine's stack is finite, and
// running out of it cannot be recovered from.
const maxDepth = 200_000

// segmentBytes is the size from which raw memory leaves the stream.
const segmentBytes = 8 << 10

// identity is what makes two pointers, maps or slices the same.
type identity struct {
	t reflect.Type
	p unsafe.Pointer
	n int // length of a slice
}

type encoder struct {
	o         *Options
	coders    *coders
	b         []byte
	segments  [][]byte
	depth     int
	few       []identity // the first references, searched linearly
	many      map[identity]int
	types     map[reflect.Type]int
	typeList  []reflect.Type
	spans     []reach // memory referred to; not recorded when hosts are known
	hosts     []host  // by address
	hostsSeen int
	steps     uint
}

// fewRefs is how many references are searched linearly before a map pays.
const fewRefs = 12

// Encode encodes v as its own type. To encode as an interface type, use EncodeAs.
func Encode(v reflect.Value, o *Options) (Payload, error) { return EncodeAs(v, v.Type(), o) }

// EncodeAs encodes v as a value of type t, to which it must be assignable. An invalid v is the nil
// of an interface type.
func EncodeAs(v reflect.Value, t reflect.Type, o *Options) (Payload, error) {
	if o == nil {
		o = &noOptions
	}
	e := encoders.Get().(*encoder)
	e.o, e.coders, e.b = o, codersFor(o), append(e.b, version)
	c := e.coders.of(t)
	var p unsafe.Pointer
	switch {
	case v.IsValid() && v.Type() == t && v.CanAddr():
		p = v.Addr().UnsafePointer()
	case v.IsValid() && v.Type() == t && v.CanInterface() && t.Kind() != reflect.Interface:
		x := v.Interface()
		p = contentOf(&x, t)
	default:
		n := reflect.New(t)
		if v.IsValid() {
			n.Elem().Set(v)
		}
		p = n.UnsafePointer()
	}
	if err := c.enc(e, p); err != nil {
		return Payload{}, within(err, rootName(t))
	}
	hosts := e.findHosts()
	if hosts == nil && o.Whole {
		for i := range e.spans {
			if e.spans[i].spare {
				return Payload{}, within(seenTwice(reflect.SliceOf(e.spans[i].t)), rootName(t))
			}
		}
	}
	if hosts != nil {
		again := encoder{o: o, coders: e.coders, b: append(e.b[:0], version), hosts: hosts}
		if err := c.enc(&again, p); err != nil {
			return Payload{}, within(err, rootName(t))
		}
		*e = again
	}
	return e.finish(), nil
}

// encoders are those that are not in use, with empty streams: most values are smaller than what
// encodes them. One whose value could not be encoded does not come back.
var encoders = sync.Pool{New: func() any { return &encoder{b: make([]byte, 0, maxScratch)} }}

// maxScratch is up to which size a stream is copied, so that the next value can use its memory.
const maxScratch = 2 << 10

// finish returns what was written, and the encoder to those that are not in use.
func (e *encoder) finish() Payload {
	p := Payload{Inline: e.b, Segments: e.segments}
	scratch := e.b[:0]
	if len(e.b) <= maxScratch {
		p.Inline = bytes.Clone(e.b)
	} else {
		scratch = make([]byte, 0, maxScratch)
	}
	spans := e.spans
	if clear(spans); cap(spans) > fewRefs {
		spans = nil
	}
	*e = encoder{b: scratch, spans: spans[:0]}
	encoders.Put(e)
	return p
}

// EncodeAll encodes several values, each as its own type, into one payload. They share one table of
// references, and DecodeAll reads them back.
func EncodeAll(values []reflect.Value, o *Options) (Payload, error) {
	if o == nil {
		o = &noOptions
	}
	copies := make([]unsafe.Pointer, len(values))
	for i, v := range values {
		n := reflect.New(v.Type())
		n.Elem().Set(v)
		copies[i] = n.UnsafePointer()
	}
	var hosts []host
	for {
		e := encoder{o: o, coders: codersFor(o), b: make([]byte, 1, 256), hosts: hosts}
		e.b[0] = version
		for i, v := range values {
			if err := e.coders.of(v.Type()).enc(&e, copies[i]); err != nil {
				return Payload{}, within(err, rootName(v.Type()))
			}
		}
		if hosts == nil {
			if hosts = e.findHosts(); hosts != nil {
				continue
			}
		}
		return Payload{Inline: e.b, Segments: e.segments}, nil
	}
}

type eface struct{ typ, data unsafe.Pointer }

// contentOf returns the address of what *x holds, whose type is t.
func contentOf(x *any, t reflect.Type) unsafe.Pointer {
	e := (*eface)(unsafe.Pointer(x))
	if pointerShaped(t) {
		return unsafe.Pointer(&e.data)
	}
	return e.data
}

// pointerShaped reports whether an interface holds values of t directly, not by address.
func pointerShaped(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Pointer, reflect.Map, reflect.Chan, reflect.Func, reflect.UnsafePointer:
		return true
	case reflect.Struct:
		return t.NumField() == 1 && pointerShaped(t.Field(0).Type)
	case reflect.Array:
		return t.Len() == 1 && pointerShaped(t.Elem())
	}
	return false
}

func (e *encoder) uint(x uint64) { e.b = binary.AppendUvarint(e.b, x) }

func (e *encoder) bytes(b []byte) {
	e.uint(uint64(len(b)))
	e.b = append(e.b, b...)
}

func (e *encoder) string(s string) {
	e.uint(uint64(len(s)))
	e.b = append(e.b, s...)
}

// reference writes that id was seen before, or remembers it.
func (e *encoder) reference(id identity) (seen bool) {
	n, seen := e.find(id)
	if seen {
		e.b = append(e.b, tagSeen)
		e.uint(uint64(n))
		return true
	}
	if e.few = append(e.few, id); e.many != nil {
		e.many[id] = len(e.few) - 1
	} else if len(e.few) > fewRefs {
		e.many = make(map[identity]int, 4*fewRefs)
		for i, id := range e.few {
			e.many[id] = i
		}
	}
	return false
}

func (e *encoder) find(id identity) (int, bool) {
	if e.many != nil {
		n, ok := e.many[id]
		return n, ok
	}
	for i, f := range e.few {
		if f == id {
			return i, true
		}
	}
	return 0, false
}

// span notes memory that a pointer or a slice refers to.
func (e *encoder) span(p unsafe.Pointer, t reflect.Type, n int, pointer bool) {
	if e.hosts == nil && t.Size() > 0 {
		e.spans = append(e.spans, reach{base: p, t: t, n: n, pointer: pointer})
	}
}

// sliceSpan notes the memory of a slice.
func (e *encoder) sliceSpan(h *sliceHeader, t reflect.Type) {
	if n := e.extent(h); n > 0 {
		e.span(h.data, t, n, false)
		if e.hosts == nil && t.Size() > 0 {
			e.spans[len(e.spans)-1].spare = n > h.len
		}
	}
}

// extent is how much of a slice's memory travels.
func (e *encoder) extent(h *sliceHeader) int {
	if e.o.Whole {
		return h.cap
	}
	return h.len
}

// mark and rollback undo a part that turned out not to be encodable.
type mark struct{ bytes, segments, refs, types, spans, hosts int }

func (e *encoder) mark() mark {
	return mark{len(e.b), len(e.segments), len(e.few), len(e.typeList), len(e.spans), e.hostsSeen}
}

func (e *encoder) rollback(m mark) {
	e.b, e.segments = e.b[:m.bytes], e.segments[:m.segments]
	for _, id := range e.few[m.refs:] {
		delete(e.many, id)
	}
	e.few = e.few[:m.refs]
	for _, t := range e.typeList[m.types:] {
		delete(e.types, t)
	}
	e.typeList, e.spans, e.hostsSeen = e.typeList[:m.types], e.spans[:m.spans], m.hosts
	for i := range e.hosts {
		if e.hosts[i].seen > m.hosts {
			e.hosts[i].seen = 0
		}
	}
}

func (e *encoder) enter(t reflect.Type) error {
	if e.depth++; e.depth > maxDepth {
		return &UnsupportedError{Type: t, Why: "it is nested too deeply (200,000 levels)", Fix: "keep long linked lists as a slice"}
	}
	return e.step()
}

// step asks Options.Stop once in a while.
func (e *encoder) step() error {
	if e.o.Stop == nil {
		return nil
	}
	if e.steps++; e.steps%stepsPerStop != 0 {
		return nil
	}
	if err := e.o.Stop(); err != nil {
		return &stopped{err}
	}
	return nil
}

// stepsPerStop is about 50 µs of work.
const stepsPerStop = 512

// stopped is the end of an encoding that Options.Stop wanted.
type stopped struct{ error }

func (s *stopped) Unwrap() error { return s.error }

func (e *encoder) leave() { e.depth-- }
