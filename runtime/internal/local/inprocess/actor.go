package inprocess

import (
	"fmt"
	"reflect"

	"github.com/goray/goray/runtime/internal/core"
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
	active  int
}

// CreateActor implements core.Backend.
func (b *Backend) CreateActor(spec *core.TaskSpec) (core.ID, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return 0, core.ErrClosed
	}
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
	if lacking := infeasible(spec.Resources, b.cfg.Resources); lacking != "" {
		b.finish(t, core.Value{Failure: &core.Failure{Kind: core.Infeasible, Text: lacking, Func: spec.Label()}})
		return spec.ID, nil
	}
	a := &actor{b: b, spec: spec, start: t}
	b.actors[spec.ID] = a
	if spec.Name != "" {
		b.names[key] = spec.ID
	}
	a.construct()
	return spec.ID, nil
}

// construct runs the constructor as soon as its arguments and resources are there.
func (a *actor) construct() {
	b := a.b
	b.running.Go(func() {
		if !b.reserve(a.start) {
			return
		}
		args, failure := b.arguments(a.start)
		value := core.Value{Failure: failure}
		if failure == nil {
			call := worker.Call{Spec: a.spec, Args: args, Node: nodeID}
			value, a.state = call.Run(a.start.ctx)
		}
		b.mu.Lock()
		defer b.mu.Unlock()
		if value.Failure != nil {
			b.give(a.start)
			why := *value.Failure
			why.Kind, why.Text = core.ActorDied, "its constructor failed: "+why.Text
			a.die(&why)
			b.finish(a.start, core.Value{Failure: &why})
			return
		}
		a.alive = true
		b.finish(a.start, value)
		a.advance()
	})
}

// reserve waits until the task's arguments are ready and its resources free, and takes them.
func (b *Backend) reserve(t *task) bool {
	for {
		b.mu.Lock()
		if b.closed || t.cancelled {
			b.mu.Unlock()
			return false
		}
		if b.argsReady(t) && b.fits(t.spec.Resources) {
			b.take(t)
			t.started = true
			b.mu.Unlock()
			return true
		}
		changed := b.changed
		b.mu.Unlock()
		<-changed
	}
}

func (a *actor) enqueue(t *task) {
	if a.dead != nil {
		a.b.finish(t, core.Value{Failure: a.dead})
		return
	}
	if limit := a.spec.MaxPendingCalls; limit > 0 && len(a.queue)+a.active >= limit {
		a.b.finish(t, core.Value{Failure: core.TooManyCalls(t.spec.Label(), a.spec.Label(), limit)})
		return
	}
	a.queue = append(a.queue, t)
	a.advance()
}

// advance starts calls in their order, as far as concurrency and arguments allow.
func (a *actor) advance() {
	for a.alive && len(a.queue) > 0 && a.active < a.spec.MaxConcurrency {
		t := a.queue[0]
		if !t.cancelled && !a.b.argsReady(t) {
			return
		}
		a.queue = a.queue[1:]
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

func (a *actor) run(t *task) {
	a.active++
	t.started = true
	b := a.b
	b.running.Go(func() {
		args, failure := b.arguments(t)
		value := core.Value{Failure: failure}
		if failure == nil {
			call := worker.Call{Spec: t.spec, Args: args, State: a.state, Node: nodeID}
			value, _ = call.Run(t.ctx)
		}
		b.mu.Lock()
		defer b.mu.Unlock()
		a.active--
		b.finish(t, value)
		a.advance()
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
	if a.alive {
		a.alive = false
		a.b.give(a.start)
	}
	if key := (nameKey{a.spec.Name, a.spec.Namespace}); a.b.names[key] == a.spec.ID {
		delete(a.b.names, key)
	}
	queue := a.queue
	a.queue = nil
	for _, t := range queue {
		a.b.finish(t, core.Value{Failure: why})
	}
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
