package local

import (
	"fmt"
	"slices"
	"time"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/sched"
	"github.com/goray/goray/runtime/internal/transport"
)

// actor is a process with state, and the calls that wait for it.
type actor struct {
	id       core.ID
	spec     *core.TaskSpec
	creation *task // the constructor; it is run again for a restart
	proc     *proc
	alive    bool
	restarts int
	crashes  int  // since a call returned the last time
	retired  bool // no handle is left: it ends after its calls
	dead     *core.Failure
	gpus     []int

	// callers holds the calls of each process that have not been sent; one that waits for its
	// arguments holds up the later ones of the same process only.
	callers  map[uint16][]*task
	order    []uint16
	inflight []*task // sent, in order
}

// callerOf tells which process made an id.
func callerOf(id core.ID) uint16 { return uint16(id >> 48) }

// CreateActor implements core.Backend.
func (b *Backend) CreateActor(spec *core.TaskSpec) (core.ID, error) {
	values, err := b.storeArguments(spec)
	if err != nil {
		return 0, err
	}
	from := b.sites.here()
	b.mu.Lock()
	defer b.unlock()
	id, err := b.createActor(spec, values)
	b.mark(id, from)
	return id, err
}

func (b *Backend) createActor(spec *core.TaskSpec, values []*transport.Stored) (core.ID, error) {
	if b.closed {
		return 0, core.ErrClosed
	}
	key := nameKey{spec.Name, spec.Namespace}
	if taken := b.names[key]; spec.Name != "" && taken != nil {
		if spec.GetIfExists {
			b.retain(taken.id)
			return taken.id, nil
		}
		t := b.admit(spec, values)
		b.finish(t, &transport.Stored{Failure: t.failure(core.ActorExists, fmt.Sprintf("an actor named %q lives in namespace %q", spec.Name, spec.Namespace))})
		return spec.ID, nil
	}
	t := b.admit(spec, values)
	a := &actor{id: spec.ID, spec: spec, creation: t, callers: map[uint16][]*task{}}
	t.actor = a
	b.actors[a.id] = a
	if spec.Name != "" {
		b.names[key] = a
	}
	b.retainForRestart(t)
	b.plan(t)
	if t.missing == 0 {
		b.argumentsReady(t)
	}
	return spec.ID, nil
}

// retainForRestart keeps the constructor's arguments as long as the actor may need them again.
func (b *Backend) retainForRestart(t *task) {
	for i := range t.spec.Args {
		if t.values[i] == nil {
			b.retain(t.spec.Args[i].Ref)
		} else {
			for _, nested := range t.values[i].Refs {
				b.retain(nested)
			}
		}
	}
	for _, nested := range captured(t.spec) {
		b.retain(nested)
	}
}

// constructed takes the result of a constructor.
func (b *Backend) constructed(a *actor, v *transport.Stored) {
	t := a.creation
	if a.dead != nil {
		return
	}
	if v.Failure != nil {
		why := *v.Failure
		why.Kind, why.Text = core.ActorDied, "its constructor failed: "+why.Text
		b.finish(t, &transport.Stored{Failure: &why})
		b.die(a, &why)
		return
	}
	b.finish(t, v)
	a.alive = true
	b.advance(a)
	b.retire(a)
}

// call queues a method call.
func (b *Backend) call(t *task) {
	a := b.actors[t.spec.Actor]
	if a == nil {
		b.finish(t, &transport.Stored{Failure: b.neverWas(t)})
		return
	}
	if a.dead != nil {
		b.finish(t, &transport.Stored{Failure: a.deathOf(t)})
		return
	}
	if limit := a.spec.MaxPendingCalls; limit > 0 && a.pending() >= limit {
		b.finish(t, &transport.Stored{Failure: core.TooManyCalls(t.spec.Label(), a.spec.Label(), limit)})
		return
	}
	if g := a.spec.GroupOf(t.spec); a.spec.GroupLimit(g) == 0 {
		b.finish(t, &transport.Stored{Failure: a.spec.NoGroup(t.spec.Label(), a.spec.Label(), g)})
		return
	}
	t.actor = a
	if most := a.spec.MaxTaskRetries; t.spec.MaxRetries != most {
		t.spec.Own().MaxRetries = most
	}
	if a.alive && len(a.order) == 0 && t.missing == 0 { // nearly always: it waits for nothing
		b.sendCall(a, t)
		return
	}
	caller := callerOf(t.spec.ID)
	if len(a.callers[caller]) == 0 && !slices.Contains(a.order, caller) {
		a.order = append(a.order, caller)
	}
	a.callers[caller] = append(a.callers[caller], t)
	b.advance(a)
}

// neverWas says why a call of an actor that is not known fails: as its creation did, if its name was
// taken, and otherwise because it has ended.
func (b *Backend) neverWas(t *task) *core.Failure {
	if o := b.objects.at(t.spec.Actor); o != nil && o.value != nil && o.value.Failure != nil {
		f := *o.value.Failure
		f.Func = t.spec.Label()
		return &f
	}
	return t.failure(core.ActorDied, "the actor has ended")
}

// deathOf says why a call of a dead actor fails.
func (a *actor) deathOf(t *task) *core.Failure {
	f := *a.dead
	f.Func = t.spec.Label()
	return &f
}

// advance sends the calls whose turn it is.
func (b *Backend) advance(a *actor) {
	if !a.alive {
		return
	}
	for i := 0; i < len(a.order); i++ {
		caller := a.order[i]
		for waiting := 0; len(a.callers[caller]) > waiting; {
			t := a.callers[caller][waiting]
			if t.state != finished && t.missing > 0 {
				if !a.spec.OutOfOrder() {
					break
				}
				waiting++
				continue
			}
			a.callers[caller] = slices.Delete(a.callers[caller], waiting, waiting+1)
			if t.state == finished { // cancelled
				continue
			}
			b.sendCall(a, t)
		}
		if len(a.callers[caller]) == 0 {
			delete(a.callers, caller)
			a.order = slices.Delete(a.order, i, i+1)
			i--
		}
	}
}

// sendCall sends a call whose turn it is; one whose argument failed, fails.
func (b *Backend) sendCall(a *actor, t *task) {
	if f := b.argumentFailure(t); f != nil {
		b.finish(t, &transport.Stored{Failure: f})
		return
	}
	a.inflight = append(a.inflight, t)
	b.send(t, a.proc, a.gpus)
}

// returned takes the result of a call.
func (b *Backend) returned(t *task, v *transport.Stored) {
	a := t.actor
	a.forget(t.spec.ID)
	a.crashes = 0
	b.finish(t, v)
	b.retire(a)
}

// forget takes a call out of those that are running.
func (a *actor) forget(id core.ID) {
	for i, t := range a.inflight { // nearly always the first
		if t.spec.ID != id {
			continue
		}
		if i == 0 {
			a.inflight[0] = nil
			a.inflight = a.inflight[1:]
		} else {
			a.inflight = slices.Delete(a.inflight, i, i+1)
		}
		return
	}
}

// retire ends an actor without handles when its calls are done.
func (b *Backend) retire(a *actor) {
	if !a.retired || !a.alive || a.dead != nil || len(a.inflight) > 0 || len(a.callers) > 0 {
		return
	}
	b.die(a, &core.Failure{Kind: core.ActorDied, Text: "its last handle is gone", Func: a.spec.Label()})
}

// die ends an actor for good. Its process ends with it.
func (b *Backend) die(a *actor, why *core.Failure) {
	if a.dead != nil {
		return
	}
	b.act() // what the scheduler has decided to start is not in its queues any more
	a.dead, a.alive = why, false
	b.forgetKept(a.id)
	b.history.died(a)
	if !a.retired {
		b.note("WARNING", "ACTOR_DIED", a.id.String(), a.node(), "actor %s died: %s", a.title(), why.Text)
	}
	if key := (nameKey{a.spec.Name, a.spec.Namespace}); b.names[key] == a {
		delete(b.names, key)
	}
	calls := a.inflight
	for _, caller := range a.order {
		calls = append(calls, a.callers[caller]...)
	}
	a.inflight, a.callers, a.order = nil, map[uint16][]*task{}, nil
	for _, t := range calls {
		b.finish(t, &transport.Stored{Failure: a.deathOf(t)})
	}
	if t := a.creation; t.state != finished {
		if t.state == waitingForResources {
			b.sched.Remove(sched.Task(t.spec.ID), t.shape)
		}
		b.finish(t, &transport.Stored{Failure: why})
	}
	if a.proc != nil {
		a.proc.kill()
	}
	b.unpin(a.creation)
	if o := b.objects.at(a.id); o == nil {
		delete(b.actors, a.id)
	} else if o.refs <= 0 && o.value != nil {
		b.drop(o)
	}
}

// lostProcess goes on after the process of an actor has ended: a restart, or its death.
func (b *Backend) lostProcess(a *actor, how string) {
	a.proc, a.alive = nil, false
	if a.dead != nil {
		return
	}
	restarts := a.spec.MaxRestarts
	if restarts >= 0 && a.restarts >= restarts {
		text := fmt.Sprintf("its process ended (%s)", how)
		if restarts > 0 {
			text += fmt.Sprintf(" after %d restart(s)", a.restarts)
		}
		b.die(a, &core.Failure{Kind: core.ActorDied, Text: text, Func: a.spec.Label()})
		return
	}
	delay := sched.RetryDelay(a.crashes, -1)
	a.restarts++
	b.note("WARNING", "ACTOR_RESTARTED", a.id.String(), nil, "actor %s starts again, for the %d. time, because its process ended (%s)", a.title(), a.restarts, how)
	a.crashes++
	b.requeueCalls(a, how)
	t := a.creation
	if t.state == finished {
		b.retainForRestart(t) // finish lets go once more
		b.pending.set(t.spec.ID, t)
	}
	t.retries, t.proc, t.state = int32(a.restarts), nil, waitingToRetry
	b.after(time.Duration(delay)*time.Millisecond, func() {
		if a.dead == nil && t.state == waitingToRetry {
			t.state = waitingForArguments
			b.argumentsReady(t)
		}
	})
}

// requeueCalls decides about the calls that were sent to a process that has ended. Those that
// had started may have had effects: they are repeated only when their caller allowed it.
func (b *Backend) requeueCalls(a *actor, how string) {
	sent := a.inflight
	a.inflight = nil
	var again []*task
	first := map[string]int{} // calls of each group: those that come first had begun
	for _, t := range sent {
		group := a.spec.GroupOf(t.spec)
		begun := first[group] < a.spec.GroupLimit(group) && t.sent
		first[group]++
		switch {
		case t.state == finished:
		case begun && sched.RetryDelay(t.attempt(), t.spec.MaxRetries) == sched.NoRetry:
			b.finish(t, &transport.Stored{Failure: t.failure(core.ActorUnavailable, fmt.Sprintf("its process ended (%s) during the call and is restarted; whether the call had an effect is not known", how))})
		default:
			if begun {
				b.history.add(b, t, &core.Failure{Kind: core.WorkerCrashed, Text: how}, false)
				t.retries++
			}
			t.state, t.proc = waitingForArguments, nil
			again = append(again, t)
		}
	}
	for _, t := range slices.Backward(again) {
		caller := callerOf(t.spec.ID)
		if !slices.Contains(a.order, caller) {
			a.order = append(a.order, caller)
		}
		a.callers[caller] = append([]*task{t}, a.callers[caller]...)
	}
}

// node is where the actor lives; nil when nowhere.
func (a *actor) node() *node {
	if a.proc == nil {
		return nil
	}
	return a.proc.node
}

// title is what people call the actor.
func (a *actor) title() string {
	if a.spec.Name != "" {
		return a.spec.Name
	}
	return a.spec.Label()
}

// pending counts the calls that have not finished.
func (a *actor) pending() int {
	n := len(a.inflight)
	for _, calls := range a.callers {
		n += len(calls)
	}
	return n
}

func (a *actor) info() core.ActorInfo {
	i := core.ActorInfo{ID: a.id, Name: a.spec.Name, Namespace: a.spec.Namespace, Class: a.spec.Func.Name, Restarts: a.restarts, Pending: a.pending(), Job: core.JobName(a.spec.Job)}
	if a.proc != nil {
		i.PID, i.Node = a.proc.pid, a.proc.node.config.Name
	}
	switch {
	case a.dead != nil:
		i.State, i.Death = "DEAD", a.dead.Text
	case a.alive:
		i.State = "ALIVE"
	case a.restarts > 0:
		i.State = "RESTARTING"
	default:
		i.State = "PENDING"
	}
	return i
}

// Kill implements core.Backend.
func (b *Backend) Kill(id core.ID, noRestart bool) error {
	b.mu.Lock()
	defer b.unlock()
	b.killActor(id, noRestart)
	return nil
}

func (b *Backend) killActor(id core.ID, noRestart bool) {
	a := b.actors[id]
	switch {
	case a == nil || a.dead != nil:
	case noRestart:
		b.die(a, &core.Failure{Kind: core.ActorDied, Text: "it was killed by ray.Kill", Func: a.spec.Label()})
	case a.proc != nil:
		a.proc.kill()
	}
}
