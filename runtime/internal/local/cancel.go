package local

import (
	"fmt"
	"time"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/sched"
	"github.com/goray/goray/runtime/internal/transport"
)

// Cancel implements core.Backend. The reference has its answer at once; a function that does not
// look at its context goes on until it returns, and its result is dropped.
func (b *Backend) Cancel(id core.ID, force, recursive bool) error {
	b.mu.Lock()
	defer b.unlock()
	if force {
		return b.forceCancel(id, recursive)
	}
	b.cancel(id, false, recursive)
	return nil
}

func (b *Backend) forceCancel(id core.ID, recursive bool) error {
	if t := b.pending.at(id); t != nil && t.spec.Kind != core.Task {
		return fmt.Errorf("ray: Cancel with Force of an actor call; end the actor with ray.Kill")
	}
	b.cancel(id, true, recursive)
	return nil
}

func (b *Backend) cancel(id core.ID, force, recursive bool) {
	b.act() // what the scheduler has decided to start is not in its queues any more
	if o := b.objects.at(id); o != nil && o.behind != 0 {
		id = o.maker()
	}
	if recursive {
		for child, t := range b.pending.all() {
			if t.spec.Parent == id && child != id {
				b.cancel(child, force && t.spec.Kind == core.Task, true)
			}
		}
	}
	b.cancelOne(id, force)
}

// cancelOne cancels a task, and not what it submitted. The scheduler's decisions have been
// carried out.
func (b *Backend) cancelOne(id core.ID, force bool) {
	t := b.pending.at(id)
	if t == nil || t.cancelled || t.spec.Kind == core.ActorStart {
		return
	}
	t.cancelled = true
	switch t.state {
	case waitingForResources:
		if t.spec.Kind == core.Task {
			b.sched.Remove(sched.Task(id), t.shape)
		}
	case submitted:
		b.end(t.proc, id, force)
	}
	text := "it was cancelled before it started"
	if t.state == submitted {
		text = "it was cancelled while it ran"
	}
	actor := t.actor
	b.finish(t, &transport.Stored{Failure: t.failure(core.Cancelled, text)})
	if actor != nil {
		b.advance(actor)
	}
}

// forceGrace is how long a worker may take to end by itself.
const forceGrace = time.Second

// end stops a task that was given to p. Only the worker knows what it runs at the moment: a forced
// end is its own doing, at a time when that is the meant task and nothing else. One that does not
// answer does not begin with other tasks either, and is killed.
func (b *Backend) end(p *proc, id core.ID, force bool) {
	if force {
		b.endBy(p, id, transport.EndProcess)
	} else {
		b.endBy(p, id, transport.EndContext)
	}
}

func (b *Backend) endBy(p *proc, id core.ID, how uint64) {
	if out := p.unsent(id); out != nil {
		b.takeBack(p, out)
		b.sched.Done(p.id, sched.Task(id), 0)
		b.sendReady(p)
		return
	}
	p.conn.Queue(transport.Cancel, uint64(id), func(w *transport.Writer) { w.Uint(how) })
	b.touch(p)
	if how != transport.EndProcess {
		return
	}
	p.forced[id] = true
	b.after(forceGrace, func() {
		if p.forced[id] {
			p.kill()
		}
	})
}

// CancelAll implements core.BulkCanceler: one look at all that is pending, however many ids.
func (b *Backend) CancelAll(ids []core.ID) {
	b.mu.Lock()
	defer b.unlock()
	children := map[core.ID][]core.ID{}
	for id, t := range b.pending.all() {
		if t.spec.Parent != 0 {
			children[t.spec.Parent] = append(children[t.spec.Parent], id)
		}
	}
	for len(ids) > 0 {
		id := ids[len(ids)-1] // the last ones first: what waits must not start in the gap
		ids = append(ids[:len(ids)-1:len(ids)-1], children[id]...)
		delete(children, id)
		b.act()
		b.cancelOne(id, false)
	}
}
