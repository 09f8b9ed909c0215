package inprocess

import (
	"context"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/marshal"
	"github.com/goray/goray/runtime/internal/placement"
	"github.com/goray/goray/runtime/internal/sched"
)

func init() { core.Register("inprocess", Open) }

// Backend runs tasks as goroutines.
type Backend struct {
	cfg core.Config

	mu       sync.Mutex
	sequence uint64
	closed   bool
	objects  map[core.ID]*object
	actors   map[core.ID]*actor
	names    map[nameKey]core.ID
	changed  chan struct{} // closed and replaced whenever an object becomes ready
	running  sync.WaitGroup

	sched   *sched.Sched
	workers sched.Worker // the last one that was made
	busy    map[sched.Worker]*task
	nodes   []*virtual
	groups  *placement.Table
	watch   placement.Watch
	watcher *time.Timer // nil: nobody is looking

	goroutines sync.Map // goroutine id → *task
}

type nameKey struct{ name, namespace string }

type object struct {
	value core.Value
	ready bool
	refs  int
	task  *task // that makes it; nil after
}

// Open starts a session.
func Open(_ context.Context, cfg core.Config) (core.Backend, error) {
	b := &Backend{
		cfg: cfg, changed: make(chan struct{}), busy: map[sched.Worker]*task{},
		objects: map[core.ID]*object{}, actors: map[core.ID]*actor{}, names: map[nameKey]core.ID{},
	}
	b.sched = sched.New(sched.Config{})
	b.groups = placement.New(b.sched)
	nodes := cfg.Nodes
	if len(nodes) == 0 {
		nodes = []core.NodeConfig{{Name: nodeID, Resources: cfg.Resources, Labels: cfg.Labels}}
	}
	for _, n := range nodes {
		b.addNode(n)
	}
	return b, nil
}

// NewID implements core.Backend.
func (b *Backend) NewID() core.ID {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sequence++
	return core.MakeID(0, b.sequence)
}

// Put implements core.Backend.
func (b *Backend) Put(id core.ID, v core.Value) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return core.ErrClosed
	}
	b.objects[id] = &object{refs: 1, value: marshal.Own(v), ready: true}
	b.pin(v)
	return nil
}

// settle stores the value of an object and tells everybody who waits.
func (b *Backend) settle(id core.ID, v core.Value) {
	o := b.objects[id]
	if o == nil || o.ready {
		return
	}
	o.value, o.ready, o.task = marshal.Own(v), true, nil
	b.pin(v)
	b.sched.Settled(sched.Task(id))
	b.wake()
	if o.refs <= 0 {
		b.drop(id, o)
	}
}

// pin keeps the objects that v refers to.
func (b *Backend) pin(v core.Value) {
	for _, id := range v.Refs {
		if o := b.objects[id]; o != nil {
			o.refs++
		}
	}
}

// drop forgets an object and lets go what it refers to.
func (b *Backend) drop(id core.ID, o *object) {
	delete(b.objects, id)
	for _, nested := range o.value.Refs {
		b.release(nested)
	}
}

// wake tells everybody who waits for objects to look again.
func (b *Backend) wake() {
	close(b.changed)
	b.changed = make(chan struct{})
}

// Get implements core.Backend.
func (b *Backend) Get(ctx context.Context, ids []core.ID) ([]core.Value, error) {
	if _, err := b.await(ctx, ids, len(ids), -1); err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	values := make([]core.Value, len(ids))
	for i, id := range ids {
		if o := b.objects[id]; o != nil {
			values[i] = o.value
		} else {
			values[i] = core.Value{Failure: &core.Failure{Kind: core.ObjectLost, Text: fmt.Sprintf("object %s was released", id)}}
		}
	}
	return values, nil
}

// Wait implements core.Backend.
func (b *Backend) Wait(ctx context.Context, ids []core.ID, n int, timeout time.Duration) ([]bool, error) {
	return b.await(ctx, ids, n, timeout)
}

func (b *Backend) await(ctx context.Context, ids []core.ID, n int, timeout time.Duration) ([]bool, error) {
	var expired <-chan time.Time
	if timeout > 0 {
		timer := time.NewTimer(timeout)
		defer timer.Stop()
		expired = timer.C
	}
	ready := make([]bool, len(ids))
	lent := false
	me := b.taskOf(ctx)
	for {
		b.mu.Lock()
		count := 0
		for i, id := range ids {
			o := b.objects[id]
			ready[i] = o == nil || o.ready
			if ready[i] {
				count++
			}
		}
		changed, closed := b.changed, b.closed
		if count >= n || timeout == 0 || closed {
			if lent {
				b.sched.Unblocked(me.worker) // what is free may go below zero: the task goes on at once
			}
			b.mu.Unlock()
			if closed {
				return nil, core.ErrClosed
			}
			return ready, nil
		}
		if me != nil && !lent {
			lent = true
			b.sched.Blocked(me.worker)
			b.act()
		}
		b.mu.Unlock()
		select {
		case <-changed:
		case <-expired:
			timeout = 0
		case <-ctx.Done():
			if lent {
				b.mu.Lock()
				b.sched.Unblocked(me.worker)
				b.mu.Unlock()
			}
			return nil, ctx.Err()
		}
	}
}

// Retain implements core.Backend.
func (b *Backend) Retain(id core.ID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if o := b.objects[id]; o != nil {
		o.refs++
	}
}

// Release implements core.Backend.
func (b *Backend) Release(id core.ID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.release(id)
}

func (b *Backend) release(id core.ID) {
	o := b.objects[id]
	if o == nil {
		return
	}
	if o.refs--; o.refs > 0 {
		return
	}
	if a := b.actors[id]; a != nil && a.dead == nil {
		if a.spec.Detached {
			return
		}
		a.retire()
	}
	if o.ready {
		b.drop(id, o)
	}
}

// AddCode implements core.Backend; functions are passed as they are.
func (b *Backend) AddCode(string, []byte) error { return nil }

// Code implements core.Backend.
func (b *Backend) Code(hash string) ([]byte, error) {
	return nil, fmt.Errorf("no code with hash %s", hash)
}

// Total implements core.Backend.
func (b *Backend) Total() core.Resources {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.sched.Total()
}

// Available implements core.Backend.
func (b *Backend) Available() core.Resources {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.sched.Available()
}

// Info implements core.Backend.
func (b *Backend) Info() core.Info {
	return core.Info{NodeID: b.first(), NodeIP: "127.0.0.1", SessionDir: os.TempDir(), Scheme: "inprocess", SharesMemory: true}
}

// Close implements core.Backend: contexts of running tasks end, and Close waits for them a while.
func (b *Backend) Close() error {
	b.mu.Lock()
	b.closed = true
	if b.watcher != nil {
		b.watcher.Stop()
	}
	for _, o := range b.objects {
		if o.task != nil && o.task.cancel != nil {
			o.task.cancel()
		}
	}
	for _, a := range b.actors {
		a.die(&core.Failure{Kind: core.SessionClosed, Text: "the session was closed"})
	}
	b.wake()
	b.mu.Unlock()
	stopped := make(chan struct{})
	go func() { b.running.Wait(); close(stopped) }()
	select {
	case <-stopped:
	case <-time.After(closeGrace): // a task that ignores its context is abandoned
	}
	return nil
}

// closeGrace is how long Close waits for tasks to return.
const closeGrace = 5 * time.Second
