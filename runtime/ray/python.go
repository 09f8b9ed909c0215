package ray

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"reflect"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/marshal"
	"github.com/goray/goray/runtime/internal/python"
)

// PythonFunc is a function of Python's that runs as tasks, whose result is read as an R.
type PythonFunc[R any] struct {
	f *PythonFunction
}

// PythonEnv is where Python code runs. The zero value is this machine's interpreter in the directory
// of the worker: $GORAY_PYTHON, or that of $VIRTUAL_ENV, or python3.
type PythonEnv struct {
	Executable string            // the interpreter; "" is the one above
	Dir        string            // working directory, which modules are also imported from
	Path       []string          // more folders that modules are imported from
	Vars       map[string]string // of the environment
}

// Kwargs are keyword arguments: the last argument of a call of Python.
type Kwargs map[string]any

// ArrowIPC is a table as an Arrow IPC stream, which Python reads as a pyarrow.Table.
type ArrowIPC []byte

// ArrowStream is the stream; it makes an ArrowIPC known as one to the packages below this.
func (a ArrowIPC) ArrowStream() []byte { return a }

// PythonError is an exception of Python's. It is the cause of the *TaskError that Get returns, whose
// Stack is the traceback.
type PythonError struct {
	Type      string   // "ValueError", "sklearn.exceptions.NotFittedError"
	Bases     []string // of the class, the nearest first
	Message   string
	Traceback string // as Python prints it
	File      string // where it was raised, of the innermost frame
	Line      int
	Advice    string // what to do about it, where that is known
}

// Error is the type and the message, as Python prints them, and what to do about it where that is known.
func (e *PythonError) Error() string { return (*python.Error)(e).Error() }

// IsA reports whether the exception is of a class, or of one that is derived from it, by its name.
func (e *PythonError) IsA(class string) bool { return (*python.Error)(e).IsA(class) }

// Trace is what the failure of a task shows: the traceback and the innermost place.
func (e *PythonError) Trace() (stack, file string, line int) { return (*python.Error)(e).Trace() }

// Python makes a function of a module of Python's remote; what runs there is an ordinary task with its
// resources, retries and cancellation, in a worker that keeps a Python process. The function is named
// as Python does: "mean" of "statistics", "Class.method" of a module.
//
//	mean := ray.Python[float64]("statistics", "mean")
//	v, err := ray.Get(mean.Remote([]float64{1, 2, 3}))
//
// Arguments and results are numbers, strings, bools, []byte, time.Time, slices, maps and structs, which
// are dicts by the names of their json tags; references are resolved before. Slices of numbers are
// numpy arrays where numpy is installed, without a copy in Python, and else lists; []any is always a
// list. Tables of Arrow are pyarrow tables. A result is read as an R as JSON is: a dict as a struct or
// a map, a list or an array as a slice; an integer that R cannot hold, and what Go has no form for, is
// an error. With Kwargs as the last argument there are keyword arguments.
//
// An exception is a *TaskError with the traceback, of which errors.As makes a *PythonError. What is
// missing, Python itself or a module, the error says with the command that installs it.
func Python[R any](module, function string) PythonFunc[R] {
	return PythonFunc[R]{f: NewPython(module, function)}
}

// Options returns a copy with the options changed.
func (p PythonFunc[R]) Options(opts ...Option) PythonFunc[R] {
	return PythonFunc[R]{f: p.f.With(opts...)}
}

// Env returns a copy that runs in another environment.
func (p PythonFunc[R]) Env(env PythonEnv) PythonFunc[R] {
	return PythonFunc[R]{f: p.f.In(env)}
}

// Remote submits a call and returns at once.
func (p PythonFunc[R]) Remote(args ...any) ObjectRef[R] { return RefOf[R](p.f.Submit(args...)) }

// String shows the function: "PythonFunc[float64](statistics.mean)".
func (p PythonFunc[R]) String() string {
	return "PythonFunc[" + reflect.TypeFor[R]().String() + "](" + p.f.String() + ")"
}

func (e PythonEnv) internal() python.Env {
	out := python.Env{Executable: e.Executable, Dir: e.Dir, Path: e.Path}
	for k, v := range e.Vars {
		out.Vars = append(out.Vars, k+"="+v)
	}
	return out
}

// pythonTarget is what a call of Python is about. It travels.
type pythonTarget struct {
	Module, Name string
	Env          python.Env
}

// PythonFunction is a PythonFunc without a static type.
type PythonFunction struct {
	target   pythonTarget
	function *Function // callPython, with options and a name of its own
}

// NewPython makes a function of Python's remote.
func NewPython(module, name string) *PythonFunction {
	f := &PythonFunction{target: pythonTarget{Module: module, Name: name}, function: newFunction(callPython, nil)}
	f.function = forPython(f.function, f.target)
	return f
}

// forPython gives a function that calls Python the name of what it calls, for people.
func forPython(f *Function, target pythonTarget) *Function {
	c, ref := *f, *f.ref
	ref.Name, ref.Cell, ref.Line = target.Module+"."+target.Name, "", 0
	c.ref, c.signature.name = &ref, ref.Name
	if target.Module == "" || target.Name == "" {
		c.err = invalidCall("Python(%q, %q): name a module and what is in it, as in ray.Python[float64](\"statistics\", \"mean\")", target.Module, target.Name)
	}
	return &c
}

// With returns a copy with the options changed.
func (f *PythonFunction) With(opts ...Option) *PythonFunction {
	if f == nil {
		return nil
	}
	return &PythonFunction{target: f.target, function: f.function.With(opts...)}
}

// In returns a copy that runs in another environment.
func (f *PythonFunction) In(env PythonEnv) *PythonFunction {
	if f == nil {
		return nil
	}
	c := *f
	c.target.Env = env.internal()
	return &c
}

// String names the module and the function: "statistics.mean".
func (f *PythonFunction) String() string {
	if f == nil {
		return "nil"
	}
	return f.target.Module + "." + f.target.Name
}

// Submit is PythonFunc.Remote without a type.
func (f *PythonFunction) Submit(args ...any) *Ref {
	if f == nil {
		return errorRef(currentSession(), invalidCall("the Python function is the zero value; make it with ray.Python"))
	}
	args, err := pythonArguments(f.String(), args)
	if err != nil {
		return errorRef(currentSession(), err)
	}
	if s := currentSession(); s != nil {
		if p := f.target.direct(s, f.function.options); p != nil {
			spec, keep, err := f.function.direct(s, core.Task, p, args)
			if err != nil {
				return errorRef(s, err)
			}
			return s.submit(spec, keep)
		}
	}
	return f.function.Submit(append([]any{f.target}, args...)...)
}

// pythonArguments brings values into the neutral form here, where mistakes belong to the call.
// References stay.
func pythonArguments(name string, args []any) ([]any, error) {
	out := make([]any, len(args))
	for i, a := range args {
		if _, _, isRef := refOf(a); isRef {
			out[i] = a
			continue
		}
		what := fmt.Sprintf("argument %d", i+1)
		kwargs, isKwargs := a.(Kwargs)
		if isKwargs {
			if i != len(args)-1 {
				return nil, invalidCall("%s: %s is Kwargs; give it last", name, what)
			}
			a = map[string]any(kwargs)
		}
		v, err := python.Neutral(a, what)
		if err != nil {
			return nil, invalidCall("%s: %v", name, err)
		}
		if out[i] = v; isKwargs {
			m, _ := v.(map[string]any)
			out[i] = pythonKwargs(m)
		}
	}
	return out, nil
}

// pythonKwargs are Kwargs in the neutral form.
type pythonKwargs map[string]any

// pythons are the Python processes of this process: of a worker one, of a driver whose tasks are
// goroutines as many as run at a time.
var pythons = python.Pool{Most: 1}

// callPython is the Go side of a call.
func callPython(ctx context.Context, target pythonTarget, args ...any) (any, error) {
	r, err := pythonRequest("call", target, args)
	if err != nil {
		return nil, err
	}
	v, err := pythons.Do(ctx, target.Env, r)
	if core.ProcessBackend() == nil {
		pythons.Close() // a driver, whose tasks are goroutines, keeps no process behind their backs
	}
	return v, pythonFailed(err)
}

// pythonRequest brings the arguments into the neutral form: those that came by reference are not yet.
func pythonRequest(op string, target pythonTarget, args []any) (python.Request, error) {
	r := python.Request{Op: op, Module: target.Module, Name: target.Name}
	for i, a := range args {
		if k, ok := a.(pythonKwargs); ok {
			r.Kwargs = maps.Clone(k)
			continue
		}
		v, err := python.Neutral(a, fmt.Sprintf("argument %d", i+1))
		if err != nil {
			return r, err
		}
		r.Args = append(r.Args, v)
	}
	return r, nil
}

// pythonFailed ends this worker when its Python process has ended in the middle of a call: to the
// scheduler, which may try again, both are one.
func pythonFailed(err error) error {
	if errors.Is(err, python.ErrEnded) && core.ProcessBackend() != nil {
		fmt.Fprintln(os.Stderr, "ray:", err)
		os.Exit(1)
	}
	if raised := (*python.Error)(nil); errors.As(err, &raised) {
		return (*PythonError)(raised)
	}
	return err
}

func init() {
	core.NewArrow = func(stream []byte) core.ArrowStream { return ArrowIPC(stream) }
	python.SetShown(func(e *python.Error) error { return (*PythonError)(e) })
}

// SetArrow says how tables become Arrow IPC streams, and these tables: package data calls it, which
// brings Arrow. isTable is false for what is no table, known for a type that is none.
func SetArrow(encode func(v any) (stream []byte, isTable bool, err error), decode func(stream []byte, t reflect.Type) (table any, known bool, err error)) {
	python.SetArrow(encode)
	marshal.SetArrow(decode)
}
