package worker

import (
	"reflect"
	"runtime"
	"unsafe"
)

// Most methods and functions that are called very often take nothing, or a number or a text, and return
// one: those are called as what they are. A call by reflection takes longer than such a function and all
// that is done for it in this process.

// simple are the types of arguments and results of direct calls.
type simple interface{ int | string | float64 | bool }

func returned[R simple](c *Call, v R, err error) error {
	if err != nil {
		return err
	}
	var at any
	switch any(v).(type) {
	case int:
		at = &c.out.number
	case string:
		at = &c.out.text
	case float64:
		at = &c.out.float
	case bool:
		at = &c.out.truth
	}
	place := at.(*R)
	*place = v
	c.out.value = reflect.ValueOf(place).Elem()
	return nil
}

func argument[A simple](in []reflect.Value) (a A) {
	switch p := any(&a).(type) {
	case *int:
		*p = int(in[0].Int())
	case *string:
		*p = in[0].String()
	case *float64:
		*p = in[0].Float()
	case *bool:
		*p = in[0].Bool()
	}
	return a
}

// caller makes a direct call of a function value, of the shape that it is for. A method is a function
// whose first parameter is a pointer, whatever it points to.
type caller struct {
	function, method func(fn unsafe.Pointer) direct
}

// shape is the type of a function without its receiver; nil is none.
type shape struct {
	in, out reflect.Type
	fails   bool
}

var callers = map[shape]caller{}

// as makes a function value of a pointer to a function's code, which is what function values are.
func as[F any](fn unsafe.Pointer) F { return *(*F)(unsafe.Pointer(&fn)) }

func init() {
	directNothing()
	directReturning[int]()
	directReturning[string]()
	directReturning[float64]()
	directReturning[bool]()
	directTaking[int]()
	directTaking[string]()
	directTaking[float64]()
	directBoth[int, int]()
	directBoth[int, string]()
	directBoth[int, float64]()
	directBoth[int, bool]()
	directBoth[string, int]()
	directBoth[string, string]()
	directBoth[string, bool]()
	directBoth[float64, float64]()
}

// directMethod finds out how to call a method of an actor's state directly; nil: by reflection.
func directMethod(state reflect.Value, name string) direct {
	if state.Kind() != reflect.Pointer {
		return nil
	}
	m, ok := state.Type().MethodByName(name)
	if !ok {
		return nil
	}
	if c, ok := callers[shapeOf(m.Type, 1)]; ok {
		// The methods of a cell's type have no code of their own: only reflection can call them.
		if fn := code(m.Func); runtime.FuncForPC(*(*uintptr)(fn)) != nil {
			return c.method(fn)
		}
	}
	return nil
}

// directFunction is directMethod for a function.
func directFunction(fn reflect.Value) direct {
	if c, ok := callers[shapeOf(fn.Type(), 0)]; ok {
		return c.function(code(fn))
	}
	return nil
}

// code is the pointer that a function value consists of.
func code(fn reflect.Value) unsafe.Pointer {
	f := fn.Interface()
	return (*[2]unsafe.Pointer)(unsafe.Pointer(&f))[1]
}

// shapeOf returns the shape of a function whose first skip parameters are its receiver; that of no caller
// for all that is not called directly.
func shapeOf(t reflect.Type, skip int) (s shape) {
	other := shape{in: t}
	in, out := t.NumIn()-skip, t.NumOut()
	if out > 0 && t.Out(out-1) == errorType {
		s.fails = true
		out--
	}
	if in > 1 || out > 1 || t.IsVariadic() {
		return other
	}
	if in == 1 {
		s.in = t.In(skip)
	}
	if out == 1 {
		s.out = t.Out(0)
	}
	return s
}

// directNothing adds the functions that take and return nothing.
func directNothing() {
	callers[shape{}] = caller{
		func(fn unsafe.Pointer) direct {
			f := as[func()](fn)
			return func(*Call, unsafe.Pointer, []reflect.Value) error { f(); return nil }
		}, func(fn unsafe.Pointer) direct {
			f := as[func(unsafe.Pointer)](fn)
			return func(_ *Call, at unsafe.Pointer, _ []reflect.Value) error { f(at); return nil }
		}}
	callers[shape{fails: true}] = caller{
		func(fn unsafe.Pointer) direct {
			f := as[func() error](fn)
			return func(*Call, unsafe.Pointer, []reflect.Value) error { return f() }
		}, func(fn unsafe.Pointer) direct {
			f := as[func(unsafe.Pointer) error](fn)
			return func(_ *Call, at unsafe.Pointer, _ []reflect.Value) error { return f(at) }
		}}
}

// directReturning adds the functions that take nothing and return an R.
func directReturning[R simple]() {
	out := reflect.TypeFor[R]()
	callers[shape{out: out}] = caller{
		func(fn unsafe.Pointer) direct {
			f := as[func() R](fn)
			return func(c *Call, _ unsafe.Pointer, _ []reflect.Value) error { return returned(c, f(), nil) }
		}, func(fn unsafe.Pointer) direct {
			f := as[func(unsafe.Pointer) R](fn)
			return func(c *Call, at unsafe.Pointer, _ []reflect.Value) error { return returned(c, f(at), nil) }
		}}
	callers[shape{out: out, fails: true}] = caller{
		func(fn unsafe.Pointer) direct {
			f := as[func() (R, error)](fn)
			return func(c *Call, _ unsafe.Pointer, _ []reflect.Value) error {
				v, err := f()
				return returned(c, v, err)
			}
		}, func(fn unsafe.Pointer) direct {
			f := as[func(unsafe.Pointer) (R, error)](fn)
			return func(c *Call, at unsafe.Pointer, _ []reflect.Value) error {
				v, err := f(at)
				return returned(c, v, err)
			}
		}}
}

// directTaking adds the functions that take an A and return nothing.
func directTaking[A simple]() {
	callers[shape{in: reflect.TypeFor[A]()}] = caller{
		func(fn unsafe.Pointer) direct {
			f := as[func(A)](fn)
			return func(_ *Call, _ unsafe.Pointer, in []reflect.Value) error { f(argument[A](in)); return nil }
		}, func(fn unsafe.Pointer) direct {
			f := as[func(unsafe.Pointer, A)](fn)
			return func(_ *Call, at unsafe.Pointer, in []reflect.Value) error { f(at, argument[A](in)); return nil }
		}}
}

// directBoth adds the functions that take an A and return an R.
func directBoth[A, R simple]() {
	in, out := reflect.TypeFor[A](), reflect.TypeFor[R]()
	callers[shape{in: in, out: out}] = caller{
		func(fn unsafe.Pointer) direct {
			f := as[func(A) R](fn)
			return func(c *Call, _ unsafe.Pointer, in []reflect.Value) error {
				return returned(c, f(argument[A](in)), nil)
			}
		}, func(fn unsafe.Pointer) direct {
			f := as[func(unsafe.Pointer, A) R](fn)
			return func(c *Call, at unsafe.Pointer, in []reflect.Value) error {
				return returned(c, f(at, argument[A](in)), nil)
			}
		}}
	callers[shape{in: in, out: out, fails: true}] = caller{
		func(fn unsafe.Pointer) direct {
			f := as[func(A) (R, error)](fn)
			return func(c *Call, _ unsafe.Pointer, in []reflect.Value) error {
				v, err := f(argument[A](in))
				return returned(c, v, err)
			}
		}, func(fn unsafe.Pointer) direct {
			f := as[func(unsafe.Pointer, A) (R, error)](fn)
			return func(c *Call, at unsafe.Pointer, in []reflect.Value) error {
				v, err := f(at, argument[A](in))
				return returned(c, v, err)
			}
		}}
}
