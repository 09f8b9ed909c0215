package local

import (
	"fmt"
	"os"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/placement"
	"github.com/goray/goray/runtime/internal/sched"
	"github.com/goray/goray/runtime/internal/transport"
)

// reject fails a task that the scheduler will never start.
func (b *Backend) reject(id core.ID, why string) {
	if t := b.pending.at(id); t != nil {
		b.giveUp(t, why)
	}
}

// giveUp fails a task, or ends an actor, for a reason of the scheduler's.
func (b *Backend) giveUp(t *task, why string) {
	kind := core.Infeasible
	if why == sched.WhyRemoved {
		kind = core.GroupRemoved
	}
	f := t.failure(kind, why)
	if t.actor == nil {
		b.finish(t, &transport.Stored{Failure: f})
		return
	}
	died := *f
	if died.Kind = core.ActorDied; kind == core.Infeasible {
		died.Text = "it can never be placed: " + why
	}
	if t.spec.Kind == core.ActorStart {
		t.state = waitingForArguments // the scheduler has forgotten it
	}
	b.die(t.actor, &died)
}

// evict ends a worker, and fails what it has been given.
func (b *Backend) evict(p *proc, why string) {
	if p.actor != nil {
		b.giveUp(p.actor.creation, why)
	}
	for _, t := range b.pending.all() {
		if t.proc == p {
			b.giveUp(t, why)
		}
	}
	p.kill()
}

// lookLater tells people, after a while, about what waits for what no node has.
func (b *Backend) lookLater() {
	if b.looking || b.closed {
		return
	}
	b.looking = true
	b.after(placement.Patience, func() {
		b.looking = false
		for _, warning := range b.watch.Look(b.sched, b.groups, b.labelOf) {
			fmt.Fprintln(os.Stderr, warning)
		}
	})
}

func (b *Backend) labelOf(id core.ID) string {
	if t := b.pending.at(id); t != nil {
		return t.spec.Label()
	}
	return "task " + id.String()
}
