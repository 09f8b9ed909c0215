package ray

import (
	"context"
	"reflect"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/python"
)

// PyClass makes actors of a class of Python's. Make it with PythonClass.
type PyClass struct {
	target pythonTarget
	class  *Class
}

// PythonClass makes a class of a module of Python's an actor class: each actor has a worker with a
// Python process of its own, in which its object lives.
//
//	forest := ray.PythonClass("sklearn.ensemble", "RandomForestRegressor").Remote(ray.Kwargs{"n_estimators": 20})
//	ray.Must(ray.Get(ray.PythonCall[any](forest, "fit", x, y))) // a method that returns its object returns nil here
//	y, err := ray.Get(ray.PythonCall[[]float64](forest, "predict", x))
func PythonClass(module, class string) PyClass {
	c := PyClass{target: pythonTarget{Module: module, Name: class}, class: NewClass(newPythonActor, reflect.TypeFor[pythonActor]())}
	c.class = &Class{ctor: forPython(c.class.ctor, c.target)}
	return c
}

// Options returns a copy with the options changed.
func (c PyClass) Options(opts ...Option) PyClass {
	c.class = c.class.With(opts...)
	return c
}

// Env returns a copy whose actors live in another environment.
func (c PyClass) Env(env PythonEnv) PyClass {
	c.target.Env = env.internal()
	return c
}

// Remote makes an actor; the arguments are those of the class, as for PythonFunc.Remote.
func (c PyClass) Remote(args ...any) PyActor {
	if c.class == nil {
		return PyActor{actor: notCreated(currentSession(), invalidCall("the Python class is the zero value; make it with ray.PythonClass"))}
	}
	args, err := pythonArguments(c.String(), args)
	if err != nil {
		return PyActor{actor: notCreated(currentSession(), err)}
	}
	if s := currentSession(); s != nil {
		if p := c.target.direct(s, c.class.ctor.options); p != nil {
			return PyActor{actor: c.class.made(s, func() (*core.TaskSpec, []*Ref, error) {
				return c.class.ctor.direct(s, core.ActorStart, p, args)
			}), direct: true}
		}
	}
	return PyActor{actor: c.class.New(append([]any{c.target}, args...)...)}
}

// String names the class: "sklearn.ensemble.RandomForestRegressor".
func (c PyClass) String() string { return c.target.Module + "." + c.target.Name }

// PyActor refers to an actor of Python's. It may be given to tasks, and ends when no handle is left.
type PyActor struct {
	actor  *ActorRef
	direct bool // it lives in a worker that is Python
}

// Actor returns the untyped handle, for Kill and for names.
func (a PyActor) Actor() *ActorRef { return a.actor }

// ID is the actor's id.
func (a PyActor) ID() string { return a.actor.ID() }

// Kill ends the actor at once.
func (a PyActor) Kill() error { return a.actor.Kill() }

// PythonCall submits a method of the actor and returns at once; the name of an attribute that is no
// method gives its value. What the method returns is read as an R.
func PythonCall[R any](a PyActor, method string, args ...any) ObjectRef[R] {
	return RefOf[R](a.Call(method, args...))
}

// Call is PythonCall without a type.
func (a PyActor) Call(method string, args ...any) *Ref {
	if a.actor == nil {
		return errorRef(currentSession(), invalidCall("PythonCall of a zero handle; make the actor with ray.PythonClass"))
	}
	args, err := pythonArguments(method, args)
	if err != nil {
		return errorRef(currentSession(), err)
	}
	if a.direct {
		return a.actor.callPython(method, args)
	}
	return a.actor.Call(reflect.TypeFor[pythonActor](), nil, "Method", append([]any{method}, args...)...)
}

// pythonActor is the state of an actor: its Python process.
type pythonActor struct {
	child *python.Child
}

// newPythonActor starts the process and makes the object in it.
func newPythonActor(ctx context.Context, target pythonTarget, args ...any) (*pythonActor, error) {
	r, err := pythonRequest("new", target, args)
	if err != nil {
		return nil, err
	}
	child, err := python.Start(target.Env)
	if err != nil {
		return nil, err
	}
	if _, err := child.Do(ctx, r); err != nil {
		_ = child.Close() // the error is why
		return nil, pythonFailed(err)
	}
	a := &pythonActor{child: child}
	if core.ProcessBackend() == nil {
		OnShutdown(func() { _ = child.Close() }) // an actor's worker ends by itself, a driver does not
	}
	return a, nil
}

// Method calls a method of the object.
func (a *pythonActor) Method(ctx context.Context, name string, args ...any) (any, error) {
	r, err := pythonRequest("method", pythonTarget{Name: name}, args)
	if err != nil {
		return nil, err
	}
	v, err := a.child.Do(ctx, r)
	return v, pythonFailed(err)
}
