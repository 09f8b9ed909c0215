package local

import (
	"fmt"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/placement"
	"github.com/goray/goray/runtime/internal/sched"
)

// explain says what a task, a call, an actor, an object or a placement group waits for.
func (b *Backend) explain(id core.ID) (core.Explanation, error) {
	b.act() // what has been decided is not waiting any more
	if x, ok := b.groups.Group(id); ok {
		return x, nil
	}
	if a := b.actors[id]; a != nil {
		return b.explainActor(a), nil
	}
	o := b.objects.at(id)
	if o != nil && o.behind != 0 {
		id = o.maker()
	}
	if t := b.pending.at(id); t != nil {
		x := core.Explanation{ID: id, Kind: "task"}
		if t.spec.Kind == core.ActorCall {
			x.Kind = "actor call"
		}
		b.explainTask(&x, t)
		return x, nil
	}
	x := core.Explanation{ID: id, Kind: "object", State: "READY", Note: "its value is there"}
	switch {
	case o == nil:
		return x, fmt.Errorf("ray: nothing has the id %s; it may have finished, and its last reference be gone", id)
	case o.value == nil:
		x.State, x.Note = "WAITING", "nobody has given it a value yet"
	case o.value.Failure != nil:
		x.State, x.Note = "FAILED", o.value.Failure.Text
	}
	return x, nil
}

func (b *Backend) explainActor(a *actor) core.Explanation {
	i := a.info()
	x := core.Explanation{ID: a.id, Kind: "actor", Name: a.spec.Label(), State: i.State}
	switch {
	case a.dead != nil:
		x.Note = a.dead.Text
	case a.alive:
		placement.Asks(&x, a.spec.Options)
		x.Note = fmt.Sprintf("it runs on %s, pid %d; %d call(s) have not finished", a.proc.node.config.Name, i.PID, i.Pending)
	default:
		b.explainTask(&x, a.creation)
		x.State = i.State
	}
	return x
}

func (b *Backend) explainTask(x *core.Explanation, t *task) {
	x.Name, x.State = t.spec.Label(), stateNames[t.state]
	placement.Asks(x, t.spec.Options)
	for i := range t.spec.Args {
		ref := t.spec.Args[i].Ref
		o := b.objects.at(ref)
		if ref == 0 || o == nil || o.value != nil {
			continue
		}
		m := core.MissingObject{ID: ref}
		maker := ref
		if o.behind != 0 {
			maker = o.maker()
		}
		if made := b.pending.at(maker); made != nil {
			m.Maker, m.State = "task "+made.spec.Label(), stateNames[made.state]
		}
		x.Objects = append(x.Objects, m)
	}
	switch {
	case t.state == submitted && t.proc != nil:
		x.Note = fmt.Sprintf("it runs on %s, pid %d, or waits behind a short task there", t.proc.node.config.Name, t.proc.pid)
	case t.state == waitingToRetry:
		x.Note = fmt.Sprintf("attempt %d failed; it runs again in a moment", t.attempt())
	case len(x.Objects) > 0:
		x.Note = "it waits for its arguments"
	case t.spec.Kind == core.ActorCall:
		x.State, x.Note = "WAITING_FOR_ACTOR", "it waits for its turn at the actor"
		if t.actor != nil && !t.actor.alive {
			x.Note = "its actor has not started: explain the actor"
		}
	case t.state == waitingForResources:
		if _, _, placed, known := b.sched.Waits(sched.Task(t.spec.ID)); placed {
			x.Note = "it has its resources, and waits for a worker process to start"
		} else if known {
			placement.Request(x, b.sched, t.spec.Options, t.shape)
		}
	}
}
