package ray

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/marshal"
)

// Natively compiles fn, a function that a cell declares, and lets calls of it from the notebook run
// compiled from then on; %%native does it for the functions of its cell. The calls are tasks that
// take no CPU of the session's, so arguments and results are copied: what fn does to the contents of
// a slice, a map or a pointer stays there. Errors are fn's own. The error says why fn stays
// interpreted, which changes nothing but its speed.
func Natively(fn any) error {
	code, ok := core.CurrentCode().(core.Replacer)
	tier, compiles := core.CurrentNative().(interface {
		Wait(ctx context.Context, hash string) (core.NativeStatus, error)
	})
	t := reflect.TypeOf(fn)
	switch {
	case t == nil || t.Kind() != reflect.Func:
		return invalidCall("Natively: %T is not a function; give it one", fn)
	case !ok || !compiles:
		return invalidCall("Natively: nothing is compiled here; it works in cells of a session with the default engine")
	}
	if currentSession() == nil {
		if _, err := Init(); err != nil {
			return err
		}
	}
	if elsewhere() {
		return errors.New(notOnRay)
	}
	n := nativeCall{t: t}
	for i := range t.NumOut() {
		if n.err = i == t.NumOut()-1 && t.Out(i) == errorType; !n.err {
			n.results = append(n.results, t.Out(i))
		}
	}
	if n.f = NewFunctionOf(fn, n.results...); len(n.results) < 2 {
		n.f = NewFunction(fn, nil)
	}
	if err := errors.Join(n.f.err, n.f.shipErr); err != nil {
		return err
	}
	if !n.f.ref.IsCell || strings.Contains(n.f.ref.Name, " in ") {
		return invalidCall("Natively: %s is not declared by its name in a cell", n.f)
	}
	status, err := tier.Wait(orAmbient(nil), n.f.ref.Hash)
	if err != nil {
		return err
	}
	if status.State != "native" {
		return errors.New(status.Reason)
	}
	n.f = n.f.With(Native, NumCPUs(0))
	return code.Replace(fn, reflect.MakeFunc(t, n.call))
}

// nativeCall is a function whose calls are tasks.
type nativeCall struct {
	t       reflect.Type
	f       *Function
	results []reflect.Type
	err     bool
}

func (n *nativeCall) call(in []reflect.Value) []reflect.Value {
	var args []any
	for i, v := range in {
		switch {
		case i == 0 && v.Type() == contextType: // the task has one of its own
		case n.t.IsVariadic() && i == len(in)-1:
			for k := range v.Len() {
				args = append(args, v.Index(k).Interface())
			}
		default:
			args = append(args, v.Interface())
		}
	}
	out := make([]reflect.Value, n.t.NumOut())
	for i := range out {
		out[i] = reflect.Zero(n.t.Out(i))
	}
	refs := []*Ref{nil}
	if len(n.results) > 1 {
		refs = n.f.SubmitFor(len(n.results), args...)
	} else {
		refs[0] = n.f.Submit(args...)
	}
	for i, ref := range refs {
		var v any
		target := reflect.ValueOf(&v)
		if i < len(n.results) {
			target = reflect.New(n.results[i])
		}
		if err := GetInto(nil, ref, target.Interface()); err != nil {
			return n.failed(out, err)
		}
		if i < len(n.results) {
			out[i] = target.Elem()
		}
	}
	return out
}

// failed returns the function's own error, or panics as it has.
func (n *nativeCall) failed(out []reflect.Value, err error) []reflect.Value {
	var task *TaskError
	if !errors.As(err, &task) {
		panic(fmt.Errorf("%s: %w", n.f.ref.Name, err))
	}
	own := marshal.Original(task.cause)
	switch {
	case task.Panic && own != nil:
		panic(own)
	case task.Panic:
		panic(task.Message)
	case own == nil:
		own = task
	}
	out[len(out)-1] = reflect.ValueOf(&own).Elem()
	return out
}
