package local

import (
	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/transport"
)

// reject fails a task that the scheduler will never start.
func (b *Backend) reject(id core.ID, why string) {
	t := b.pending[id]
	if t == nil {
		return
	}
	f := t.failure(core.Infeasible, why)
	if t.spec.Kind == core.ActorStart {
		b.finish(t, &transport.Stored{Failure: f})
		b.die(t.actor, t.failure(core.ActorDied, "it can never be placed: "+why))
		return
	}
	b.finish(t, &transport.Stored{Failure: f})
}
