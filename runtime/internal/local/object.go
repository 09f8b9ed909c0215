package local

import (
	"context"
	"fmt"
	"time"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/store"
	"github.com/goray/goray/runtime/internal/transport"
)

// object is a value, or the promise of one.
type object struct {
	id         core.ID
	refs       int32
	lineage    int32             // recipes that need it
	value      *transport.Stored // nil until it is there
	waiters    few[waiter]
	dependents *[]*task // that have it as an argument

	*shelf         // of a value in shared memory, once it was there; nil for all others
	behind   int32 // how much smaller the id of the task is that makes it, if it is a further result; or 0
	origin   origin
	released bool // its value was given up, as nobody referred to it
	site     site // where it was made
}

// maker is the task whose result it is. Its process made both ids, one soon after the other.
func (o *object) maker() core.ID { return o.id - core.ID(o.behind) }

// depend makes a task go on when the object is there.
func (o *object) depend(t *task) {
	t.missing++
	if o.dependents == nil {
		o.dependents = new([]*task)
	}
	*o.dependents = append(*o.dependents, t)
}

// shelf is where the value of an object is, and what is done when it is lost.
type shelf struct {
	copies   []*residence
	file     *store.Spilled      // what was written of it
	fileOn   uint32              // the number of the node on whose disk file is
	bringing map[*node][]arrival // who waits for it on a node
	recipe   *recipe             // how to make it again
	damage   string              // of its file
}

// newObject makes an object with one count.
func (b *Backend) newObject(id core.ID) *object {
	o := &object{id: id, refs: 1}
	b.objects.set(id, o)
	return o
}

// settle gives an object its value. A value that is there already stays, unless it is lost.
func (b *Backend) settle(id core.ID, v *transport.Stored) {
	o := b.objects.at(id)
	if o == nil || o.value != nil && !o.isLost() {
		b.discard(v)
		return
	}
	before := o.value
	o.value = v
	if v.Shared {
		v.Object = id
		if o.shelf == nil {
			o.shelf = new(shelf)
		}
		b.reside(o, v.Location)
	}
	for _, nested := range v.Refs {
		b.retain(nested)
	}
	if before != nil {
		for _, nested := range before.Refs {
			b.release(nested, 1)
		}
	}
	awaited, dependents := o.waiters, o.dependents
	o.waiters, o.dependents = few[waiter]{}, nil
	for w := range awaited.all() {
		if w.need--; w.need == 0 {
			w.fire()
		}
	}
	if dependents != nil {
		for _, t := range *dependents {
			if t.missing--; t.missing == 0 {
				b.argumentsReady(t)
			}
		}
	}
	if o.shelf != nil {
		for n := range o.bringing {
			b.fetch(o, n)
		}
	}
	if o.refs <= 0 && b.objects.at(id) == o {
		b.drop(o)
	}
}

func (b *Backend) retain(id core.ID) {
	if o := b.objects.at(id); o != nil {
		o.refs++
	}
}

func (b *Backend) release(id core.ID, n int) {
	o := b.objects.at(id)
	if o == nil {
		return
	}
	if o.refs -= int32(n); o.refs > 0 {
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

// drop forgets an object and lets go what it contains. Of one that others may have to be made from
// again it forgets only the value, and not even that if it cannot be made again itself and nodes
// may fail.
func (b *Backend) drop(o *object) {
	if o.lineage > 0 {
		if o.shelf != nil && (o.recipe != nil || len(b.nodes) == 1) {
			o.released = true
			b.vacate(o)
		}
		return
	}
	b.objects.drop(o.id)
	if a := b.actors[o.id]; a != nil && a.dead != nil {
		delete(b.actors, o.id)
	}
	if o.shelf != nil {
		b.vacate(o)
	}
	for _, nested := range o.value.Refs {
		b.release(nested, 1)
	}
	if o.shelf != nil {
		b.unrecipe(o)
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
	stored, err := transport.Store(&v, b.create(b.head()))
	if err != nil {
		return err
	}
	from := b.sites.here()
	b.mu.Lock()
	defer b.unlock()
	if b.closed {
		return core.ErrClosed
	}
	o := b.newObject(id)
	o.origin, o.site = fromPut, b.sites.number(from)
	b.settle(id, stored)
	return nil
}

// await calls fire, under the mutex, when n of ids are ready; at once when they are. cancel takes
// it back.
func (b *Backend) await(ids []core.ID, n int, fire func()) (cancel func()) {
	w := &waiter{then: fire}
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
		if o := b.objects.at(id); o != nil && o.value == nil {
			// One that is told already has nothing to do here: whoever waits for tasks one by one would
			// leave as many in the list as he has waited.
			if old := o.waiters.one; old != nil && old.fired && o.waiters.more == nil {
				o.waiters.one = w
				continue
			}
			o.waiters.add(w)
		}
	}
	return func() {
		for _, id := range ids {
			if o := b.objects.at(id); o != nil && o.value == nil {
				o.waiters.remove(w)
			}
		}
	}
}

// isReady reports whether Get has an answer; an object that is gone is ready to say so.
func (b *Backend) isReady(id core.ID) bool {
	o := b.objects.at(id)
	return o == nil || o.value != nil
}

// waitFor blocks until n of ids are ready, timeout (negative: none) has passed or ctx ends.
func (b *Backend) waitFor(ctx context.Context, ids []core.ID, n int, timeout time.Duration) error {
	b.mu.Lock()
	if b.closed {
		b.mu.Unlock()
		return core.ErrClosed
	}
	b.resumeAll()
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
	if len(ids) == 1 {
		if err := b.waitForOne(ctx, ids[0]); err != nil {
			return nil, err
		}
		if v := b.stored(ids[0]); !v.Shared { // nearly always
			b.unlock()
			value, err := v.Value(nil)
			return []core.Value{value}, err
		}
	} else {
		if err := b.waitFor(ctx, ids, len(ids), -1); err != nil {
			return nil, err
		}
		b.mu.Lock()
	}
	values := make([]core.Value, len(ids))
	var failed error
	done := make(chan struct{})
	b.gather(b.head(), ids, func(list []held) {
		for i, h := range list {
			var err error
			if values[i], err = b.value(h); err != nil {
				failed = err
			}
		}
		b.letGo(list)
		close(done)
	})
	b.unlock()
	select { // what is there needs no waiting
	case <-done:
		return values, failed
	default:
	}
	select {
	case <-done:
		return values, failed
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-b.ended:
		return nil, core.ErrClosed
	}
}

// value opens what lies on the driver's node.
func (b *Backend) value(h held) (core.Value, error) {
	if h.at == nil {
		return h.value.Value(nil)
	}
	s := transport.Stored{Shared: true, Place: &transport.Place{Location: h.at.at, Object: h.object.id}, Any: h.object.value.Any, Refs: h.object.value.Refs}
	return s.Value(func(s *transport.Stored) (*store.Buffer, error) { return b.head().store.Open(s.Location, nil) })
}

// stored returns the value of a ready object.
func (b *Backend) stored(id core.ID) *transport.Stored {
	if o := b.objects.at(id); o != nil {
		return o.value
	}
	return &transport.Stored{Failure: &core.Failure{Kind: core.ObjectLost, Text: fmt.Sprintf("object %s was released", id)}}
}

// Wait implements core.Backend.
func (b *Backend) Wait(ctx context.Context, ids []core.ID, n int, timeout time.Duration) ([]bool, error) {
	at, err := b.Await(ctx, ids, n, timeout)
	if err != nil {
		return nil, err
	}
	return marked(len(ids), at), nil
}

// readiness marks the first n ids that are ready.
func (b *Backend) readiness(ids []core.ID, n int) []bool {
	return marked(len(ids), b.readyAt(ids, n))
}

// marked is a list of n truth values that are true at some places.
func marked(n int, at []int) []bool {
	list := make([]bool, n)
	for _, i := range at {
		list[i] = true
	}
	return list
}
