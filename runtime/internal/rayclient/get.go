package rayclient

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/rayclient/conn"
	pb "github.com/goray/goray/runtime/internal/rayclient/raypb"
	"github.com/goray/goray/runtime/internal/rayclient/wire"
)

// Get implements core.Backend. All objects are asked for at once.
func (b *backend) Get(ctx context.Context, ids []core.ID) ([]core.Value, error) {
	if err := b.closed(); err != nil {
		return nil, err
	}
	if ctx == nil {
		ctx = context.Background()
	}
	entries := make([]*entry, len(ids))
	for i, id := range ids {
		entries[i] = b.object(b.ids.find(id))
	}
	values := make([]core.Value, len(ids))
	replies := make([]*conn.Reply, len(ids))
	since := b.ids.gets.begin()
	defer b.ids.gets.end()
	defer func() {
		for _, r := range replies {
			if r != nil {
				b.conn.Forget(r)
			}
		}
	}()
	for i, e := range entries {
		if err := b.known(ctx, e); err != nil {
			return nil, err
		}
		if e.failure != nil {
			values[i].Failure = e.failure
			continue
		}
		replies[i] = b.conn.Get(e.ray)
	}
	for i, r := range replies {
		if r == nil {
			continue
		}
		v, unhold, err := b.load(ctx, entries[i].ray, r, since)
		if ctx.Err() != nil && err == ctx.Err() {
			return nil, err
		}
		var damaged *damagedError
		if errors.As(err, &damaged) {
			return nil, fmt.Errorf("object %s: %w", entries[i].id, err)
		}
		if err != nil {
			if closed := b.closed(); closed != nil {
				return nil, closed
			}
			values[i].Failure = refusedGet(err, entries[i].label)
			continue
		}
		values[i], err = b.unpack(entries[i], v)
		unhold()
		if err != nil {
			return nil, err
		}
	}
	return values, nil
}

// refusedGet is why the server could not give an object.
func refusedGet(err error, label string) *core.Failure {
	f := refused(err, label)
	if f.Kind == core.BadCall {
		f.Kind = core.ObjectLost
	}
	return f
}

// known waits until an entry is.
func (b *backend) known(ctx context.Context, e *entry) error {
	select {
	case <-e.known:
		return nil
	default:
	}
	select {
	case <-e.known:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-b.conn.Ended():
		return b.closed()
	}
}

// object is the entry of the object that an id stands for: that of an actor is there when its
// constructor has returned.
func (b *backend) object(e *entry) *entry {
	if e.kind == wire.Actor {
		return b.constructed(e)
	}
	return e
}

// constructed asks an actor for the object of its constructor, once.
func (b *backend) constructed(e *entry) *entry {
	b.ids.mu.Lock()
	defer b.ids.mu.Unlock()
	if e.probe != nil {
		return e.probe
	}
	probe := &entry{id: b.NewID(), kind: wire.Object, label: e.label, call: true, mortal: e.neverRestarts(), known: make(chan struct{}), count: 2}
	e.probe = probe
	b.ids.entries[probe.id] = probe
	e.count++
	ok := b.sending.push(func() {
		defer b.ids.release(e.id)
		defer b.ids.release(probe.id)
		if f := b.await(e); f != nil {
			b.ids.fail(probe, f)
			return
		}
		t := &pb.ClientTask{Type: pb.ClientTask_METHOD, Name: "ready", PayloadId: []byte(e.ray)}
		reply := b.conn.Task(t, [][]byte{noArguments})
		if !b.tickets.push(func() { b.ticket(reply, []*entry{probe}) }) {
			b.ids.fail(probe, &core.Failure{Kind: core.SessionClosed, Text: core.ErrClosed.Error()})
		}
	})
	if !ok {
		probe.failure = &core.Failure{Kind: core.SessionClosed, Text: core.ErrClosed.Error()}
		close(probe.known)
	}
	return probe
}

// Wait implements core.Backend.
func (b *backend) Wait(ctx context.Context, ids []core.ID, n int, timeout time.Duration) ([]bool, error) {
	if err := b.closed(); err != nil {
		return nil, err
	}
	if ctx == nil {
		ctx = context.Background()
	}
	limit, cancel := ctx, func() {}
	if timeout >= 0 {
		// Ids of what was just submitted come within a round trip, which a poll allows for.
		limit, cancel = context.WithTimeout(ctx, max(timeout, pollPatience))
	}
	defer cancel()
	start := time.Now()
	ready := make([]bool, len(ids))
	where := map[string][]int{} // the same object may be asked for twice
	var objects []string
	found := 0
	for i, id := range ids {
		e := b.object(b.ids.find(id))
		switch err := b.known(limit, e); {
		case err != nil && ctx.Err() != nil:
			return nil, ctx.Err()
		case err != nil && limit.Err() != nil:
			return ready, nil
		case err != nil:
			return nil, err
		case e.failure != nil:
			ready[i] = true
			found++
		case where[e.ray] == nil:
			objects = append(objects, e.ray)
			fallthrough
		default:
			where[e.ray] = append(where[e.ray], i)
		}
	}
	if found >= n || len(objects) == 0 {
		return ready, nil
	}
	if timeout >= 0 {
		timeout = max(0, timeout-time.Since(start))
	}
	there, err := b.conn.Wait(ctx, objects, min(n-found, len(objects)), timeout)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if closed := b.closed(); closed != nil {
			return nil, closed
		}
		return nil, err
	}
	for _, ray := range there {
		for _, i := range where[ray] {
			ready[i] = true
		}
	}
	return ready, nil
}

// pollPatience is how long Wait waits for Ray's ids even if it shall not wait at all.
const pollPatience = time.Second
