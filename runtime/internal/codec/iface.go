package codec

import (
	"errors"
	"reflect"
	"unsafe"
)

// What can stand where an interface's type is written. Numbers from ifaceTypes on are places in
// the message's table of types, which begins with the basic ones.
const (
	ifaceNil      = iota
	ifaceNewType  // a type that the message has not named yet
	ifaceSentinel // a registered error, by name
	ifaceStatic   // an errors.New of the program's own variables, by address
	ifaceRemote   // an error whose type cannot travel
	ifaceTypes
)

var errorType = reflect.TypeFor[error]()

func interfaceCoder(c *coder) {
	t := c.t
	c.enc = func(e *encoder, p unsafe.Pointer) error {
		if *(*unsafe.Pointer)(p) == nil {
			e.uint(ifaceNil)
			return nil
		}
		v := reflect.NewAt(t, p).Elem().Elem()
		if err := e.enter(t); err != nil {
			return err
		}
		defer e.leave()
		if !v.Type().Implements(errorType) {
			return e.dynamic(v)
		}
		if e.knownError(v) {
			return nil
		}
		m := e.mark()
		err := e.dynamic(v)
		var u *UnsupportedError
		if errors.As(err, &u) && reflect.TypeFor[*RemoteError]().Implements(t) {
			e.rollback(m)
			return e.remoteError(v.Interface().(error))
		}
		return err
	}
	c.dec = func(d *decoder, p unsafe.Pointer) error {
		k, err := d.uint()
		if err != nil || k == ifaceNil {
			return err
		}
		if err := d.enter(); err != nil {
			return err
		}
		defer d.leave()
		x, err := d.dynamic(k)
		if err != nil {
			return err
		}
		if t.NumMethod() == 0 {
			*(*any)(p) = x
			return nil
		}
		return assign(reflect.NewAt(t, p).Elem(), x)
	}
}

// dynamic writes the type and the content of an interface.
func (e *encoder) dynamic(v reflect.Value) error {
	t := v.Type()
	if err := e.typeRef(t); err != nil {
		return within(err, ".("+t.String()+")")
	}
	x := v.Interface()
	if err := e.coders.of(t).enc(e, contentOf(&x, t)); err != nil {
		return within(err, ".("+t.String()+")")
	}
	return nil
}

func (d *decoder) dynamic(k uint64) (any, error) {
	switch k {
	case ifaceSentinel, ifaceStatic:
		return d.knownError(k)
	case ifaceRemote:
		return d.remoteError()
	}
	t, err := d.typeAt(k)
	if err != nil {
		return nil, err
	}
	c := d.coders.of(t)
	if _, err := d.fits(1, c.min); err != nil {
		return nil, err
	}
	v := reflect.New(t)
	if err := c.dec(d, v.UnsafePointer()); err != nil {
		return nil, err
	}
	return v.Elem().Interface(), nil
}
