package codec

import (
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"unsafe"
)

// ErrTooLarge means that a variable does not fit into what its snapshot may take.
var ErrTooLarge = errors.New("codec: the value is too large")

// EncodeVariables encodes variables in place: pointers to a variable, or into it, stay pointers to
// that variable, and what several variables share stays shared. The values must be addressable, and
// of types other than functions. errs[i] says why variable i was left out; whatever points to one
// that was left out is left out too if it cannot be encoded without it. Together the variables take
// at most limit bytes. err is what Options.Stop returned.
func EncodeVariables(values []reflect.Value, limit int, o *Options) (p Payload, errs []error, err error) {
	if o == nil {
		o = &noOptions
	}
	errs = make([]error, len(values))
	var hosts []host
	for {
		e := &encoder{o: o, coders: codersFor(o), b: make([]byte, 1, 256), hosts: hosts}
		e.b[0] = version
		complete, err := e.variables(values, errs, limit)
		switch {
		case err != nil:
			return Payload{}, errs, err
		case !complete: // again, with what is left: others may have referred to what is not there now
			hosts = nil
			continue
		}
		if hosts == nil {
			if hosts = e.findHosts(); hosts != nil {
				continue
			}
		}
		return Payload{Inline: e.b, Segments: e.segments}, errs, nil
	}
}

// variables writes those without an error so far; complete is false when there are new errors.
func (e *encoder) variables(values []reflect.Value, errs []error, limit int) (complete bool, err error) {
	complete = true
	for i, v := range values { // what they are
		if errs[i] != nil {
			e.uint(0)
			continue
		}
		e.uint(1)
		m := e.mark()
		if errs[i] = e.typeRef(v.Type()); errs[i] != nil {
			e.rollback(m)
			complete = false
			continue
		}
		e.root(v)
	}
	if !complete {
		return false, nil
	}
	size := 0
	for i, v := range values {
		if errs[i] != nil {
			continue
		}
		m := e.mark()
		err := e.coders.of(v.Type()).enc(e, v.Addr().UnsafePointer())
		var end *stopped
		if errors.As(err, &end) {
			return false, end.error
		}
		for _, s := range e.segments[m.segments:] {
			size += len(s)
		}
		if err == nil && size+len(e.b) > limit {
			err = ErrTooLarge
		}
		if err != nil {
			for _, s := range e.segments[m.segments:] {
				size -= len(s)
			}
			e.rollback(m)
			e.depth = 0
			errs[i], complete = within(err, rootName(v.Type())), false
		}
	}
	return complete, nil
}

// root makes a variable known before anything is written that may point to it, or into it.
func (e *encoder) root(v reflect.Value) {
	p := v.Addr().UnsafePointer()
	id := identity{reflect.PointerTo(v.Type()), p, 0}
	e.few = append(e.few, id)
	if e.many == nil {
		e.many = map[identity]int{}
		for i, id := range e.few {
			e.many[id] = i
		}
	} else if _, known := e.many[id]; !known { // variables without size share their address
		e.many[id] = len(e.few) - 1
	}
	e.span(p, v.Type(), 1, true)
	for k := range e.hosts {
		if h := &e.hosts[k]; h.base == p && h.t == v.Type() && h.n == 1 && h.seen == 0 {
			e.hostsSeen++
			h.seen = e.hostsSeen
			e.uint(1)
			return
		}
	}
	e.uint(0)
}

// DecodeVariables reads what EncodeVariables wrote. For each variable place returns where to put
// it, addressable and of type t; what it cannot place is read and dropped. All or nothing is valid
// after an error: a variable may refer to every other one.
func DecodeVariables(p Payload, n int, place func(i int, t reflect.Type) (reflect.Value, bool), o *Options) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = &CorruptError{Why: fmt.Sprint(r)}
		}
	}()
	defer runtime.KeepAlive(o)
	d, err := newDecoder(p, o)
	if err != nil {
		return err
	}
	targets := make([]unsafe.Pointer, n)
	found := make([]reflect.Type, n)
	for i := range n {
		there, err := d.uint()
		if err != nil {
			return err
		}
		if there == 0 {
			continue
		}
		t, err := d.typeRef()
		if err != nil {
			return err
		}
		v, ok := place(i, t)
		if !ok {
			v = reflect.New(t).Elem()
		}
		if v.Type() != t || !v.CanAddr() {
			return fmt.Errorf("codec: a variable of type %s cannot take a %s", v.Type(), t)
		}
		found[i], targets[i] = t, v.Addr().UnsafePointer()
		d.remember(reflect.PointerTo(t), targets[i], 0)
		host1, err := d.uint()
		if err != nil {
			return err
		}
		if host1 == 1 {
			d.hosts = append(d.hosts, host{base: targets[i], t: t, n: 1})
		}
	}
	for i, t := range found {
		if t == nil {
			continue
		}
		if err := d.coders.of(t).dec(d, targets[i]); err != nil {
			return &CorruptError{Type: t, Why: err.Error()}
		}
	}
	return nil
}
