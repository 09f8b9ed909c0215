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
	for i, r := range refs {
		if isReady[i] {
			ready = append(ready, r)
		} else {
			pending = append(pending, r)
		}
	}
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
	seen := newIDSet(len(refs))
	for i, r := range refs {
		if err := r.check(); err != nil {
			return nil, err
		}
		if first, twice := seen.add(r.id, i); twice {
			return nil, invalidCall("Wait: references %d and %d are the same; give each once", first, i)
		}
		ids[i] = r.id
	}
	ctx = orAmbient(ctx)
	ready, err = refs[0].session.backend.Wait(ctx, ids, o.numReturns, o.timeout)
	keepAlive(refs)
	if err != nil {
		return nil, waitError(ctx, err)
	}
	left := o.numReturns
	for i := range ready {
		if ready[i] {
			ready[i] = left > 0
			left--
		}
	}
	return ready, nil
}

// idSet tells which ids were seen, and where. A program that waits for its tasks one by one calls
// Wait as often as it has tasks, each time with all that are left: a map would cost most of it.
type idSet struct {
	slots []int32 // 1 + the index in ids; 0 is free
	ids   []core.ID
}

func newIDSet(n int) *idSet {
	size := 8
	for size < 2*n {
		size *= 2
	}
	return &idSet{slots: make([]int32, size), ids: make([]core.ID, n)}
}

// add notes that the i-th id is id; twice is true when the first-th was it already.
func (s *idSet) add(id core.ID, i int) (first int, twice bool) {
	s.ids[i] = id
	mask := len(s.slots) - 1
	// Ids follow each other; the multiplication spreads them (Fibonacci hashing).
	for at := int(uint64(id)*0x9e3779b97f4a7c15>>32) & mask; ; at = (at + 1) & mask {
		switch k := s.slots[at]; {
		case k == 0:
			s.slots[at] = int32(i + 1)
			return 0, false
		case s.ids[k-1] == id:
			return int(k - 1), true
		}
	}
}
