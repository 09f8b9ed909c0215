package serve

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"sync"
)

// Handle calls a deployment from Go: in the driver, and in the replicas whose constructors were
// given one by Bind. It may be copied into other values and sent to tasks.
type Handle struct {
	state  handleState
	router *router
}

// handleState is what travels of a handle.
type handleState struct {
	App, Deployment string
	Generation      int64
	Replicas        int
	MaxOngoing      int
	MaxQueued       int
	AtMostOnce      bool
	Method          string
}

// MarshalBinary makes a Handle travel.
func (h *Handle) MarshalBinary() ([]byte, error) { return json.Marshal(h.state) }

// UnmarshalBinary makes the handle ready in another process.
func (h *Handle) UnmarshalBinary(b []byte) error {
	if err := json.Unmarshal(b, &h.state); err != nil {
		return err
	}
	h.router = routerFor(h.state)
	return nil
}

// remoteRouters are shared by all handles of a process, so that they count together.
var remoteRouters sync.Map

func routerFor(s handleState) *router {
	if r := localRouter(s); r != nil {
		return r
	}
	s.Method = ""
	if r, ok := remoteRouters.Load(s); ok {
		return r.(*router)
	}
	r, _ := remoteRouters.LoadOrStore(s, newRemoteRouter(s))
	return r.(*router)
}

// Name is the deployment's name.
func (h *Handle) Name() string { return h.state.Deployment }

func (h *Handle) String() string {
	return fmt.Sprintf("Handle(%s/%s)", h.state.App, h.state.Deployment)
}

// Method returns a handle that calls a method of the constructed value by its name, instead of the
// one that answers requests.
func (h *Handle) Method(name string) *Handle {
	c := *h
	c.state.Method = name
	return &c
}

// Call calls the deployment and returns at once. An argument that is a *Response is waited for
// first, so calls can be chained.
func (h *Handle) Call(args ...any) *Response { return h.CallContext(context.Background(), args...) }

// CallContext is Call whose work stops when ctx ends.
func (h *Handle) CallContext(ctx context.Context, args ...any) *Response {
	resp := &Response{done: make(chan struct{})}
	if h == nil || h.router == nil {
		resp.finish(nil, ErrNotRunning)
		return resp
	}
	go func() {
		args, err := awaited(ctx, args)
		if err != nil {
			resp.finish(nil, err)
			return
		}
		resp.finish(h.router.call(ctx, anyType, "Call", h.state.Method, args))
	}()
	return resp
}

var anyType = reflect.TypeFor[any]()

func awaited(ctx context.Context, args []any) ([]any, error) {
	out := make([]any, len(args))
	for i, a := range args {
		out[i] = a
		if r, ok := a.(*Response); ok {
			v, err := r.GetContext(ctx)
			if err != nil {
				return nil, err
			}
			out[i] = v
		}
	}
	return out, nil
}

// Response is a result that will be there.
type Response struct {
	done  chan struct{}
	value any
	err   error
}

func (r *Response) finish(v any, err error) {
	r.value, r.err = v, err
	close(r.done)
}

// Get waits for the result.
func (r *Response) Get() (any, error) { return r.GetContext(context.Background()) }

// GetContext waits for the result or the end of ctx.
func (r *Response) GetContext(ctx context.Context) (any, error) {
	select {
	case <-r.done:
		return r.value, r.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// Into waits for the result and stores it in *out, which must be able to hold it.
func (r *Response) Into(out any) error {
	v, err := r.Get()
	if err != nil {
		return err
	}
	return store(out, v)
}

func store(out, v any) error {
	target := reflect.ValueOf(out)
	if target.Kind() != reflect.Pointer || target.IsNil() {
		return errors.New("serve: Into takes a pointer to a variable for the result")
	}
	c, err := converted(v, target.Type().Elem())
	if err != nil {
		return fmt.Errorf("serve: the result: %w; ask for its type, or for any", err)
	}
	target.Elem().Set(c)
	return nil
}

// Do calls the deployment, waits, and stores the result in *out. It is what the generic functions
// call.
func (h *Handle) Do(ctx context.Context, out any, args ...any) error {
	if h == nil || h.router == nil {
		return ErrNotRunning
	}
	args, err := awaited(ctx, args)
	if err != nil {
		return err
	}
	v, err := h.router.call(ctx, anyType, "Call", h.state.Method, args)
	if err != nil {
		return err
	}
	return store(out, v)
}

// Call calls a deployment and waits for its result, which must be an R.
func Call[R any](h *Handle, args ...any) (R, error) {
	return CallContext[R](context.Background(), h, args...)
}

// CallContext is Call whose work stops when ctx ends.
func CallContext[R any](ctx context.Context, h *Handle, args ...any) (R, error) {
	var out R
	err := h.Do(ctx, &out, args...)
	return out, err
}
