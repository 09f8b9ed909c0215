package ray

import (
	"context"
	"reflect"
	"slices"
	"sync"
	"time"
	"unsafe"

	"github.com/goray/goray/runtime/internal/core"
)

// WaitOption changes how long Wait waits.
type WaitOption struct {
	apply func(*waitOptions)
}

type waitOptions struct {
	numReturns int
	timeout    time.Duration // negative: none
}

// NumReturns makes Wait return when n references are ready. Default: 1.
func NumReturns(n int) WaitOption { return WaitOption{func(o *waitOptions) { o.numReturns = n }} }

// Timeout makes Wait return after d with what is ready then; 0 polls. Default: none.
func Timeout(d time.Duration) WaitOption { return WaitOption{func(o *waitOptions) { o.timeout = d }} }

// Wait returns when NumReturns references are ready (their values, or their errors, are there),
// or after Timeout. At most NumReturns references are in ready; both lists keep the input's order.
func Wait[T any](refs []ObjectRef[T], opts ...WaitOption) (ready, pending []ObjectRef[T], err error) {
	return WaitContext(nil, refs, opts...)
}

// WaitContext is Wait that obeys ctx.
func WaitContext[T any](ctx context.Context, refs []ObjectRef[T], opts ...WaitOption) (ready, pending []ObjectRef[T], err error) {
	at, err := WaitList(ctx, refs, opts...)
	if err != nil {
		return nil, nil, err
	}
	pending = make([]ObjectRef[T], 0, len(refs)-len(at))
	from := 0 // a loop that waits for task after task copies what is left each time: in large pieces
	for _, i := range at {
		ready = append(ready, refs[i])
		pending = append(pending, refs[from:i]...)
		from = i + 1
	}
	pending = append(pending, refs[from:]...)
	return ready, pending, nil
}

// WaitList is Wait for a slice of references of whatever type: at are the places of those that are
// ready, in order. It is what the generic functions call; a nil ctx means the ambient one.
func WaitList(ctx context.Context, refs any, opts ...WaitOption) (at []int, err error) {
	list, err := refList(refs)
	if err != nil {
		return nil, err
	}
	return waitAt(ctx, list, opts)
}

// refList is the references of a slice. An ObjectRef is nothing but a *Ref: there is nothing to copy.
func refList(refs any) ([]*Ref, error) {
	if list, ok := refs.([]*Ref); ok {
		return list, nil
	}
	v := reflect.ValueOf(refs)
	if v.Kind() != reflect.Slice {
		return nil, invalidCall("Wait takes a slice of references, got %T", refs)
	}
	if t := v.Type().Elem(); isObjectRef(t) {
		return unsafe.Slice((**Ref)(v.UnsafePointer()), v.Len()), nil
	}
	list := make([]*Ref, v.Len())
	for i := range list {
		ref, _, ok := refOf(v.Index(i).Interface())
		if !ok {
			return nil, invalidCall("Wait takes a slice of references, got %T", refs)
		}
		list[i] = ref
	}
	return list, nil
}

// objectRefs are the types that isObjectRef was asked for.
var objectRefs sync.Map // reflect.Type → bool

// isObjectRef reports whether a value of t is laid out as a *Ref.
func isObjectRef(t reflect.Type) bool {
	if is, known := objectRefs.Load(t); known {
		return is.(bool)
	}
	is := t.Kind() == reflect.Struct && t.NumField() == 1 && t.Field(0).Type == reflect.TypeFor[*Ref]()
	objectRefs.Store(t, is)
	return is
}

// WaitRefs is Wait without a type: ready[i] tells whether refs[i] is ready. A nil ctx means the
// ambient one.
func WaitRefs(ctx context.Context, refs []*Ref, opts ...WaitOption) (ready []bool, err error) {
	at, err := waitAt(ctx, refs, opts)
	if err != nil {
		return nil, err
	}
	ready = make([]bool, len(refs))
	for _, i := range at {
		ready[i] = true
	}
	return ready, nil
}

// idLists are lists of ids that nobody uses at the moment.
var idLists = sync.Pool{New: func() any { return new([]core.ID) }}

func waitAt(ctx context.Context, refs []*Ref, opts []WaitOption) (at []int, err error) {
	o := waitOptions{numReturns: 1, timeout: -1}
	for _, opt := range opts {
		if opt.apply != nil {
			opt.apply(&o)
		}
	}
	if len(refs) == 0 {
		return nil, invalidCall("Wait needs at least one reference")
	}
	if o.numReturns < 1 || o.numReturns > len(refs) {
		return nil, invalidCall("Wait: NumReturns is %d with %d references; use 1 to %d", o.numReturns, len(refs), len(refs))
	}
	scratch := idLists.Get().(*[]core.ID)
	ids := slices.Grow((*scratch)[:0], len(refs))[:len(refs)]
	*scratch = ids
	session, last, ordered := currentSession(), core.ID(0), true
	for i, r := range refs {
		if r == nil || r.err != nil || r.session != session || session == nil {
			if err := r.check(); err != nil {
				return nil, err
			}
		}
		ordered = ordered && r.id > last
		last, ids[i] = r.id, r.id
	}
	if !ordered { // references are mostly given in the order in which they were made
		if first, second, twice := repeated(ids); twice {
			return nil, invalidCall("Wait: references %d and %d are the same; give each once", first, second)
		}
	}
	ctx = orAmbient(ctx)
	if b, ok := session.backend.(core.Visitor); ok {
		at, err = b.Await(ctx, ids, o.numReturns, o.timeout)
		idLists.Put(scratch)
	} else {
		at, err = placesOf(session.backend.Wait(ctx, ids, o.numReturns, o.timeout))
	}
	keepAlive(refs)
	if err != nil {
		return nil, waitError(ctx, err)
	}
	return at[:min(len(at), o.numReturns)], nil
}

// placesOf lists where ready is true.
func placesOf(ready []bool, err error) ([]int, error) {
	var at []int
	for i := range ready {
		if ready[i] {
			at = append(at, i)
		}
	}
	return at, err
}

// repeated finds an id that is there twice. A program that waits for its tasks one by one calls Wait
// as often as it has tasks, each time with all that are left: a map would cost most of it.
func repeated(ids []core.ID) (first, second int, twice bool) {
	size := 8
	for size < 2*len(ids) {
		size *= 2
	}
	slots := make([]int32, size) // 1 + the index in ids; 0 is free
	for i, id := range ids {
		// Ids follow each other; the multiplication spreads them (Fibonacci hashing).
		at := int(uint64(id)*0x9e3779b97f4a7c15>>32) & (size - 1)
		for ; slots[at] != 0; at = (at + 1) & (size - 1) {
			if k := int(slots[at] - 1); ids[k] == id {
				return k, i, true
			}
		}
		slots[at] = int32(i + 1)
	}
	return 0, 0, false
}
