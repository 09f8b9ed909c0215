package local

import (
	"slices"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/sched"
	"github.com/goray/goray/runtime/internal/transport"
)

// outgoing is a task for a worker whose arguments are on their way to the worker's node. Tasks
// leave in the order in which the scheduler gave them: it takes the first for the running one.
type outgoing struct {
	t      *task
	gpus   []int
	values []held // of the references among its arguments, in their order
	ready  bool
	gone   bool // taken out again
}

// references lists the arguments of a task that are objects.
func (t *task) references() []core.ID {
	var ids []core.ID
	for i := range t.spec.Args {
		if t.values[i] == nil {
			ids = append(ids, t.spec.Args[i].Ref)
		}
	}
	return ids
}

// ready reports whether a task can be written to p at once.
func (b *Backend) ready(t *task, p *proc) bool {
	if len(p.outbox) > 0 {
		return false
	}
	for i := range t.spec.Args {
		if t.values[i] == nil && !b.isHere(t.spec.Args[i].Ref, p.node) {
			return false
		}
	}
	return true
}

// await puts a task into the outbox of p until its arguments are there.
func (b *Backend) awaitArguments(t *task, p *proc, gpus []int) {
	out := &outgoing{t: t, gpus: gpus}
	p.outbox = append(p.outbox, out)
	b.gather(p.node, t.references(), func(values []held) {
		if out.gone || b.procs[p.id] != p || p.node.dead { // what it has is taken back when its socket closes
			b.letGo(values)
			return
		}
		for _, h := range values {
			if h.at == nil && h.value.Failure != nil {
				b.letGo(values)
				b.refuse(p, out, h.value.Failure)
				return
			}
		}
		out.values, out.ready = values, true
		b.sendReady(p)
	})
}

// sendReady writes the tasks whose turn it is.
func (b *Backend) sendReady(p *proc) {
	for len(p.outbox) > 0 && p.outbox[0].ready {
		out := p.outbox[0]
		p.outbox = slices.Delete(p.outbox, 0, 1)
		b.write(out.t, p, out.gpus, out.values)
	}
}

// takeBack takes a task out of the outbox of p.
func (b *Backend) takeBack(p *proc, out *outgoing) {
	out.gone = true
	p.outbox = slices.DeleteFunc(p.outbox, func(o *outgoing) bool { return o == out })
	b.letGo(out.values)
	out.values = nil
	p.given--
}

// unsent finds a task in the outbox of p.
func (p *proc) unsent(id core.ID) *outgoing {
	for _, out := range p.outbox {
		if out.t.spec.ID == id {
			return out
		}
	}
	return nil
}

// refuse ends a task whose arguments cannot be brought to its worker.
func (b *Backend) refuse(p *proc, out *outgoing, why *core.Failure) {
	t := out.t
	b.takeBack(p, out)
	switch t.spec.Kind {
	case core.ActorStart:
		b.constructed(t.actor, &transport.Stored{Failure: why})
	case core.ActorCall:
		t.actor.forget(t.spec.ID)
		b.finish(t, &transport.Stored{Failure: why})
		b.retire(t.actor)
	default:
		b.finish(t, &transport.Stored{Failure: why})
		b.sched.Done(p.id, sched.Task(t.spec.ID), 0)
	}
	b.sendReady(p)
}

// recallUnsent takes up to n tasks back, the last ones, that have not been written to p.
func (b *Backend) recallUnsent(p *proc, n int) (ids []core.ID) {
	for len(p.outbox) > 0 && len(ids) < n {
		out := p.outbox[len(p.outbox)-1]
		b.takeBack(p, out)
		ids = append(ids, out.t.spec.ID)
	}
	slices.Reverse(ids)
	return ids
}
