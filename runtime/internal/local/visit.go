package local

import (
	"context"
	"time"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/transport"
)

var _ core.Visitor = (*Backend)(nil)

// Await implements core.Visitor.
func (b *Backend) Await(ctx context.Context, ids []core.ID, n int, timeout time.Duration) ([]int, error) {
	// Whoever waits for tasks one by one mostly finds one of the first ready.
	b.mu.Lock()
	at := b.readyAt(ids, n)
	enough := len(at) >= n && !b.closed
	b.mu.Unlock()
	if enough {
		return at, nil
	}
	if err := b.waitFor(ctx, ids, n, timeout); err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.readyAt(ids, n), nil
}

// readyAt says where the first n of ids are that are ready; there may be fewer.
func (b *Backend) readyAt(ids []core.ID, n int) (at []int) {
	for i, id := range ids {
		if len(at) == n {
			break
		}
		if b.isReady(id) {
			at = append(at, i)
		}
	}
	return at
}

// visited is how many values are looked up under one hold of the mutex.
const visited = 256

// Visit implements core.Visitor. Values in shared memory have to be brought together first: from the
// first of them on it is Get.
func (b *Backend) Visit(ctx context.Context, ids []core.ID, f func(i int, flat []byte, v *core.Value) error) error {
	var err error
	if len(ids) == 1 {
		err = b.waitForOne(ctx, ids[0])
	} else if err = b.waitFor(ctx, ids, len(ids), -1); err == nil {
		b.mu.Lock()
	}
	if err != nil {
		return err
	}
	var list [visited]*transport.Stored
	for from := 0; from < len(ids); from += visited {
		if from > 0 {
			b.mu.Lock()
		}
		some := list[:min(visited, len(ids)-from)]
		n := 0
		for n < len(some) {
			v := b.stored(ids[from+n])
			if v.Shared {
				break
			}
			some[n] = v
			n++
		}
		b.unlock()
		for i, v := range some[:n] {
			if err := show(from+i, v, f); err != nil {
				return err
			}
		}
		if n < len(some) {
			return b.visitRest(ctx, ids, from+n, f)
		}
	}
	return nil
}

// show calls f with a value that does not lie in shared memory.
func show(i int, s *transport.Stored, f func(int, []byte, *core.Value) error) error {
	if s.Any && s.Failure == nil && len(s.Refs) == 0 {
		return f(i, s.Flat, nil)
	}
	v, err := s.Value(nil)
	if err != nil {
		return err
	}
	return f(i, nil, &v)
}

func (b *Backend) visitRest(ctx context.Context, ids []core.ID, from int, f func(int, []byte, *core.Value) error) error {
	values, err := b.Get(ctx, ids[from:])
	if err != nil {
		return err
	}
	for i := range values {
		if err := f(from+i, nil, &values[i]); err != nil {
			return err
		}
	}
	return nil
}
