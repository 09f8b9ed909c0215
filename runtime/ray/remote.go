package ray

import (
	"context"
	"fmt"
	"os"
	"reflect"
	"runtime"
	"strings"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/marshal"
)

// RemoteFunc is a function that runs as tasks, whose result is an R.
type RemoteFunc[R any] struct {
	f *Function
}

// Remote makes f remote: any function func([context.Context,] args…) ([R][, error]). R is f's
// result type, or any; for a function without a result, any or struct{}. What does not fit is
// reported by the references of its calls.
func Remote[R any](f any) RemoteFunc[R] {
	return RemoteFunc[R]{f: NewFunction(f, reflect.TypeFor[R]())}
}

// Options returns a copy with the options changed.
func (r RemoteFunc[R]) Options(opts ...Option) RemoteFunc[R] {
	return RemoteFunc[R]{f: r.f.With(opts...)}
}

// Remote submits a call and returns at once. Arguments are values, or references to values of
// the parameters' types, in any mix.
func (r RemoteFunc[R]) Remote(args ...any) ObjectRef[R] { return RefOf[R](r.f.Submit(args...)) }

// String shows the function and where it is declared: "RemoteFunc[int](square in In[3])".
func (r RemoteFunc[R]) String() string {
	return "RemoteFunc[" + reflect.TypeFor[R]().String() + "](" + r.f.String() + ")"
}

// Function is a remote function without a static type; RemoteFunc is made of it.
type Function struct {
	signature signature
	options   *core.Options // shared with the tasks: never changed
	ref       *core.FuncRef // one pointer for all calls: backends send a function once
	source    core.Source
	captured  []*Ref // references among the captured variables
	results   int    // references of a call; 0 is one
	forActor  bool   // it is a constructor
	shipErr   error  // why it cannot leave this process
	err       error  // why it cannot be called at all
}

// NewFunction makes f remote; result is the type that its references are read as, nil for any.
func NewFunction(f any, result reflect.Type) *Function {
	return newFunction(f, result).wantNative(core.NativeFunction)
}

func newFunction(f any, result reflect.Type) *Function {
	fn := &Function{options: new(core.DefaultTask())}
	return describeFunction(fn, f, func(s *signature) error { return s.checkResult(result) })
}

func describeFunction(fn *Function, f any, check func(*signature) error) *Function {
	ref, err := marshal.Describe(f)
	fn.ref = &ref
	if err != nil {
		fn.err = invalidCall("Remote: %v; give it a function", err)
		return fn
	}
	if fn.signature, fn.err = newSignature(fn.ref.Name, reflect.TypeOf(f), 0); fn.err != nil {
		return fn
	}
	if fn.err = check(&fn.signature); fn.err != nil {
		return fn
	}
	// Captured variables are taken now: later changes of them do not reach the task.
	ref, fn.source, fn.shipErr = marshal.Function(f)
	for _, id := range ref.Captures.Refs {
		fn.captured = append(fn.captured, refTable{}.In(id).(*Ref))
	}
	fn.signature.name = fn.ref.Name
	if size := fn.ref.Captures.Size(); size > largeCapture {
		// Here and not at the call: the function is made once, and called many times.
		fmt.Fprintf(os.Stderr, "ray: warning: %s captures variables of %.1f MB, which are copied to every worker that runs it; store them with ray.Put and capture the reference\n", fn, float64(size)/1e6)
	}
	return fn
}

// String names the function and the place of its declaration: "square in In[3]".
func (f *Function) String() string {
	switch {
	case f == nil:
		return "nil"
	case f.ref.Name == "":
		return "not a function"
	case f.ref.Cell == "" || strings.HasSuffix(f.ref.Name, " in "+f.ref.Cell):
		return f.ref.Name
	}
	return f.ref.Name + " in " + f.ref.Cell
}

// largeCapture is how many bytes captured variables may have without a warning.
const largeCapture = 1 << 20

// With returns a copy with the options changed.
func (f *Function) With(opts ...Option) *Function {
	c := *f
	c.options = new(*f.options)
	err := applyOptions(c.options, opts)
	if err == nil {
		err = checkScope(c.options, c.forActor)
	}
	if err != nil && c.err == nil {
		c.err = invalidCall("%s: %v", c.ref.Name, err)
	}
	return &c
}

// Submit is RemoteFunc.Remote without a type.
func (f *Function) Submit(args ...any) *Ref {
	s := currentSession()
	if s == nil {
		return errorRef(nil, notInitialized())
	}
	if f == nil {
		return errorRef(s, invalidCall("the remote function is the zero value; make it with ray.Remote"))
	}
	spec, keep, err := f.spec(s, core.Task, args)
	if err != nil {
		return errorRef(s, err)
	}
	defer runtime.KeepAlive(f) // its captured references
	return s.submit(spec, keep)
}

// Submit submits one call of f; out is the type that the reference is read as, nil for any.
func Submit(f any, opts []Option, out reflect.Type, args ...any) *Ref {
	return NewFunction(f, out).With(opts...).Submit(args...)
}

func (f *Function) spec(s *session, kind core.Kind, args []any) (*core.TaskSpec, []*Ref, error) {
	if f.err != nil {
		return nil, nil, f.err
	}
	if err := f.ready(s); err != nil {
		return nil, nil, err
	}
	spec := &core.TaskSpec{ID: s.backend.NewID(), Kind: kind, Func: f.ref, Options: f.options}
	if err := s.inEnv(spec); err != nil {
		return nil, nil, err
	}
	keep, err := f.signature.bind(s, spec, args)
	return spec, keep, err
}

// ready makes sure that the backend can run the function.
func (f *Function) ready(s *session) error {
	if s.backend.Info().SharesMemory {
		return nil
	}
	if f.shipErr != nil {
		return invalidCall("%v", f.shipErr)
	}
	if f.ref.IsCell {
		return s.publish(f.ref.Hash, f.source)
	}
	return nil
}

// signature is what a call of a function must look like.
type signature struct {
	name   string
	params []reflect.Type // without the context
	// variadic: the last parameter is a slice that takes the rest.
	variadic bool
	result   reflect.Type   // nil: none
	more     []reflect.Type // the second and further results
	whole    reflect.Type   // of the function
}

var (
	contextType = reflect.TypeFor[context.Context]()
	errorType   = reflect.TypeFor[error]()
)

// newSignature reads a function's type; the first skip parameters are the receiver.
func newSignature(name string, t reflect.Type, skip int) (signature, error) {
	s := signature{name: name, variadic: t.IsVariadic(), whole: t}
	for i := skip; i < t.NumIn(); i++ {
		if i == skip && t.In(i) == contextType {
			continue
		}
		s.params = append(s.params, t.In(i))
	}
	n := t.NumOut()
	if n > 0 && t.Out(n-1) == errorType {
		n--
	}
	if n > 0 {
		s.result = t.Out(0)
	}
	for i := 1; i < n; i++ {
		s.more = append(s.more, t.Out(i))
	}
	return s, nil
}

func (s *signature) checkResult(want reflect.Type) error {
	switch {
	case len(s.more) > 0:
		return invalidCall("%s is a %s; remote functions return (), (error), (R) or (R, error): return a struct, or give tasks to ray.Remote2 or ray.Remote3", s.name, s.whole)
	case want == nil || want == reflect.TypeFor[any]() || want == s.result:
		return nil
	case s.result == nil:
		if want == reflect.TypeFor[struct{}]() {
			return nil
		}
		return invalidCall("%s returns nothing, not %s; write Remote[any] or Remote[struct{}]", s.name, want)
	}
	return invalidCall("%s returns %s, not %s; write Remote[%s]", s.name, s.result, want, s.result)
}

// bind checks the arguments and puts them into spec. The references among them must stay
// reachable until spec has been submitted; keep holds them.
func (s *signature) bind(session *session, spec *core.TaskSpec, args []any) (keep []*Ref, err error) {
	if !s.variadic && len(args) != len(s.params) {
		return nil, invalidCall("%s takes %d argument(s), got %d; its parameters are %v", s.name, len(s.params), len(args), s.params)
	}
	if s.variadic && len(args) < len(s.params)-1 {
		return nil, invalidCall("%s takes at least %d argument(s), got %d; its parameters are %v", s.name, len(s.params)-1, len(args), s.params)
	}
	spec.Args = make([]core.Arg, len(args))
	for i, arg := range args {
		param := s.param(i)
		if ref, elem, ok := refOf(arg); ok && !isRefType(param) {
			if err := ref.check(); err != nil {
				return nil, err
			}
			if elem != nil && !refFits(elem, param) {
				return nil, invalidCall("%s: argument %d is an ObjectRef[%s], the parameter is %s; give a reference to %s", s.name, i+1, elem, param, param)
			}
			spec.Args[i].Ref = ref.id
			keep = append(keep, ref)
			continue
		}
		v, err := s.convert(i, arg, param)
		if err != nil {
			return nil, err
		}
		if spec.Args[i].Value, err = marshal.Encode(v); err != nil {
			return nil, invalidCall("%s: argument %d: %v", s.name, i+1, err)
		}
	}
	return keep, nil
}

func (s *signature) param(i int) reflect.Type {
	if s.variadic && i >= len(s.params)-1 {
		return s.params[len(s.params)-1].Elem()
	}
	return s.params[i]
}

func (s *signature) convert(i int, arg any, param reflect.Type) (reflect.Value, error) {
	v := reflect.ValueOf(arg)
	if !v.IsValid() {
		switch param.Kind() {
		case reflect.Interface, reflect.Pointer, reflect.Slice, reflect.Map:
			return reflect.Zero(param), nil
		}
		return v, invalidCall("%s: argument %d is nil, the parameter is %s; give %s", s.name, i+1, param, withArticle(param))
	}
	c, err := marshal.Convert(v, param)
	if err != nil {
		return v, invalidCall("%s: argument %d: %v; give %s", s.name, i+1, err, withArticle(param))
	}
	return c, nil
}

// withArticle names a type in a sentence: "an int".
func withArticle(t reflect.Type) string {
	name := t.String()
	if strings.ContainsRune("aeiou", rune(name[0])) {
		return "an " + name
	}
	return "a " + name
}

// isRefType reports whether a parameter wants the reference itself.
func isRefType(t reflect.Type) bool {
	_, _, ok := refOf(reflect.Zero(t).Interface())
	return ok
}

// refFits reports whether the object of a reference can be given for a parameter; what cannot be
// told before the value is there is left to the worker.
func refFits(elem, param reflect.Type) bool {
	return elem.Kind() == reflect.Interface || elem.AssignableTo(param)
}

// submit hands spec to the backend. keep are the references it uses.
func (s *session) submit(spec *core.TaskSpec, keep []*Ref) *Ref {
	id := spec.ID
	if err := s.trySubmit(spec, keep); err != nil {
		return errorRef(s, err)
	}
	return newRef(s, id)
}

// trySubmit hands spec, which is the backend's from then on, to it.
func (s *session) trySubmit(spec *core.TaskSpec, keep []*Ref) error {
	id, kind := spec.ID, spec.Kind
	defer runtime.KeepAlive(keep)
	if err := s.backend.Submit(spec); err != nil {
		return err
	}
	if c := currentCell(); c != nil {
		c.submitted(s, id, kind)
	}
	return nil
}
