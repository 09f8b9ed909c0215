package ray

import (
	"reflect"
	"runtime"

	"github.com/goray/goray/runtime/internal/core"
)

// RemoteFunc2 is a function whose calls give two references.
type RemoteFunc2[R1, R2 any] struct {
	f *Function
}

// Remote2 makes f remote: any function func([context.Context,] args…) (R1, R2[, error]). Each
// result is an object of its own; an error of the function is the error of both.
func Remote2[R1, R2 any](f any) RemoteFunc2[R1, R2] {
	return RemoteFunc2[R1, R2]{f: NewFunctionOf(f, reflect.TypeFor[R1](), reflect.TypeFor[R2]())}
}

// Options returns a copy with the options changed.
func (r RemoteFunc2[R1, R2]) Options(opts ...Option) RemoteFunc2[R1, R2] {
	return RemoteFunc2[R1, R2]{f: r.f.With(opts...)}
}

// Remote submits a call and returns at once.
func (r RemoteFunc2[R1, R2]) Remote(args ...any) (ObjectRef[R1], ObjectRef[R2]) {
	refs := r.f.SubmitFor(2, args...)
	return RefOf[R1](refs[0]), RefOf[R2](refs[1])
}

// String shows the function and where it is declared.
func (r RemoteFunc2[R1, R2]) String() string {
	return "RemoteFunc2[" + reflect.TypeFor[R1]().String() + "," + reflect.TypeFor[R2]().String() + "](" + r.f.String() + ")"
}

// RemoteFunc3 is a function whose calls give three references.
type RemoteFunc3[R1, R2, R3 any] struct {
	f *Function
}

// Remote3 makes f remote: any function func([context.Context,] args…) (R1, R2, R3[, error]).
func Remote3[R1, R2, R3 any](f any) RemoteFunc3[R1, R2, R3] {
	return RemoteFunc3[R1, R2, R3]{f: NewFunctionOf(f, reflect.TypeFor[R1](), reflect.TypeFor[R2](), reflect.TypeFor[R3]())}
}

// Options returns a copy with the options changed.
func (r RemoteFunc3[R1, R2, R3]) Options(opts ...Option) RemoteFunc3[R1, R2, R3] {
	return RemoteFunc3[R1, R2, R3]{f: r.f.With(opts...)}
}

// Remote submits a call and returns at once.
func (r RemoteFunc3[R1, R2, R3]) Remote(args ...any) (ObjectRef[R1], ObjectRef[R2], ObjectRef[R3]) {
	refs := r.f.SubmitFor(3, args...)
	return RefOf[R1](refs[0]), RefOf[R2](refs[1]), RefOf[R3](refs[2])
}

// String shows the function and where it is declared.
func (r RemoteFunc3[R1, R2, R3]) String() string {
	return "RemoteFunc3[" + reflect.TypeFor[R1]().String() + "," + reflect.TypeFor[R2]().String() + "," + reflect.TypeFor[R3]().String() + "](" + r.f.String() + ")"
}

// NewFunctionOf makes f remote whose calls give a reference for each result; results are the
// types that they are read as. Submit it with SubmitFor.
func NewFunctionOf(f any, results ...reflect.Type) *Function {
	fn := &Function{options: new(core.DefaultTask()), results: len(results)}
	return describeFunction(fn, f, func(s *signature) error { return s.checkResults(results) }).wantNative(core.NativeFunction)
}

// checkResults is checkResult for several references.
func (s *signature) checkResults(want []reflect.Type) error {
	have := s.more
	if s.result != nil {
		have = append([]reflect.Type{s.result}, have...)
	}
	if len(have) != len(want) {
		return invalidCall("%s is a %s: it has %d result(s) besides an error, not %d; give as many types as it has results", s.name, s.whole, len(have), len(want))
	}
	for i, t := range want {
		if t != have[i] && t != reflect.TypeFor[any]() {
			return invalidCall("%s returns %s as result %d, not %s; write that type", s.name, have[i], i+1, t)
		}
	}
	return nil
}

// SubmitFor submits a call of a function of NewFunctionOf with n results.
func (f *Function) SubmitFor(n int, args ...any) []*Ref {
	refs := make([]*Ref, n)
	fail := func(s *session, err error) []*Ref {
		for i := range refs {
			refs[i] = errorRef(s, err)
		}
		return refs
	}
	s := currentSession()
	switch {
	case s == nil:
		return fail(nil, notInitialized())
	case f == nil:
		return fail(s, invalidCall("the remote function is the zero value; make it with ray.Remote2 or ray.Remote3"))
	case f.err == nil && f.results != n:
		return fail(s, invalidCall("%s has %d result(s), and is asked for %d; make it with NewFunctionOf and as many types", f, f.results, n))
	}
	spec, keep, err := f.spec(s, core.Task, args)
	if err != nil {
		return fail(s, err)
	}
	defer runtime.KeepAlive(f) // its captured references
	ids := []core.ID{spec.ID}
	for range n - 1 {
		ids = append(ids, s.backend.NewID())
	}
	spec.Returns = ids[1:]
	if err := s.trySubmit(spec, keep); err != nil {
		return fail(s, err)
	}
	for i, id := range ids {
		refs[i] = newRef(s, id)
	}
	return refs
}
