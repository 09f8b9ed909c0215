package codec

import (
	"reflect"
	"unsafe"
)

type field struct {
	*coder
	name   string
	offset uintptr
}

func (s *coders) structCoder(c *coder) {
	t := c.t
	fields := make([]field, 0, t.NumField())
	raw, leaf, least, end := true, true, 0, uintptr(0)
	for i := range t.NumField() {
		f := t.Field(i)
		fc := s.compile(f.Type)
		raw = raw && fc.raw && f.Offset == end // padding is not data
		leaf = leaf && fc.leaf
		least += fc.min
		end = f.Offset + f.Type.Size()
		fields = append(fields, field{fc, f.Name, f.Offset})
	}
	if raw && end == t.Size() {
		rawCoder(c)
		return
	}
	c.leaf, c.min = leaf, least
	c.enc = func(e *encoder, p unsafe.Pointer) error {
		for i := range fields {
			f := &fields[i]
			if err := f.enc(e, unsafe.Add(p, f.offset)); err != nil {
				return within(err, "."+f.name)
			}
		}
		return nil
	}
	c.dec = func(d *decoder, p unsafe.Pointer) error {
		for i := range fields {
			f := &fields[i]
			if err := f.dec(d, unsafe.Add(p, f.offset)); err != nil {
				return err
			}
		}
		return nil
	}
}

func (s *coders) pointerCoder(c *coder) {
	el := s.compile(c.t.Elem())
	c.enc = func(e *encoder, p unsafe.Pointer) error {
		target := *(*unsafe.Pointer)(p)
		if target == nil {
			e.b = append(e.b, tagNil)
			return nil
		}
		if e.hosts != nil {
			if h := e.hostOf(target, el.t, 1); h != nil {
				e.b = append(e.b, tagHost)
				return e.inHost(h, target, el.t)
			}
		}
		if e.reference(identity{c.t, target, 0}) {
			return nil
		}
		e.span(target, el.t, 1, true)
		if err := e.enter(c.t); err != nil {
			return err
		}
		e.b = append(e.b, tagNew)
		err := el.enc(e, target)
		e.leave()
		return err
	}
	c.dec = func(d *decoder, p unsafe.Pointer) error {
		tag, err := d.byte()
		if err != nil || tag == tagNil {
			return err
		}
		if tag == tagSeen {
			id, err := d.seen(c.t)
			*(*unsafe.Pointer)(p) = id.p
			return err
		}
		if tag == tagHost {
			target, err := d.inHost(c.t.Elem(), 1)
			*(*unsafe.Pointer)(p) = target
			return err
		}
		if _, err := d.fits(1, el.min); err != nil {
			return err
		}
		if err := d.enter(); err != nil {
			return err
		}
		target := reflect.New(c.t.Elem()).UnsafePointer()
		*(*unsafe.Pointer)(p) = target
		d.remember(c.t, target, 0)
		err = el.dec(d, target)
		d.leave()
		return err
	}
}

func refCoder(c *coder) {
	c.leaf = true
	pointer := c.t.Kind() == reflect.Pointer
	c.enc = func(e *encoder, p unsafe.Pointer) error {
		if pointer && *(*unsafe.Pointer)(p) == nil {
			e.b = append(e.b, tagNil)
			return nil
		}
		if e.o.Refs == nil {
			return &UnsupportedError{Type: c.t, Why: "nothing here keeps object references", Fix: "pass the value instead (ray.Get)"}
		}
		b, err := e.o.Refs.EncodeRef(reflect.NewAt(c.t, p).Elem().Interface())
		if err != nil {
			return err
		}
		e.b = append(e.b, tagNew)
		e.bytes(b)
		return nil
	}
	c.dec = func(d *decoder, p unsafe.Pointer) error {
		tag, err := d.byte()
		if err != nil || tag == tagNil {
			return err
		}
		b, err := d.bytes()
		if err != nil {
			return err
		}
		if d.o.Refs == nil {
			return corrupt("it holds an object reference, and nothing here keeps references")
		}
		ref, err := d.o.Refs.DecodeRef(b)
		if err != nil {
			return err
		}
		return assign(reflect.NewAt(c.t, p).Elem(), ref)
	}
}
