package serve

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"reflect"
	"runtime/debug"

	"github.com/goray/goray/runtime/ray"
)

// replicaSpec is what a replica needs to know; it travels to its process.
type replicaSpec struct {
	App, Deployment string
	Handler         ray.Func
	Construct       bool
	Args            []any
	UserConfig      any
	MaxOngoing      int
	Fields          []Field
	Batch           *Batching
}

// replica is the actor that runs a handler. Its exported methods are called through ray.
type replica struct {
	spec  replicaSpec
	entry entry
	slots chan struct{}
}

// replicaInfo is what a replica says about itself.
type replicaInfo struct {
	PID int
	// HTTP is false for a value that has no method to answer requests with.
	HTTP bool
}

func newReplica(ctx context.Context, spec replicaSpec) (*replica, error) {
	e, err := newEntry(ctx, spec)
	if err != nil {
		return nil, err
	}
	return &replica{spec: spec, entry: e, slots: make(chan struct{}, spec.MaxOngoing)}, nil
}

// Describe returns once the replica is ready.
func (r *replica) Describe() replicaInfo {
	return replicaInfo{PID: os.Getpid(), HTTP: r.entry.http != nil}
}

// Check asks the user's CheckHealth, if there is one.
func (r *replica) Check(ctx context.Context) error {
	switch c := r.entry.state.(type) {
	case interface{ CheckHealth(context.Context) error }:
		return c.CheckHealth(ctx)
	case interface{ CheckHealth() error }:
		return c.CheckHealth()
	}
	return nil
}

// Linger returns when the caller loses interest. A call that is always pending tells the caller at
// once when the process dies.
func (r *replica) Linger(ctx context.Context) { <-ctx.Done() }

func (r *replica) enter(ctx context.Context) error {
	select {
	case r.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (r *replica) leave() { <-r.slots }

// HTTP answers a request. It returns an error only when it has no answer at all.
func (r *replica) HTTP(ctx context.Context, req *Request) (a answer, err error) {
	if err := r.enter(ctx); err != nil {
		return answer{}, err
	}
	defer r.leave()
	defer func() {
		if p := recover(); p != nil {
			// The text is for the client, the trace for who runs the server.
			fmt.Fprintf(os.Stderr, "serve: %s: request %s panicked: %v\n%s", r.spec.Deployment, req.ID, p, handlerTrace(debug.Stack()))
			a = failed(Errorf(http.StatusInternalServerError, "%s panicked: %v", r.spec.Deployment, p))
			a.Panic = true
		}
	}()
	if r.entry.http == nil {
		return failed(Errorf(http.StatusNotImplemented, "%s answers no HTTP requests: it has none of the methods %v; add one", r.spec.Deployment, entryMethods)), nil
	}
	reply, err := r.entry.http(ctx, req)
	var status *StatusError
	switch {
	case err == nil:
		return answer{Reply: reply}, nil
	case errors.As(err, &status):
		return failed(status), nil
	default:
		return failed(Errorf(http.StatusInternalServerError, "%v", err)), nil
	}
}

// Call answers a call through a Handle.
func (r *replica) Call(ctx context.Context, method string, args []any) (any, error) {
	if err := r.enter(ctx); err != nil {
		return nil, err
	}
	defer r.leave()
	fn := r.entry.call
	if method != "" {
		if r.entry.state == nil {
			return nil, fmt.Errorf("serve: %s is a function and has no method %q; call the handle itself", r.spec.Deployment, method)
		}
		if fn = reflect.ValueOf(r.entry.state).MethodByName(method); !fn.IsValid() {
			return nil, fmt.Errorf("serve: %s (%T) has no exported method %q; it has %v", r.spec.Deployment, r.entry.state, method, methodNames(r.entry.state))
		}
	}
	if !fn.IsValid() {
		return nil, fmt.Errorf("serve: %s has none of the methods %v; name one with Handle.Method", r.spec.Deployment, entryMethods)
	}
	return invoke(ctx, fn, args)
}

func methodNames(x any) (names []string) {
	t := reflect.TypeOf(x)
	for i := range t.NumMethod() {
		names = append(names, t.Method(i).Name)
	}
	return names
}

// handlerTrace cuts a trace to the frames between the panic and this package.
func handlerTrace(stack []byte) []byte {
	if i := bytes.Index(stack, []byte("\npanic(")); i >= 0 {
		stack = stack[i+1:]
		for range 2 { // the panic's own two lines
			_, stack, _ = bytes.Cut(stack, []byte{'\n'})
		}
	}
	if i := bytes.Index(stack, []byte("reflect.Value.call(")); i > 0 {
		stack = stack[:i]
	}
	return stack
}
