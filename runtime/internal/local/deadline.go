package local

import (
	"time"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/sched"
	"github.com/goray/goray/runtime/internal/transport"
)

// watchDeadline ends a task that has not finished in time.
func (b *Backend) watchDeadline(t *task) {
	if t.spec.Timeout <= 0 {
		return
	}
	id := t.spec.ID
	b.deadlines[id] = time.AfterFunc(t.spec.Timeout, func() {
		b.mu.Lock()
		defer b.unlock()
		if !b.closed {
			b.expire(id)
		}
	})
}

// remaining is how much of its time a task has.
func (b *Backend) remaining(t *task) time.Duration {
	return t.spec.Timeout - time.Duration(b.now()-t.submitted)
}

// expire gives a task up whose time is over, and what it submitted: nobody waits for that.
func (b *Backend) expire(id core.ID) {
	b.act() // what the scheduler has decided to start is not in its queues any more
	t := b.pending.at(id)
	if t == nil || t.cancelled {
		return
	}
	for child, c := range b.pending.all() {
		if c.spec.Parent == id && child != id {
			b.cancel(child, false, true)
		}
	}
	t.cancelled = true
	started := t.state == submitted && t.proc.unsent(id) == nil
	switch t.state {
	case waitingForResources:
		b.sched.Remove(sched.Task(id), t.shape)
	case submitted:
		b.endBy(t.proc, id, transport.EndDeadline)
	}
	actor := t.actor
	b.finish(t, &transport.Stored{Failure: t.failure(core.DeadlinePassed, core.Late(t.spec.Timeout, started))})
	if actor != nil {
		b.advance(actor)
	}
}
