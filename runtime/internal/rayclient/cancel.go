package rayclient

import (
	"context"
	"errors"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/rayclient/conn"
	"github.com/goray/goray/runtime/internal/rayclient/pickle"
	"github.com/goray/goray/runtime/internal/rayclient/wire"
	"github.com/goray/goray/runtime/internal/rayworker"
)

// Cancel implements core.Backend.
func (b *backend) Cancel(id core.ID, force, recursive bool) error {
	if err := b.closed(); err != nil {
		return err
	}
	e := b.ids.find(id)
	switch {
	case force && (e.call || e.kind == wire.Actor):
		return errors.New("ray: Cancel: a call of an actor cannot be cancelled with force; kill the actor with ray.Kill")
	case e.kind != wire.Object:
		return nil
	}
	ctx, cancel := b.patient()
	defer cancel()
	if err := b.known(ctx, e); err != nil || e.failure != nil {
		return err
	}
	if force {
		e.task().forced.Store(true)
	}
	return b.sent(ctx, func() error { return b.cancelled(ctx, b.cancel(force, recursive, e.ray)) })
}

// cancel makes the driver on the head cancel tasks, by Ray's ids. The protocol's own request would do it on
// a thread of the server, which Ray 2.60 does not always survive (see package rayworker, cancel.py).
func (b *backend) cancel(force, recursive bool, ids ...string) *conn.Reply {
	var refs []any
	for _, id := range ids {
		refs = append(refs, b.stub("Object", id))
	}
	const expression = `lambda source, *args: (lambda ns: (exec(source, ns), ns["cancel"](*args))[1])({})`
	p := pickle.Dump(pickle.Call{Fn: call("builtins", "eval", expression), Args: pickle.Tuple{rayworker.Canceling(), refs, force, recursive}})
	return b.conn.Put(context.Background(), [][]byte{p}, nil)
}

// cancelled waits for what cancel has begun. What the driver has put in return is nothing.
func (b *backend) cancelled(ctx context.Context, asked *conn.Reply) error {
	id, err := asked.ID(ctx)
	if err != nil {
		return plain(err)
	}
	b.conn.Release([]string{id})
	return nil
}

// cancelSoon cancels tasks, by their own ids, when all that was submitted before has been sent.
func (b *backend) cancelSoon(tasks []*entry) {
	b.sending.push(func() {
		var ids []string
		for _, e := range tasks {
			if b.await(e) == nil {
				ids = append(ids, e.ray)
			}
		}
		if len(ids) == 0 {
			return
		}
		asked := b.cancel(false, true, ids...)
		b.owner.Go(func() {
			ctx, stop := b.patient()
			defer stop()
			if b.cancelled(ctx, asked) == nil || len(ids) == 1 || b.closed() != nil {
				return // nobody is there to be told
			}
			var each []*conn.Reply // the head has forgotten one of them, and so did nothing
			for _, id := range ids {
				each = append(each, b.cancel(false, true, id))
			}
			for _, asked := range each {
				_ = b.cancelled(ctx, asked)
			}
		})
	})
}

// CancelAll implements core.BulkCanceler.
func (b *backend) CancelAll(ids []core.ID) {
	var tasks []*entry
	for _, id := range ids {
		if e := b.ids.find(id); e.kind == wire.Object {
			tasks = append(tasks, e)
		}
	}
	b.cancelSoon(tasks)
}
