package inprocess

import (
	"fmt"
	"reflect"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/marshal"
	"github.com/goray/goray/runtime/internal/placement"
	"github.com/goray/goray/runtime/internal/sched"
)

var (
	_ core.Placer    = (*Backend)(nil)
	_ core.Explainer = (*Backend)(nil)
)

// reserved is the value of a placement group's object.
var reserved = func() core.Value {
	v, err := marshal.EncodeAny(reflect.ValueOf(true))
	if err != nil {
		panic(err) // a truth value can always be encoded
	}
	return v
}()

// CreateGroup implements core.Placer.
func (b *Backend) CreateGroup(g core.PlacementGroup) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return core.ErrClosed
	}
	b.objects[g.ID] = &object{refs: 2} // the caller's, and the group's own until it is removed
	if err := b.groups.Create(g); err != nil {
		delete(b.objects, g.ID)
		return err
	}
	b.act()
	b.lookLater()
	return nil
}

// RemoveGroup implements core.Placer.
func (b *Backend) RemoveGroup(id core.ID) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.groups.Remove(id) {
		b.act()
		b.settle(id, core.Value{Failure: &core.Failure{Kind: core.GroupRemoved, Text: "the placement group was removed before it was reserved"}})
		b.release(id)
	}
	return nil
}

// LookupGroup implements core.Placer.
func (b *Backend) LookupGroup(name, namespace string) (core.GroupInfo, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	info, err := b.groups.Lookup(name, namespace)
	if err == nil {
		b.objects[info.ID].refs++
	}
	return info, err
}

// Groups implements core.Placer.
func (b *Backend) Groups() ([]core.GroupInfo, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.groups.List(), nil
}

// Explain implements core.Explainer.
func (b *Backend) Explain(id core.ID) (core.Explanation, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if x, ok := b.groups.Group(id); ok {
		return x, nil
	}
	o := b.objects[id]
	if o == nil {
		return core.Explanation{}, fmt.Errorf("ray: nothing has the id %s; it may have finished, and its last reference be gone", id)
	}
	x := core.Explanation{ID: id, Kind: "object", State: "READY"}
	a := b.actors[id]
	if a != nil {
		x.Kind, x.Name = "actor", a.spec.Label()
	}
	switch {
	case a != nil && a.dead != nil:
		x.State, x.Note = "DEAD", a.dead.Text
	case a != nil && a.alive:
		x.State, x.Note = "ALIVE", fmt.Sprintf("it runs on %s; %d call(s) wait", core.TaskFrom(a.start.ctx).NodeID, len(a.queue))
	case o.task == nil && o.value.Failure != nil:
		x.State, x.Note = "FAILED", o.value.Failure.Text
	case o.task == nil:
		x.Note = "its value is there"
	default:
		b.explainTask(&x, o.task)
	}
	return x, nil
}

// stateOf says how far a task is.
func (b *Backend) stateOf(t *task) string {
	_, missing, _, known := b.sched.Waits(sched.Task(t.spec.ID))
	switch {
	case t.started:
		return "RUNNING"
	case !known:
		return "WAITING_FOR_ACTOR"
	case missing > 0:
		return "WAITING_FOR_ARGUMENTS"
	}
	return "WAITING_FOR_RESOURCES"
}

func (b *Backend) explainTask(x *core.Explanation, t *task) {
	x.Name = t.spec.Label()
	if x.Kind == "object" {
		x.Kind = "task"
	}
	placement.Asks(x, t.spec.Options)
	for _, a := range t.spec.Args {
		if o := b.objects[a.Ref]; a.Ref != 0 && o != nil && !o.ready {
			m := core.MissingObject{ID: a.Ref}
			if o.task != nil {
				m.Maker, m.State = "task "+o.task.spec.Label(), b.stateOf(o.task)
			}
			x.Objects = append(x.Objects, m)
		}
	}
	switch x.State = b.stateOf(t); {
	case t.started:
		x.Note = "it runs on " + core.TaskFrom(t.ctx).NodeID
	case len(x.Objects) > 0:
		x.State, x.Note = "WAITING_FOR_ARGUMENTS", "it waits for its arguments"
	case t.spec.Kind == core.ActorCall:
		x.Kind, x.Note = "actor call", "it waits for its turn at the actor"
		if a := b.actors[t.spec.Actor]; a != nil && !a.alive {
			x.Note = "its actor has not started: explain the actor"
		}
	default:
		placement.Request(x, b.sched, t.spec.Options, t.shape)
	}
}
