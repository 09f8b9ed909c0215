package ray

import (
	"context"
	"time"

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
	untyped := make([]*Ref, len(refs))
	for i, r := range refs {
		untyped[i] = r.Ref()
	}
	isReady, err := WaitRefs(ctx, untyped, opts...)
	if err != nil {
		return nil, nil, err
	}
	pending = make([]ObjectRef[T], 0, len(refs))
	from := 0 // a loop that waits for task after task copies what is left each time: in large pieces
	for i := range refs {
		if isReady[i] {
			ready = append(ready, refs[i])
			pending = append(pending, refs[from:i]...)
			from = i + 1
		}
	}
	pending = append(pending, refs[from:]...)
	return ready, pending, nil
}

// WaitRefs is Wait without a type: ready[i] tells whether refs[i] is ready. A nil ctx means the
// ambient one.
func WaitRefs(ctx context.Context, refs []*Ref, opts ...WaitOption) (ready []bool, err error) {
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
	ids := make([]core.ID, len(refs))
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
	ready, err = refs[0].session.backend.Wait(ctx, ids, o.numReturns, o.timeout)
	keepAlive(refs)
	if err != nil {
		return nil, waitError(ctx, err)
	}
	left := o.numReturns
	for i := range ready {
		if !ready[i] {
			continue
		}
		if left--; left < 0 {
			ready[i] = false
		}
	}
	return ready, nil
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
