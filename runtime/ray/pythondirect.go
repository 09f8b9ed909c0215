package ray

import (
	"github.com/goray/goray/runtime/internal/core"
)

// direct is what a session whose workers are Python runs instead of a Go function that calls Python;
// nil where a Go function is needed: in another environment than the worker's, or to tell the errors
// apart that are retried.
func (t pythonTarget) direct(s *session, o *core.Options) *core.PythonTarget {
	_, ok := s.backend.(core.PythonRunner)
	if !ok || t.Env.Executable != "" || t.Env.Dir != "" || len(t.Env.Vars) > 0 || len(o.RetryErrors) > 0 {
		return nil
	}
	return &core.PythonTarget{Module: t.Module, Name: t.Name, Path: t.Env.Path}
}

// direct makes a task of Python's; args are pythonArguments'.
func (f *Function) direct(s *session, kind core.Kind, target *core.PythonTarget, args []any) (*core.TaskSpec, []*Ref, error) {
	if f.err != nil {
		return nil, nil, f.err
	}
	spec := &core.TaskSpec{ID: s.backend.NewID(), Kind: kind, Func: f.ref, Options: f.options, Python: target}
	if err := s.inEnv(spec); err != nil {
		return nil, nil, err
	}
	keep, err := bindPython(s, spec, args)
	return spec, keep, err
}

// bindPython puts arguments into a task of Python's, as signature.bind does into one of Go's.
func bindPython(s *session, spec *core.TaskSpec, args []any) (keep []*Ref, err error) {
	runner := s.backend.(core.PythonRunner)
	spec.Args = make([]core.Arg, len(args))
	for i, a := range args {
		if ref, _, isRef := refOf(a); isRef {
			if err := ref.check(); err != nil {
				return nil, err
			}
			spec.Args[i].Ref = ref.id
			keep = append(keep, ref)
			continue
		}
		if k, ok := a.(pythonKwargs); ok {
			a, spec.Python.Kwargs = map[string]any(k), true
		}
		if spec.Args[i].Value, err = runner.PythonValue(a); err != nil {
			return nil, invalidCall("%s: argument %d: %v", spec.Label(), i+1, err)
		}
	}
	return keep, nil
}

// callPython is Call for an actor that lives in a worker that is Python.
func (a *ActorRef) callPython(method string, args []any) *Ref {
	s := currentSession()
	if err := a.ref.check(); err != nil {
		return errorRef(s, err)
	}
	if a.err != nil {
		return errorRef(s, a.err)
	}
	if _, ok := s.backend.(core.PythonRunner); !ok {
		return errorRef(s, invalidCall("PythonCall: the actor belongs to a session on a Ray cluster that has ended; make it again"))
	}
	spec := &core.TaskSpec{ID: s.backend.NewID(), Kind: core.ActorCall, Actor: a.ref.id, Method: method, Options: or(a.options, &callOptions),
		Python: &core.PythonTarget{Name: method}}
	keep, err := bindPython(s, spec, args)
	if err != nil {
		return errorRef(s, err)
	}
	return s.submit(spec, append(keep, a.ref))
}
