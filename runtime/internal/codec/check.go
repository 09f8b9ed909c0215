package codec

import "reflect"

// Check says by its type alone whether a value may travel: the UnsupportedError of the first part
// of t that can not. Encode is more lenient, as it accepts nil where Check must expect a value, and
// stricter, as it sees what interfaces hold.
func Check(t reflect.Type) error {
	c := checker{seen: map[reflect.Type]bool{}}
	if err := c.check(t); err != nil {
		return within(err, rootName(t))
	}
	return nil
}

// CheckWith is Check for a process whose references have the type ref, and which can ship functions
// when funcs is true.
func CheckWith(t, ref reflect.Type, funcs bool) error {
	c := checker{ref: ref, funcs: funcs, seen: map[reflect.Type]bool{}}
	if err := c.check(t); err != nil {
		return within(err, rootName(t))
	}
	return nil
}

// CheckWhole is CheckWith for a value that moves, without functions.
func CheckWhole(t, ref reflect.Type) error {
	c := checker{ref: ref, whole: true, seen: map[reflect.Type]bool{}}
	if err := c.check(t); err != nil {
		return within(err, rootName(t))
	}
	return nil
}

type checker struct {
	ref   reflect.Type
	whole bool
	funcs bool
	seen  map[reflect.Type]bool
}

func (c *checker) check(t reflect.Type) error {
	if c.seen[t] || t == c.ref || special[t] != nil {
		return nil
	}
	c.seen[t] = true
	if r := refusal(t); r != nil && !(c.whole && moves(t)) {
		return r.error(t)
	}
	if writesObject(t) || marshalsBinary(t) {
		return nil
	}
	switch t.Kind() {
	case reflect.Chan:
		return refusedChan.error(t)
	case reflect.UnsafePointer:
		return refusedPointer.error(t)
	case reflect.Func:
		if !c.funcs {
			return refusedFunc.error(t)
		}
	case reflect.Pointer:
		return c.check(t.Elem())
	case reflect.Slice:
		return within(c.check(t.Elem()), "[]")
	case reflect.Array:
		if t.Len() > 0 {
			return within(c.check(t.Elem()), "[]")
		}
	case reflect.Map:
		if err := c.check(t.Key()); err != nil {
			return within(err, "[key]")
		}
		return within(c.check(t.Elem()), "[]")
	case reflect.Struct:
		for i := range t.NumField() {
			if err := c.check(t.Field(i).Type); err != nil {
				return within(err, "."+t.Field(i).Name)
			}
		}
	}
	return nil
}
