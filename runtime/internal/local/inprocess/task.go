package inprocess

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"time"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/marshal"
	"github.com/goray/goray/runtime/internal/sched"
	"github.com/goray/goray/runtime/internal/worker"
)

// task is a submitted task that has not finished.
type task struct {
	spec      *core.TaskSpec
	attempt   int
	started   bool
	cancelled bool
	late      *time.Timer // ends it when its time is over; nil without a limit
	expires   time.Time
	expired   bool
	ctx       context.Context
	cancel    context.CancelFunc
	more      []core.Value // its second and further results
	shape     sched.Shape
	worker    sched.Worker // that runs it, 0 while it waits
	gpus      []int
	actor     *actor // of a constructor
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

// belongs tells to which task what the calling goroutine does belongs, until the returned
// function is called.
func (b *Backend) belongs(t *task) func() {
	me := goroutineID()
	b.goroutines.Store(me, t)
	return func() { b.goroutines.Delete(me) }
}

// capture puts what a task in a placement group submits there, too, if that was asked for.
func (b *Backend) capture(spec *core.TaskSpec) {
	if parent := b.taskOf(context.Background()); parent != nil {
		core.CaptureChild(spec, &core.TaskFrom(parent.ctx).Strategy)
	}
}

// Submit implements core.Backend.
func (b *Backend) Submit(spec *core.TaskSpec) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return core.ErrClosed
	}
	b.capture(spec)
	t := b.admit(spec)
	if spec.Kind == core.ActorCall {
		a := b.actors[spec.Actor]
		if a == nil {
			f := core.Failure{Kind: core.ActorDied, Text: "the actor has ended"}
			if o := b.objects[spec.Actor]; o != nil && o.ready && o.value.Failure != nil {
				f = *o.value.Failure // its name was taken
			}
			f.Func = spec.Label()
			b.finish(t, core.Value{Failure: &f})
			return nil
		}
		a.enqueue(t)
		return nil
	}
	b.schedule(t)
	b.act()
	return nil
}

// admit registers a task and pins what it refers to.
func (b *Backend) admit(spec *core.TaskSpec) *task {
	t := &task{spec: spec}
	if spec.Timeout > 0 {
		t.expires = time.Now().Add(spec.Timeout)
		t.late = time.AfterFunc(spec.Timeout, func() { b.expire(t) })
	}
	b.renew(t)
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

// renew gives a task that is to run a context of its own.
func (b *Backend) renew(t *task) {
	actor := t.spec.Actor
	if t.spec.Kind == core.ActorStart {
		actor = t.spec.ID
	}
	base := core.WithTask(context.Background(), &core.TaskContext{
		TaskID: t.spec.ID, ActorID: actor, Name: t.spec.Label(), NodeID: b.first(), Attempt: t.attempt,
		Namespace: b.cfg.Namespace, Resources: t.spec.Resources, Strategy: t.spec.Strategy, Backend: b,
	})
	base = context.WithValue(base, taskKey{}, t)
	if t.expires.IsZero() {
		t.ctx, t.cancel = context.WithCancel(base)
	} else {
		t.ctx, t.cancel = context.WithDeadline(base, t.expires)
	}
}

func (b *Backend) retries(t *task, f *core.Failure) bool {
	o := t.spec.Options
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
	defer b.belongs(t)()
	call := worker.Call{Spec: t.spec, Args: args, Attempt: t.attempt, Node: core.TaskFrom(t.ctx).NodeID}
	value, _ := call.Run(t.ctx)
	t.more = call.More
	return value
}

// finish settles the task's object and unpins what the task referred to.
func (b *Backend) finish(t *task, v core.Value) {
	if t.cancelled {
		v = cancelledValue(t)
	}
	if t.late != nil {
		t.late.Stop()
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
	b.act()
}

// expire gives a task up whose time is over.
func (b *Backend) expire(t *task) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if o := b.objects[t.spec.ID]; b.closed || o == nil || o.task != t || t.cancelled {
		return
	}
	t.cancelled, t.expired = true, true
	if !t.started && t.spec.Kind == core.Task {
		b.sched.Remove(sched.Task(t.spec.ID), t.shape)
		b.finish(t, core.Value{})
	} else {
		b.settleAll(t, cancelledValue(t))
	}
}

func cancelledValue(t *task) core.Value {
	if t.expired {
		return core.Value{Failure: &core.Failure{Kind: core.DeadlinePassed, Text: core.Late(t.spec.Timeout, t.started), Func: t.spec.Label()}}
	}
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
	if !t.started && t.spec.Kind == core.Task {
		b.sched.Remove(sched.Task(id), t.shape)
		b.finish(t, core.Value{})
	} else if !t.started || force {
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
