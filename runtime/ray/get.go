package ray

import (
	"context"
	"fmt"
	"reflect"
	"runtime"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/marshal"
)

// Get waits for the object and returns a copy of it. It obeys the interrupt of the running cell.
// A task that failed gives its *TaskError, or one of this package's sentinels.
func Get[T any](ref ObjectRef[T]) (T, error) {
	var out T
	err := GetInto(nil, ref.Ref(), &out)
	return out, err
}

// GetContext is Get that obeys ctx: at its deadline it returns ErrGetTimeout, and the task goes on.
func GetContext[T any](ctx context.Context, ref ObjectRef[T]) (T, error) {
	var out T
	err := GetInto(ctx, ref.Ref(), &out)
	return out, err
}

// GetAll waits for all objects and returns them in order. When some fail it returns the error of
// the first of them by position; the others go on.
func GetAll[T any](refs []ObjectRef[T]) ([]T, error) { return GetAllContext(nil, refs) }

// GetAllContext is GetAll that obeys ctx.
func GetAllContext[T any](ctx context.Context, refs []ObjectRef[T]) ([]T, error) {
	untyped := make([]*Ref, len(refs))
	for i, r := range refs {
		untyped[i] = r.Ref()
	}
	out := make([]T, len(refs))
	if err := GetAllInto(ctx, untyped, out); err != nil {
		return nil, err
	}
	return out, nil
}

// GetInto waits for ref and stores its value in *out. It is what the generic functions call; a
// nil ctx means the ambient one.
func GetInto(ctx context.Context, ref *Ref, out any) error {
	if err := ref.check(); err != nil {
		return err
	}
	target := reflect.ValueOf(out).Elem()
	err := ref.session.each(orAmbient(ctx), []core.ID{ref.id}, func(_ int, flat []byte, v *core.Value) error {
		return decode(flat, v, target)
	})
	runtime.KeepAlive(ref)
	return err
}

// each waits for objects, and calls f with their values until it returns an error: with flat, the
// bytes of one, or with v.
func (s *session) each(ctx context.Context, ids []core.ID, f func(i int, flat []byte, v *core.Value) error) error {
	b, ok := s.backend.(core.Visitor)
	if !ok {
		values, err := s.backend.Get(ctx, ids)
		if err != nil {
			return waitError(ctx, err)
		}
		for i := range values {
			if err := f(i, nil, &values[i]); err != nil {
				return err
			}
		}
		return nil
	}
	var failed error
	err := b.Visit(ctx, ids, func(i int, flat []byte, v *core.Value) error {
		failed = f(i, flat, v)
		return failed
	})
	if failed == nil && err != nil {
		return waitError(ctx, err)
	}
	return failed
}

// GetAllInto waits for refs and stores their values in the elements of out, a slice of the same
// length. It is what the generic functions call; a nil ctx means the ambient one.
func GetAllInto(ctx context.Context, refs []*Ref, out any) error {
	if len(refs) == 0 {
		return nil
	}
	ids := make([]core.ID, len(refs))
	for i, r := range refs {
		if err := r.check(); err != nil {
			return fmt.Errorf("ray: GetAll: item %d: %w", i, err)
		}
		ids[i] = r.id
	}
	target := reflect.ValueOf(out)
	err := refs[0].session.each(orAmbient(ctx), ids, func(i int, flat []byte, v *core.Value) error {
		if err := decode(flat, v, target.Index(i)); err != nil {
			return fmt.Errorf("item %d: %w", i, err)
		}
		return nil
	})
	keepAlive(refs)
	return err
}

// GetRef waits for ref and returns its value as a t; as the type it was made with when t is nil.
func GetRef(ctx context.Context, ref *Ref, t reflect.Type) (any, error) {
	if err := ref.check(); err != nil {
		return nil, err
	}
	ctx = orAmbient(ctx)
	values, err := ref.session.backend.Get(ctx, []core.ID{ref.id})
	runtime.KeepAlive(ref)
	if err != nil {
		return nil, waitError(ctx, err)
	}
	if t == nil {
		t = reflect.TypeFor[any]()
	}
	out := reflect.New(t).Elem()
	if err := decodeInto(values[0], out); err != nil {
		return nil, err
	}
	return out.Interface(), nil
}

// decode stores a value, which comes as bytes or as v.
func decode(flat []byte, v *core.Value, out reflect.Value) error {
	if v != nil {
		return decodeInto(*v, out)
	}
	if marshal.UnflatAny(flat, out) {
		return nil
	}
	value, err := marshal.Unflatten(flat)
	if err != nil {
		return fmt.Errorf("ray: Get: %w", err)
	}
	value.Any = true
	return decodeInto(value, out)
}

func decodeInto(value core.Value, out reflect.Value) error {
	if value.Failure != nil {
		return failureError(value.Failure)
	}
	if out.Kind() == reflect.Struct && out.NumField() == 0 {
		return nil // struct{}: nobody asks for the value
	}
	v, err := marshal.Decode(value, out.Type())
	if err != nil {
		return fmt.Errorf("ray: Get: %w; get it as the type that the task returns", err)
	}
	if v.IsValid() {
		out.Set(v)
	}
	return nil
}

func orAmbient(ctx context.Context) context.Context {
	if ctx == nil {
		return ambient()
	}
	return ctx
}

// Must returns v, and panics with err when there is one. It is for cells.
func Must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
