package local

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"time"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/store"
	"github.com/goray/goray/runtime/internal/transport"
)

// object is a value, or the promise of one.
type object struct {
	id         core.ID
	refs       int
	value      *transport.Stored // nil until it is there
	maker      core.ID           // the task, where that has another id
	waiters    []*waiter
	dependents []*task // that have it as an argument
}

// waiter waits for some of several objects.
type waiter struct {
	need int // objects that still have to become ready
	fire func()
}

// newObject makes an object with one count.
func (b *Backend) newObject(id core.ID) *object {
	o := &object{id: id, refs: 1}
	b.objects[id] = o
	return o
}

// settle gives an object its value. A value that is there already stays.
func (b *Backend) settle(id core.ID, v *transport.Stored) {
	o := b.objects[id]
	if o == nil || o.value != nil {
		b.discard(v)
		return
	}
	v.Object = id
	o.value = v
	for _, nested := range v.Refs {
		b.retain(nested)
	}
	waiters, dependents := o.waiters, o.dependents
	o.waiters, o.dependents = nil, nil
	for _, w := range waiters {
		if w.need--; w.need == 0 {
			w.fire()
		}
	}
	for _, t := range dependents {
		if t.missing--; t.missing == 0 {
			b.argumentsReady(t)
		}
	}
	if o.refs <= 0 {
		b.drop(o)
	}
}

// discard frees the memory of a value that nobody wants.
func (b *Backend) discard(v *transport.Stored) {
	if v.Shared {
		_ = b.store.Free(v.Location) // it fails only for what is free already
	}
}

func (b *Backend) retain(id core.ID) {
	if o := b.objects[id]; o != nil {
		o.refs++
	}
}

func (b *Backend) release(id core.ID, n int) {
	o := b.objects[id]
	if o == nil {
		return
	}
	if o.refs -= n; o.refs > 0 {
		return
	}
	if a := b.actors[id]; a != nil && a.dead == nil {
		if !a.spec.Detached {
			a.retired = true
			b.retire(a)
		}
		return
	}
	if o.value != nil {
		b.drop(o)
	}
}

// drop forgets an object and lets go what it contains.
func (b *Backend) drop(o *object) {
	delete(b.objects, o.id)
	if a := b.actors[o.id]; a != nil && a.dead != nil {
		delete(b.actors, o.id)
	}
	b.discard(o.value)
	for _, nested := range o.value.Refs {
		b.release(nested, 1)
	}
}

// Retain implements core.Backend.
func (b *Backend) Retain(id core.ID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.retain(id)
}

// Release implements core.Backend.
func (b *Backend) Release(id core.ID) {
	b.mu.Lock()
	defer b.unlock()
	if !b.closed {
		b.release(id, 1)
	}
}

// Put implements core.Backend.
func (b *Backend) Put(id core.ID, v core.Value) error {
	stored, err := transport.Store(&v, b.create)
	if err != nil {
		return err
	}
	b.mu.Lock()
	defer b.unlock()
	if b.closed {
		return core.ErrClosed
	}
	b.newObject(id)
	b.settle(id, stored)
	return nil
}

// await calls fire, under the mutex, when n of ids are ready; at once when they are. cancel takes
// it back.
func (b *Backend) await(ids []core.ID, n int, fire func()) (cancel func()) {
	w := &waiter{fire: fire}
	ready := 0
	for _, id := range ids {
		if b.isReady(id) {
			ready++
		}
	}
	if w.need = n - ready; w.need <= 0 {
		fire()
		return func() {}
	}
	for _, id := range ids {
		if !b.isReady(id) {
			o := b.objects[id]
			o.waiters = append(o.waiters, w)
		}
	}
	return func() {
		for _, id := range ids {
			if o := b.objects[id]; o != nil && o.value == nil {
				o.waiters = slices.DeleteFunc(o.waiters, func(other *waiter) bool { return other == w })
			}
		}
	}
}

// isReady reports whether Get has an answer; an object that is gone is ready to say so.
func (b *Backend) isReady(id core.ID) bool {
	o := b.objects[id]
	return o == nil || o.value != nil
}

// waitFor blocks until n of ids are ready, timeout (negative: none) has passed or ctx ends.
func (b *Backend) waitFor(ctx context.Context, ids []core.ID, n int, timeout time.Duration) error {
	b.mu.Lock()
	if b.closed {
		b.mu.Unlock()
		return core.ErrClosed
	}
	done := make(chan struct{})
	cancel := b.await(ids, n, func() { close(done) })
	b.unlock()
	select {
	case <-done:
		return nil
	default:
	}
	if timeout == 0 {
		b.mu.Lock()
		cancel()
		b.mu.Unlock()
		return nil
	}
	var expired <-chan time.Time
	if timeout > 0 {
		timer := time.NewTimer(timeout)
		defer timer.Stop()
		expired = timer.C
	}
	var err error
	select {
	case <-done:
		return nil
	case <-expired:
	case <-ctx.Done():
		err = ctx.Err()
	case <-b.ended:
		return core.ErrClosed
	}
	b.mu.Lock()
	cancel()
	b.mu.Unlock()
	return err
}

// Get implements core.Backend.
func (b *Backend) Get(ctx context.Context, ids []core.ID) ([]core.Value, error) {
	if err := b.waitFor(ctx, ids, len(ids), -1); err != nil {
		return nil, err
	}
	stored := make([]*transport.Stored, len(ids))
	b.mu.Lock()
	for i, id := range ids {
		stored[i] = b.stored(id)
	}
	b.mu.Unlock()
	values := make([]core.Value, len(ids))
	for i, s := range stored {
		v, err := s.Value(b.open)
		if err != nil {
			return nil, err
		}
		values[i] = v
	}
	return values, nil
}

// stored returns the value of a ready object.
func (b *Backend) stored(id core.ID) *transport.Stored {
	if o := b.objects[id]; o != nil {
		return o.value
	}
	return &transport.Stored{Failure: &core.Failure{Kind: core.ObjectLost, Text: fmt.Sprintf("object %s was released", id)}}
}

// Wait implements core.Backend.
func (b *Backend) Wait(ctx context.Context, ids []core.ID, n int, timeout time.Duration) ([]bool, error) {
	if err := b.waitFor(ctx, ids, n, timeout); err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.readiness(ids), nil
}

func (b *Backend) readiness(ids []core.ID) []bool {
	ready := make([]bool, len(ids))
	for i, id := range ids {
		ready[i] = b.isReady(id)
	}
	return ready
}

// open maps a value into the driver.
func (b *Backend) open(s *transport.Stored) (*store.Buffer, error) {
	return b.store.Open(s.Location, nil)
}

// create gets space for a large value. When there is none, buffers and references that nobody
// uses any more are looked for, here and in the workers, before it gives up.
func (b *Backend) create(size int64) (*store.Draft, error) {
	draft, err := b.store.Create(size)
	for wait := time.Millisecond; err != nil && wait < collectPatience; wait *= 2 {
		b.collect()
		select {
		case <-time.After(wait):
		case <-b.ended:
			return nil, core.ErrClosed
		}
		draft, err = b.store.Create(size)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", core.ErrOutOfMemory, err)
	}
	return draft, nil
}

// collectPatience is up to how long create waits, doubling from a millisecond.
const collectPatience = 200 * time.Millisecond

func (b *Backend) collect() {
	b.mu.Lock()
	b.askToCollect()
	b.unlock()
	runtime.GC()
}

// askToCollect makes the workers look for what they do not use any more.
func (b *Backend) askToCollect() {
	for _, p := range b.procs {
		if p.up {
			p.conn.Queue(transport.Collect, 0, nil)
			b.touch(p)
		}
	}
}

// segmentDropped is called by the store, with its own lock held: workers are told later.
func (b *Backend) segmentDropped(id uint32) {
	b.droppedMu.Lock()
	defer b.droppedMu.Unlock()
	b.dropped = append(b.dropped, id)
	b.anyDropped.Store(true)
}

// detachDropped tells the workers which segments are gone: what they have mapped is not free.
func (b *Backend) detachDropped() {
	if !b.anyDropped.Swap(false) {
		return
	}
	b.droppedMu.Lock()
	dropped := b.dropped
	b.dropped = nil
	b.droppedMu.Unlock()
	for _, id := range dropped {
		for _, p := range b.procs {
			if _, known := p.attached[id]; known {
				delete(p.attached, id)
				p.conn.Queue(transport.Detach, 0, func(w *transport.Writer) { w.Uint(uint64(id)) })
				b.touch(p)
			}
		}
	}
}

// attach makes a segment known to a worker.
func (b *Backend) attach(p *proc, id uint32, write bool) error {
	b.detachDropped()
	if canWrite, known := p.attached[id]; known && (canWrite || !write) {
		return nil
	}
	var failed error
	p.conn.Queue(transport.Attach, 0, func(w *transport.Writer) { // not called when the worker is gone
		file, size, err := b.store.File(id, write)
		if err != nil {
			failed = err
			return
		}
		w.Uint(uint64(id))
		w.Uint(uint64(size))
		w.File(file)
	})
	if failed == nil {
		p.attached[id] = write
	}
	return failed
}

// share prepares to send a value to a worker: shared memory is attached and counted.
func (b *Backend) share(p *proc, v *transport.Stored) *transport.Stored {
	if !v.Shared {
		return v
	}
	if err := b.attach(p, v.Location.Segment, false); err != nil {
		return &transport.Stored{Failure: &core.Failure{Kind: core.ObjectLost, Text: err.Error()}}
	}
	b.retain(v.Object)
	p.holds[v.Object]++
	return v
}
