package codec

import (
	"fmt"
	"reflect"
	"unsafe"
)

func (s *coders) mapCoder(c *coder) {
	t := c.t
	key, val := s.compile(t.Key()), s.compile(t.Elem())
	c.enc = func(e *encoder, p unsafe.Pointer) error {
		m := reflect.NewAt(t, p).Elem()
		if m.IsNil() {
			e.b = append(e.b, tagNil)
			return nil
		}
		if e.reference(identity{t, m.UnsafePointer(), 0}) {
			return nil
		}
		if err := e.enter(t); err != nil {
			return err
		}
		defer e.leave()
		e.b = append(e.b, tagNew)
		e.uint(uint64(m.Len()))
		k, v := reflect.New(t.Key()), reflect.New(t.Elem())
		kp, vp := k.UnsafePointer(), v.UnsafePointer()
		for it := m.MapRange(); it.Next(); {
			k.Elem().SetIterKey(it)
			v.Elem().SetIterValue(it)
			if err := key.enc(e, kp); err != nil {
				return within(err, fmt.Sprintf("[key %v]", it.Key()))
			}
			if err := val.enc(e, vp); err != nil {
				return within(err, fmt.Sprintf("[%v]", it.Key()))
			}
			if err := e.step(); err != nil {
				return err
			}
		}
		return nil
	}
	c.dec = func(d *decoder, p unsafe.Pointer) error {
		tag, err := d.byte()
		if err != nil || tag == tagNil {
			return err
		}
		if tag == tagSeen {
			id, err := d.seen(t)
			*(*unsafe.Pointer)(p) = id.p
			return err
		}
		n, err := d.count(key.min + val.min)
		if err != nil {
			return err
		}
		if key.min+val.min == 0 && n > 1 {
			return corrupt("a map of empty keys has several")
		}
		if err := d.enter(); err != nil {
			return err
		}
		defer d.leave()
		m := reflect.MakeMapWithSize(t, n)
		*(*unsafe.Pointer)(p) = m.UnsafePointer()
		d.remember(t, m.UnsafePointer(), 0)
		k, v := reflect.New(t.Key()), reflect.New(t.Elem())
		for range n {
			k.Elem().SetZero()
			v.Elem().SetZero()
			if err := key.dec(d, k.UnsafePointer()); err != nil {
				return err
			}
			if err := val.dec(d, v.UnsafePointer()); err != nil {
				return err
			}
			m.SetMapIndex(k.Elem(), v.Elem())
		}
		return nil
	}
}
