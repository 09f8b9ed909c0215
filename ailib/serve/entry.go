package serve

import (
	"context"
	"fmt"
	"net/http"
	"reflect"

	"github.com/goray/goray/runtime/ray"
)

// entry is how a replica's handler is called.
type entry struct {
	state any // what the constructor made; nil for functions
	http  func(ctx context.Context, r *Request) (Reply, error)
	call  reflect.Value // for handles; invalid when a method must be named
}

func newEntry(ctx context.Context, spec replicaSpec) (entry, error) {
	handler, err := spec.Handler.Value()
	if err != nil {
		return entry{}, err
	}
	fn := reflect.ValueOf(handler)
	if !spec.Construct {
		if len(spec.Args) > 0 {
			return entry{}, fmt.Errorf("serve: %s is a function, which Bind can give no arguments; make it a constructor, or capture them", spec.Deployment)
		}
		return batched(entry{call: fn, http: functionHTTP(fn)}, spec)
	}
	args, err := resolved(ctx, spec.Args)
	if err != nil {
		return entry{}, err
	}
	state, err := invoke(ctx, fn, args)
	if err != nil {
		return entry{}, err
	}
	if state == nil {
		return entry{}, fmt.Errorf("serve: the constructor of %s returned nil; return a value, or an error", spec.Deployment)
	}
	if spec.UserConfig != nil {
		m := reflect.ValueOf(state).MethodByName("Reconfigure")
		if !m.IsValid() {
			return entry{}, fmt.Errorf("serve: %s has a UserConfig and %T no method Reconfigure; add one, or drop the config", spec.Deployment, state)
		}
		if _, err := invoke(ctx, m, []any{spec.UserConfig}); err != nil {
			return entry{}, err
		}
	}
	return batched(entryOf(state, spec.Fields), spec)
}

// batched lets a handler answer several requests at once if that is asked for.
func batched(e entry, spec replicaSpec) (entry, error) {
	if spec.Batch == nil {
		return e, nil
	}
	if !e.call.IsValid() {
		return e, fmt.Errorf("serve: %s has Batching and none of the methods %v that takes a slice; add one", spec.Deployment, entryMethods)
	}
	b, err := newBatcher(spec.Deployment, e.call, *spec.Batch)
	if err != nil {
		return e, err
	}
	return b.entry(e.state), nil
}

// resolved replaces references among the arguments of Bind by their values.
func resolved(ctx context.Context, args []any) ([]any, error) {
	out := make([]any, len(args))
	for i, a := range args {
		out[i] = a
		ref, ok := a.(interface {
			Ref() *ray.Ref
			ElemType() reflect.Type
		})
		if !ok {
			continue
		}
		v, err := ray.GetRef(ctx, ref.Ref(), ref.ElemType())
		if err != nil {
			return nil, err
		}
		out[i] = v
	}
	return out, nil
}

func entryOf(state any, fields []Field) entry {
	e := entry{state: state}
	v := reflect.ValueOf(state)
	for _, name := range entryMethods {
		m := v.MethodByName(name)
		if !m.IsValid() {
			continue
		}
		switch h := state.(type) {
		case http.Handler:
			if name == "ServeHTTP" {
				e.http = handlerHTTP(h)
				continue // a Handle needs another method
			}
		case Predictor:
			if name == "PredictRecords" && e.http == nil {
				fields := fieldsOf(h, fields)
				e.http = func(_ context.Context, r *Request) (Reply, error) {
					out, err := predict(h, fields, r)
					if err != nil {
						return Reply{}, err
					}
					return render(out)
				}
			}
		}
		if e.http == nil {
			e.http = functionHTTP(m)
		}
		if !e.call.IsValid() {
			e.call = m
		}
	}
	return e
}

func handlerHTTP(h http.Handler) func(context.Context, *Request) (Reply, error) {
	return func(ctx context.Context, r *Request) (Reply, error) {
		w := &recorder{reply: Reply{Header: http.Header{}}}
		h.ServeHTTP(w, r.http().WithContext(ctx))
		w.WriteHeader(http.StatusOK)
		return w.reply, nil
	}
}

// recorder collects what an http.Handler writes.
type recorder struct{ reply Reply }

func (w *recorder) Header() http.Header { return w.reply.Header }

func (w *recorder) WriteHeader(status int) {
	if w.reply.Status == 0 {
		w.reply.Status = status
	}
}

func (w *recorder) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	w.reply.Body = append(w.reply.Body, b...)
	return len(b), nil
}

// functionHTTP makes a function answer requests; nil for one that takes several arguments.
func functionHTTP(fn reflect.Value) func(context.Context, *Request) (Reply, error) {
	t := fn.Type()
	params := t.NumIn()
	if params > 0 && t.In(0) == contextType {
		params--
	}
	if params > 1 || t.IsVariadic() {
		return nil
	}
	if params == 0 {
		return func(ctx context.Context, _ *Request) (Reply, error) { return rendered(invoke(ctx, fn, nil)) }
	}
	in := t.In(t.NumIn() - 1)
	if in == requestType || in == requestType.Elem() {
		return func(ctx context.Context, r *Request) (Reply, error) { return rendered(invoke(ctx, fn, []any{r})) }
	}
	return func(ctx context.Context, r *Request) (Reply, error) {
		if in.Kind() != reflect.Slice && first(r.Body) == '[' {
			return rendered(eachRecord(ctx, fn, in, r))
		}
		v := reflect.New(in)
		if err := decodeInput(r, v.Interface()); err != nil {
			return Reply{}, err
		}
		return rendered(invoke(ctx, fn, []any{v.Elem().Interface()}))
	}
}

func decodeInput(r *Request, v any) error {
	if len(r.Body) == 0 && (len(r.Query) > 0 || reflect.TypeOf(v).Elem().Kind() == reflect.String) {
		return decodeQuery(r.Query, r, v)
	}
	if s, ok := v.(*string); ok && first(r.Body) != '"' {
		*s = string(r.Body) // plain text for who wants a string
		return nil
	}
	return decodeJSON(r.Body, v)
}

// eachRecord calls a function of one record for every record of an array.
func eachRecord(ctx context.Context, fn reflect.Value, in reflect.Type, r *Request) (any, error) {
	all := reflect.New(reflect.SliceOf(in))
	if err := decodeJSON(r.Body, all.Interface()); err != nil {
		return nil, err
	}
	out := make([]any, all.Elem().Len())
	for i := range out {
		var err error
		if out[i], err = invoke(ctx, fn, []any{all.Elem().Index(i).Interface()}); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func rendered(v any, err error) (Reply, error) {
	if err != nil {
		return Reply{}, err
	}
	return render(v)
}

// invoke calls fn with ctx, if it takes one, and args converted to its parameters.
func invoke(ctx context.Context, fn reflect.Value, args []any) (any, error) {
	t := fn.Type()
	var in []reflect.Value
	if t.NumIn() > 0 && t.In(0) == contextType {
		in = append(in, reflect.ValueOf(ctx))
	}
	fixed := t.NumIn() - len(in)
	if t.IsVariadic() && len(args) < fixed-1 || !t.IsVariadic() && len(args) != fixed {
		return nil, fmt.Errorf("serve: the function takes %d argument(s), got %d; its type is %s", fixed, len(args), t)
	}
	for i, a := range args {
		param := t.In(min(len(in), t.NumIn()-1))
		if t.IsVariadic() && len(in) >= t.NumIn()-1 {
			param = t.In(t.NumIn() - 1).Elem()
		}
		v, err := converted(a, param)
		if err != nil {
			return nil, fmt.Errorf("serve: argument %d: %w; its type is %s", i+1, err, t)
		}
		in = append(in, v)
	}
	out := fn.Call(in)
	if n := len(out); n > 0 && t.Out(n-1) == errorType {
		if err, _ := out[n-1].Interface().(error); err != nil {
			return nil, err
		}
		out = out[:n-1]
	}
	if len(out) == 0 {
		return nil, nil
	}
	return out[0].Interface(), nil
}

// converted makes a value of type t out of an argument without losing anything.
func converted(a any, t reflect.Type) (reflect.Value, error) {
	if a == nil {
		switch t.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Map, reflect.Interface, reflect.Func, reflect.Chan:
			return reflect.Zero(t), nil
		}
		return reflect.Value{}, fmt.Errorf("nil is no %s", t)
	}
	v := reflect.ValueOf(a)
	switch {
	case v.Type().AssignableTo(t):
		return v, nil
	case t.Kind() != reflect.Pointer && v.Kind() == reflect.Pointer && !v.IsNil() && v.Type().Elem() == t:
		return v.Elem(), nil
	case t.Kind() == reflect.Pointer && v.Type() == t.Elem():
		p := reflect.New(v.Type())
		p.Elem().Set(v)
		return p, nil
	case v.CanConvert(t) && (v.Kind() == reflect.String) == (t.Kind() == reflect.String):
		c := v.Convert(t)
		if back := c.Convert(v.Type()); back.Comparable() && v.Comparable() && back.Interface() != a {
			return reflect.Value{}, fmt.Errorf("%v does not fit into %s", a, t)
		}
		return c, nil
	}
	return reflect.Value{}, fmt.Errorf("a %T is no %s", a, t)
}
