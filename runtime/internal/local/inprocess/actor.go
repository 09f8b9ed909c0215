package inprocess

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/sched"
	"github.com/goray/goray/runtime/internal/worker"
)

// actor is a value with a queue of calls.
type actor struct {
	b       *Backend
	spec    *core.TaskSpec
	start   *task
	state   reflect.Value
	alive   bool
	retired bool // nobody refers to it: it ends after its calls
	dead    *core.Failure
	queue   []*task
	active  int            // calls that run
	groups  map[string]int // those of each concurrency group
	system  int            // calls of the system that wait
	exiting bool           // it ends after them
}

// CreateActor implements core.Backend.
func (b *Backend) CreateActor(spec *core.TaskSpec) (core.ID, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return 0, core.ErrClosed
	}
	b.capture(spec)
	key := nameKey{spec.Name, spec.Namespace}
	if id, taken := b.names[key]; spec.Name != "" && taken && b.objects[id] != nil {
		if spec.GetIfExists {
			b.objects[id].refs++
			return id, nil
		}
		t := b.admit(spec)
		b.finish(t, core.Value{Failure: &core.Failure{Kind: core.ActorExists, Text: fmt.Sprintf("an actor named %q lives in namespace %q", spec.Name, spec.Namespace)}})
		return spec.ID, nil
	}
	t := b.admit(spec)
	a := &actor{b: b, spec: spec, start: t, groups: map[string]int{}}
	t.actor = a
	b.actors[spec.ID] = a
	if spec.Name != "" {
		b.names[key] = spec.ID
	}
	b.schedule(t)
	b.act()
	return spec.ID, nil
}

// construct runs the constructor.
func (a *actor) construct() {
	b := a.b
	b.running.Go(func() {
		args, failure := b.arguments(a.start)
		value := core.Value{Failure: failure}
		if failure == nil {
			defer b.belongs(a.start)()
			call := worker.Call{Spec: a.spec, Args: args, Node: core.TaskFrom(a.start.ctx).NodeID}
			value, a.state = call.Run(a.start.ctx)
		}
		b.mu.Lock()
		defer b.mu.Unlock()
		if a.dead != nil {
			return
		}
		if value.Failure != nil {
			why := *value.Failure
			why.Kind, why.Text = core.ActorDied, "its constructor failed: "+why.Text
			a.die(&why)
			return
		}
		a.alive = true
		b.finish(a.start, value)
		a.advance()
		a.exit()
	})
}

func (a *actor) enqueue(t *task) {
	if a.dead != nil {
		a.b.finish(t, core.Value{Failure: a.dead})
		return
	}
	if g := a.spec.GroupOf(t.spec); a.spec.GroupLimit(g) == 0 {
		a.b.finish(t, core.Value{Failure: a.spec.NoGroup(t.spec.Label(), a.spec.Label(), g)})
		return
	}
	if limit := a.spec.MaxPendingCalls; limit > 0 && len(a.queue)+a.active >= limit {
		a.b.finish(t, core.Value{Failure: core.TooManyCalls(t.spec.Label(), a.spec.Label(), limit)})
		return
	}
	a.queue = append(a.queue, t)
	if t.spec.Group == core.SystemGroup {
		a.system++
	}
	a.advance()
}

// advance starts calls in their order, as far as concurrency and arguments allow.
func (a *actor) advance() {
	for a.alive && !a.exiting {
		i := a.next()
		if i < 0 {
			break
		}
		t := a.queue[i]
		if t.spec.Group == core.SystemGroup {
			a.system--
		}
		if i == 0 {
			a.queue = a.queue[1:]
		} else {
			a.queue = slices.Delete(a.queue, i, i+1)
		}
		if t.cancelled {
			a.b.finish(t, core.Value{})
			continue
		}
		a.run(t)
	}
	if a.retired && a.alive && len(a.queue) == 0 && a.active == 0 {
		a.die(&core.Failure{Kind: core.ActorDied, Text: "its last handle is gone", Func: a.spec.Label()})
	}
}

// next finds the call whose turn it is; -1: there is none.
func (a *actor) next() int {
	if len(a.spec.Groups) == 0 && a.groups[""] >= a.spec.MaxConcurrency && a.system == 0 {
		return -1
	}
	for i, t := range a.queue {
		group := a.spec.GroupOf(t.spec)
		switch {
		case t.cancelled:
			return i
		case !a.b.argsReady(t):
			if !a.spec.OutOfOrder() {
				return -1
			}
		case a.groups[group] < a.spec.GroupLimit(group):
			return i
		}
	}
	return -1
}

// exit ends an actor that has asked for it, when no call runs.
func (a *actor) exit() {
	if a.exiting && a.active == 0 {
		a.die(core.Exited(a.spec.Label()))
	}
}

// ExitActor implements core.ActorExiter.
func (b *Backend) ExitActor(call core.ID) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if o := b.objects[call]; o != nil && o.task != nil {
		id := o.task.spec.Actor
		if o.task.spec.Kind == core.ActorStart {
			id = o.task.spec.ID
		}
		if a := b.actors[id]; a != nil {
			a.exiting = true
		}
	}
	return nil
}

// NamedActors implements core.ActorLister.
func (b *Backend) NamedActors(namespace *string) ([]core.ActorName, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	list := []core.ActorName{}
	for key, id := range b.names {
		if b.objects[id] != nil && (namespace == nil || key.namespace == *namespace) {
			list = append(list, core.ActorName{Name: key.name, Namespace: key.namespace})
		}
	}
	slices.SortFunc(list, func(x, y core.ActorName) int {
		return cmp.Or(cmp.Compare(x.Namespace, y.Namespace), cmp.Compare(x.Name, y.Name))
	})
	return list, nil
}

func (a *actor) run(t *task) {
	group := a.spec.GroupOf(t.spec)
	a.active++
	a.groups[group]++
	t.started = true
	t.worker = a.start.worker
	mine, its := core.TaskFrom(t.ctx), core.TaskFrom(a.start.ctx)
	mine.NodeID, mine.GPUIDs, mine.Resources, mine.Strategy = its.NodeID, its.GPUIDs, its.Resources, its.Strategy
	b := a.b
	b.running.Go(func() {
		args, failure := b.arguments(t)
		value := core.Value{Failure: failure}
		if failure == nil {
			defer b.belongs(t)()
			call := worker.Call{Spec: t.spec, Args: args, State: a.state, Node: core.TaskFrom(t.ctx).NodeID}
			value, _ = call.Run(t.ctx)
		}
		b.mu.Lock()
		defer b.mu.Unlock()
		a.active--
		a.groups[group]--
		b.finish(t, value)
		a.advance()
		a.exit()
	})
}

// retire ends the actor after its pending calls.
func (a *actor) retire() {
	a.retired = true
	a.advance()
}

// die ends the actor now; pending calls fail.
func (a *actor) die(why *core.Failure) {
	if a.dead != nil {
		return
	}
	a.dead = why
	a.alive = false
	if w := a.start.worker; w != 0 {
		a.b.sched.WorkerLost(w)
		delete(a.b.busy, w)
	} else {
		a.b.sched.Remove(sched.Task(a.spec.ID), a.start.shape)
	}
	if key := (nameKey{a.spec.Name, a.spec.Namespace}); a.b.names[key] == a.spec.ID {
		delete(a.b.names, key)
	}
	queue := a.queue
	a.queue = nil
	for _, t := range queue {
		a.b.finish(t, core.Value{Failure: why})
	}
	if o := a.b.objects[a.spec.ID]; o != nil && !o.ready {
		a.b.finish(a.start, core.Value{Failure: why})
	}
	a.b.act()
}

// Kill implements core.Backend. A call that runs cannot be stopped: its context ends, and its
// result is dropped.
func (b *Backend) Kill(id core.ID, _ bool) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	a := b.actors[id]
	if a == nil {
		return nil
	}
	why := &core.Failure{Kind: core.ActorDied, Text: "it was killed by ray.Kill", Func: a.spec.Label()}
	a.die(why)
	for _, o := range b.objects {
		if o.task != nil && o.task.spec.Actor == id && o.task.started {
			o.task.cancel()
			b.settle(o.task.spec.ID, core.Value{Failure: why})
		}
	}
	return nil
}

// LookupActor implements core.Backend.
func (b *Backend) LookupActor(name, namespace string) (core.ActorInfo, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	id, ok := b.names[nameKey{name, namespace}]
	if !ok || b.objects[id] == nil {
		return core.ActorInfo{}, core.ErrActorNotFound
	}
	b.objects[id].refs++
	a := b.actors[id]
	return core.ActorInfo{ID: id, Name: name, Namespace: namespace, Class: a.spec.Func.Name, State: "ALIVE", PID: 0}, nil
}
