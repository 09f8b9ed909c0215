package codec

import (
	"reflect"
	"strconv"
	"unsafe"
)

func (s *coders) arrayCoder(c *coder) {
	el := s.compile(c.t.Elem())
	n, size := c.t.Len(), c.t.Elem().Size()
	if el.raw || n == 0 || size == 0 {
		rawCoder(c)
		return
	}
	c.leaf, c.min = el.leaf, n*max(el.min, 1)
	c.enc = func(e *encoder, p unsafe.Pointer) error { return encodeElements(e, el, p, n, size) }
	c.dec = func(d *decoder, p unsafe.Pointer) error {
		if _, err := d.fits(uint64(n), el.min); err != nil {
			return err
		}
		return decodeElements(d, el, p, n, size)
	}
}

func encodeElements(e *encoder, el *coder, p unsafe.Pointer, n int, size uintptr) error {
	for i := range n {
		if err := el.enc(e, unsafe.Add(p, uintptr(i)*size)); err != nil {
			return within(err, "["+strconv.Itoa(i)+"]")
		}
		if e.o.Stop != nil {
			if err := e.step(); err != nil {
				return err
			}
		}
	}
	return nil
}

func decodeElements(d *decoder, el *coder, p unsafe.Pointer, n int, size uintptr) error {
	for i := range n {
		if err := el.dec(d, unsafe.Add(p, uintptr(i)*size)); err != nil {
			return err
		}
	}
	return nil
}

type sliceHeader struct {
	data     unsafe.Pointer
	len, cap int
}

func (s *coders) sliceCoder(c *coder) {
	el := s.compile(c.t.Elem())
	switch {
	case c.t.Elem().Size() == 0:
		emptySliceCoder(c)
	case el.raw:
		rawSliceCoder(c)
	case c.t.Elem().Kind() == reflect.Bool:
		boolSliceCoder(c)
	default:
		trackedSliceCoder(c, el)
	}
}

// emptySliceCoder is for elements without memory, of which any number costs nothing.
func emptySliceCoder(c *coder) {
	c.leaf = true
	c.enc = func(e *encoder, p unsafe.Pointer) error {
		h := (*sliceHeader)(p)
		if h.data == nil {
			e.uint(0)
			return nil
		}
		e.uint(uint64(h.len) + 1)
		return nil
	}
	c.dec = func(d *decoder, p unsafe.Pointer) error {
		n, err := d.uint()
		if err != nil || n == 0 {
			return err
		}
		if n > 1<<40 {
			return corrupt("a length is absurd")
		}
		setSlice(c.t, p, int(n-1))
		return nil
	}
}

// setSlice allocates n elements for the slice of type t at p.
func setSlice(t reflect.Type, p unsafe.Pointer, n int) {
	*(*sliceHeader)(p) = sliceHeader{reflect.MakeSlice(t, n, n).UnsafePointer(), n, n}
}

// uncleared is from which size on memory for a copy is taken as bytes, which append does not clear
// before it fills them. It begins at a page: that is enough for the elements of any type.
const uncleared = 64 << 10

// rawSliceCoder: 0 for nil, 1 and a segment's number, 2 and a place in other memory, or the length + 3
// and the memory.
func rawSliceCoder(c *coder) {
	c.leaf = true
	size := c.t.Elem().Size()
	c.enc = func(e *encoder, p unsafe.Pointer) error {
		h := (*sliceHeader)(p)
		if h.data == nil {
			e.uint(0)
			return nil
		}
		if in := e.hostOfSlice(h, c.t.Elem()); in != nil {
			e.uint(2)
			return e.sliceInHost(in, h, c.t.Elem())
		}
		if err := e.alone(c.t, h); err != nil {
			return err
		}
		e.sliceSpan(h, c.t.Elem())
		m := memory(h.data, uintptr(h.len)*size)
		if len(m) >= segmentBytes {
			e.uint(1)
			e.uint(uint64(len(e.segments)))
			e.segments = append(e.segments, m)
			return nil
		}
		e.uint(uint64(h.len) + 3)
		e.b = append(e.b, m...)
		return nil
	}
	c.dec = func(d *decoder, p unsafe.Pointer) error {
		k, err := d.uint()
		if err != nil || k == 0 {
			return err
		}
		var m []byte
		if k == 2 {
			return d.sliceInHost(c.t.Elem(), p)
		}
		if k == 1 {
			if m, err = d.segment(); err != nil {
				return err
			}
			if uintptr(len(m))%size != 0 {
				return corrupt("a segment is not a whole number of elements")
			}
		} else {
			n, err := d.fits(k-3, int(size))
			if err != nil {
				return err
			}
			m, _ = d.take(n * int(size))
		}
		if len(m) < uncleared {
			setSlice(c.t, p, len(m)/int(size))
			copy(memory((*sliceHeader)(p).data, uintptr(len(m))), m)
			return nil
		}
		own, mapped := d.o.Hold.Window(m)
		if !mapped {
			own = append([]byte(nil), m...)
		}
		*(*sliceHeader)(p) = sliceHeader{unsafe.Pointer(unsafe.SliceData(own)), len(m) / int(size), len(m) / int(size)}
		return nil
	}
}

// boolSliceCoder: the memory of bools is that of bytes, of which only 0 and 1 may come back.
func boolSliceCoder(c *coder) {
	rawSliceCoder(c)
	read := c.dec
	c.dec = func(d *decoder, p unsafe.Pointer) error {
		if err := read(d, p); err != nil {
			return err
		}
		h := (*sliceHeader)(p)
		for i, b := range memory(h.data, uintptr(h.len)) {
			if b > 1 {
				clear(memory(h.data, uintptr(h.len))[i:])
				return corrupt("a bool is neither 0 nor 1")
			}
		}
		return nil
	}
}

// trackedSliceCoder: elements that may hold pointers make the slice itself part of possible
// cycles, so it is remembered like a pointer.
func trackedSliceCoder(c *coder, el *coder) {
	size := c.t.Elem().Size()
	c.leaf = el.leaf
	c.enc = func(e *encoder, p unsafe.Pointer) error {
		h := (*sliceHeader)(p)
		if h.data == nil {
			e.b = append(e.b, tagNil)
			return nil
		}
		if in := e.hostOfSlice(h, c.t.Elem()); in != nil {
			e.b = append(e.b, tagHost)
			return e.sliceInHost(in, h, c.t.Elem())
		}
		if err := e.alone(c.t, h); err != nil {
			return err
		}
		if h.len > 0 && !el.leaf {
			if e.reference(identity{c.t, h.data, h.len}) {
				return nil
			}
		}
		if err := e.enter(c.t); err != nil {
			return err
		}
		defer e.leave()
		e.sliceSpan(h, c.t.Elem())
		e.b = append(e.b, tagNew)
		e.uint(uint64(h.len))
		return encodeElements(e, el, h.data, h.len, size)
	}
	c.dec = func(d *decoder, p unsafe.Pointer) error {
		tag, err := d.byte()
		if err != nil || tag == tagNil {
			return err
		}
		if tag == tagSeen {
			id, err := d.seen(c.t)
			*(*sliceHeader)(p) = sliceHeader{id.p, id.n, id.n}
			return err
		}
		if tag == tagHost {
			return d.sliceInHost(c.t.Elem(), p)
		}
		n, err := d.count(max(el.min, 1))
		if err != nil {
			return err
		}
		if err := d.enter(); err != nil {
			return err
		}
		defer d.leave()
		setSlice(c.t, p, n)
		if n > 0 && !el.leaf {
			d.remember(c.t, (*sliceHeader)(p).data, n)
		}
		return decodeElements(d, el, (*sliceHeader)(p).data, n, size)
	}
}

// hostOfSlice returns the host that a slice lies in.
func (e *encoder) hostOfSlice(h *sliceHeader, t reflect.Type) *host {
	n := e.extent(h)
	if e.hosts == nil || n == 0 {
		return nil
	}
	return e.hostOf(h.data, t, n)
}

// sliceInHost writes a slice of a host's memory.
func (e *encoder) sliceInHost(in *host, h *sliceHeader, t reflect.Type) error {
	e.uint(uint64(h.len))
	if e.o.Whole {
		e.uint(uint64(h.cap - h.len))
	}
	return e.inHost(in, h.data, t)
}

func seenTwice(t reflect.Type) error {
	return &UnsupportedError{Type: t, Why: "its memory is also seen as something of another type", Fix: "copy the slice"}
}

// alone refuses a slice that would not be the same afterwards, when the whole moves: one that is not
// all of its memory and has no host.
func (e *encoder) alone(t reflect.Type, h *sliceHeader) error {
	if e.o.Whole && h.cap > h.len && e.hosts != nil {
		return seenTwice(t)
	}
	return nil
}

func (d *decoder) sliceInHost(t reflect.Type, p unsafe.Pointer) error {
	n, err := d.uint()
	if err != nil {
		return err
	}
	spare := uint64(0)
	if d.o.Whole {
		if spare, err = d.uint(); err != nil {
			return err
		}
	}
	if n+spare == 0 || n > 1<<40 || spare > 1<<40 {
		return corrupt("a length is absurd")
	}
	data, err := d.inHost(t, int(n+spare))
	if err != nil {
		return err
	}
	*(*sliceHeader)(p) = sliceHeader{data, int(n), int(n + spare)}
	return nil
}
