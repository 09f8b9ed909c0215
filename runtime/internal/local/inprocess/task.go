package inprocess

import (
	"context"
	"fmt"
	"runtime"
	"strings"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/marshal"
	"github.com/goray/goray/runtime/internal/worker"
)

// task is a submitted task that has not finished.
type task struct {
	spec      *core.TaskSpec
	attempt   int
	started   bool
	cancelled bool
	ctx       context.Context
	cancel    context.CancelFunc
	children  []core.ID
	more      []core.Value // its second and further results
}

type taskKey struct{}

// taskOf finds the task that ctx, or else the calling goroutine, belongs to; nil in the driver.
func (b *Backend) taskOf(ctx context.Context) *task {
	if t, ok := ctx.Value(taskKey{}).(*task); ok {
		return t
	}
	if t, ok := b.goroutines.Load(goroutineID()); ok {
		return t.(*task)
	}
	return nil
}

// goroutineID is the number in "goroutine 7 [running]:". Nothing but lending CPUs depends on it,
// and only in this backend.
func goroutineID() string {
	var buf [40]byte
	text := string(buf[:runtime.Stack(buf[:], false)])
	id, _, _ := strings.Cut(strings.TrimPrefix(text, "goroutine "), " ")
	return id
}

// Submit implements core.Backend.
func (b *Backend) Submit(spec *core.TaskSpec) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return core.ErrClosed
	}
	t := b.admit(spec)
	if spec.Kind == core.ActorCall {
		a := b.actors[spec.Actor]
		if a == nil {
			b.finish(t, core.Value{Failure: &core.Failure{Kind: core.ActorDied, Text: "the actor has ended", Func: spec.Label()}})
			return nil
		}
		a.enqueue(t)
		return nil
	}
	if lacking := infeasible(spec.Resources, b.cfg.Resources); lacking != "" {
		b.finish(t, core.Value{Failure: &core.Failure{Kind: core.Infeasible, Text: lacking, Func: spec.Label()}})
		return nil
	}
	b.queue = append(b.queue, t)
	b.dispatch()
	return nil
}

// admit registers a task and pins what it refers to.
func (b *Backend) admit(spec *core.TaskSpec) *task {
	t := &task{spec: spec}
	base := core.WithTask(context.Background(), &core.TaskContext{
		TaskID: spec.ID, ActorID: spec.Actor, Name: spec.Label(), NodeID: nodeID,
		Namespace: b.cfg.Namespace, Resources: spec.Resources, Backend: b,
	})
	t.ctx, t.cancel = context.WithCancel(context.WithValue(base, taskKey{}, t))
	b.objects[spec.ID] = &object{refs: 1, task: t}
	for _, id := range spec.Returns {
		b.objects[id] = &object{refs: 1, task: t}
	}
	for i, a := range spec.Args {
		if o := b.objects[a.Ref]; a.Ref != 0 && o != nil {
			o.refs++
		}
		b.pin(a.Value)
		spec.Args[i].Value = marshal.Own(a.Value)
	}
	return t
}

func infeasible(want, total core.Resources) string {
	for name, amount := range want {
		if amount > total[name] {
			return fmt.Sprintf("it asks for %s %g, the cluster has %g", name, amount, total[name])
		}
	}
	return ""
}

// dispatch starts every task whose arguments are ready and whose resources are free. Tasks of one
// shape start in the order of submission.
func (b *Backend) dispatch() {
	rest := b.queue[:0]
	for _, t := range b.queue {
		switch {
		case t.cancelled:
		case !b.argsReady(t) || !b.fits(t.spec.Resources):
			rest = append(rest, t)
		default:
			b.take(t)
			b.start(t)
		}
	}
	b.queue = rest
}

func (b *Backend) argsReady(t *task) bool {
	for _, a := range t.spec.Args {
		if a.Ref == 0 {
			continue
		}
		if o := b.objects[a.Ref]; o != nil && !o.ready {
			return false
		}
	}
	return true
}

func (b *Backend) fits(want core.Resources) bool {
	const slack = 1e-6 // amounts are kept to 1e-4
	for name, amount := range want {
		if amount > b.available[name]+slack {
			return false
		}
	}
	return true
}

func (b *Backend) take(t *task) {
	for name, amount := range t.spec.Resources {
		b.available[name] -= amount
	}
}

func (b *Backend) give(t *task) {
	for name, amount := range t.spec.Resources {
		b.available[name] += amount
	}
	b.wake()
	b.dispatch()
}

func (b *Backend) start(t *task) {
	t.started = true
	b.running.Go(func() {
		value := b.execute(t)
		b.mu.Lock()
		defer b.mu.Unlock()
		b.give(t)
		if value.Failure != nil && b.retries(t, value.Failure) {
			t.attempt++
			b.queue = append(b.queue, t)
		} else {
			b.finish(t, value)
		}
		b.dispatch()
	})
}

func (b *Backend) retries(t *task, f *core.Failure) bool {
	o := &t.spec.Options
	if t.cancelled || b.closed || !f.IsUser() || (o.MaxRetries >= 0 && t.attempt >= o.MaxRetries) {
		return false
	}
	return o.RetryAll || f.Cause.Matches(o.RetryErrors)
}

// arguments returns the resolved arguments, or the failure of the first that has none.
func (b *Backend) arguments(t *task) ([]core.Value, *core.Failure) {
	b.mu.Lock()
	defer b.mu.Unlock()
	values := make([]core.Value, len(t.spec.Args))
	for i, a := range t.spec.Args {
		if a.Ref == 0 {
			values[i] = a.Value
			continue
		}
		o := b.objects[a.Ref]
		if o == nil {
			return nil, &core.Failure{Kind: core.ObjectLost, Text: fmt.Sprintf("argument %d was released", i+1), Func: t.spec.Label()}
		}
		if o.value.Failure != nil {
			return nil, o.value.Failure
		}
		values[i] = o.value
	}
	return values, nil
}

func (b *Backend) execute(t *task) core.Value {
	args, failure := b.arguments(t)
	if failure != nil {
		return core.Value{Failure: failure}
	}
	core.TaskFrom(t.ctx).Attempt = t.attempt
	me := goroutineID()
	b.goroutines.Store(me, t)
	defer b.goroutines.Delete(me)
	call := worker.Call{Spec: t.spec, Args: args, Attempt: t.attempt, Node: nodeID}
	value, _ := call.Run(t.ctx)
	t.more = call.More
	return value
}

// finish settles the task's object and unpins what the task referred to.
func (b *Backend) finish(t *task, v core.Value) {
	if t.cancelled {
		v = cancelledValue(t)
	}
	t.cancel()
	b.settleAll(t, v)
	for _, a := range t.spec.Args {
		if a.Ref != 0 {
			b.release(a.Ref)
		}
		for _, nested := range a.Value.Refs {
			b.release(nested)
		}
	}
	for _, a := range b.actors {
		a.advance()
	}
	b.dispatch()
}

func cancelledValue(t *task) core.Value {
	text := "cancelled before it started"
	if t.started {
		text = "cancelled while it ran"
	}
	return core.Value{Failure: &core.Failure{Kind: core.Cancelled, Text: text, Func: t.spec.Label()}}
}

// Cancel implements core.Backend.
func (b *Backend) Cancel(id core.ID, force, recursive bool) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	o := b.objects[id]
	if o == nil || o.ready || o.task == nil || o.task.cancelled {
		return nil
	}
	t := o.task
	if force && t.spec.Kind != core.Task {
		return fmt.Errorf("ray: Cancel with Force of an actor call; use ray.Kill to end the actor")
	}
	t.cancelled = true
	t.cancel()
	if !t.started || force {
		// The reference has its answer now; a goroutine that still runs is abandoned.
		b.settleAll(t, cancelledValue(t))
	}
	return nil
}

// settleAll gives all results of a task their values; one failure is the failure of all.
func (b *Backend) settleAll(t *task, first core.Value) {
	b.settle(t.spec.ID, first)
	for i, id := range t.spec.Returns {
		v := first
		if first.Failure == nil {
			v = t.more[i]
		}
		b.settle(id, v)
	}
}
