package local

import (
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/sched"
	"github.com/goray/goray/runtime/internal/transport"
)

// state of a task.
type state uint8

const (
	waitingForArguments state = iota
	waitingForResources
	submitted // to a worker: running, or behind another task
	waitingToRetry
	finished
)

// task is a task, a constructor or a method call that has not finished. There may be millions of them.
type task struct {
	spec      *core.TaskSpec
	values    []*transport.Stored  // arguments given by value
	rare      atomic.Pointer[rare] // what few tasks have; nil for all others
	proc      *proc                // where it runs
	actor     *actor
	submitted moment
	begun     moment // sent to proc
	ran       moment // how long its last attempt did, as the worker says
	missing   int32  // arguments that are not ready
	retries   int32
	shape     sched.Shape
	state     state
	cancelled bool
	sent      bool // to proc: it may have begun
	kept      bool // it is a constructor that was written down (see keep)
}

// rare is what few tasks have. It is not changed: whoever shows a task's output reads it without the mutex.
type rare struct {
	more   []*transport.Stored // second and further results
	driver *proc               // whose it is; nil: this process's
	recipe *recipe             // it makes results again that were lost
}

// seldom returns what the task has of it.
func (t *task) seldom() rare {
	if r := t.rare.Load(); r != nil {
		return *r
	}
	return rare{}
}

// with changes what the task has of it.
func (t *task) with(change func(*rare)) {
	r := t.seldom()
	change(&r)
	t.rare.Store(&r)
}

// attempt is the number of the present one, from 0.
func (t *task) attempt() int { return int(t.retries) }

// Submit implements core.Backend.
func (b *Backend) Submit(spec *core.TaskSpec) error {
	values, err := b.storeArguments(spec)
	if err != nil {
		return err
	}
	id, from := spec.ID, b.sites.here()
	b.mu.Lock()
	defer b.unlockSoon()
	if err := b.submit(spec, values); err != nil {
		return err
	}
	b.mark(id, from)
	return nil
}

// storeArguments brings the arguments given by value to rest, outside of the mutex.
func (b *Backend) storeArguments(spec *core.TaskSpec) ([]*transport.Stored, error) {
	values := make([]*transport.Stored, len(spec.Args))
	for i := range spec.Args {
		a := &spec.Args[i]
		if a.Ref != 0 {
			continue
		}
		stored, err := transport.Store(&a.Value, b.create(b.head()))
		if err != nil {
			return nil, fmt.Errorf("ray: %s: argument %d: %w", spec.Label(), i+1, err)
		}
		a.Value = core.Value{}
		values[i] = stored
	}
	return values, nil
}

func (b *Backend) submit(spec *core.TaskSpec, values []*transport.Stored) error {
	if b.closed {
		return core.ErrClosed
	}
	t := b.admit(spec, values)
	b.watchDeadline(t)
	if spec.Kind == core.ActorCall {
		b.call(t)
		return nil
	}
	b.plan(t)
	if t.missing == 0 {
		b.argumentsReady(t)
	}
	return nil
}

// plan finds the task's shape. The scheduler rejects what can never run, if that was asked for, or
// lets it wait for a node.
func (b *Backend) plan(t *task) {
	r := t.spec.Resources
	cpus, onlyCPUs := r[core.CPU]
	onlyCPUs = onlyCPUs && len(r) == 1 && t.spec.Strategy.IsZero() && t.spec.Env == nil
	if onlyCPUs { // what is nearly always asked
		if known, ok := b.cpuShapes[cpus]; ok {
			t.shape = known
			return
		}
	}
	request := sched.Request{Resources: r, Strategy: t.spec.Strategy}
	if e := t.spec.Env; e != nil {
		request.Env, b.envs[e.Hash] = e.Hash, e
	}
	t.shape = b.sched.ShapeOf(request)
	if b.sched.Infeasible(t.shape) != "" {
		b.lookLater()
	} else if onlyCPUs {
		b.cpuShapes[cpus] = t.shape
	}
}

// admit registers a task with one count on its result, and pins all that it refers to. Large
// arguments become objects, so that each worker maps them instead of copying.
func (b *Backend) admit(spec *core.TaskSpec, values []*transport.Stored) *task {
	t := &task{spec: spec, values: values, submitted: b.now()}
	if o := b.newObject(spec.ID); spec.Kind == core.ActorCall {
		o.origin = fromCall
	}
	for _, id := range spec.Returns {
		b.newObject(id).behind = int32(id - spec.ID)
	}
	b.pending.set(spec.ID, t)
	for i := range spec.Args {
		if v := values[i]; v != nil && v.Shared {
			id := b.NewID()
			b.newObject(id).origin = fromArgument // its count is the task's
			b.settle(id, v)
			spec.Args[i].Ref, values[i] = id, nil
			continue
		} else if v != nil {
			for _, nested := range v.Refs {
				b.retain(nested)
			}
			continue
		}
		ref := spec.Args[i].Ref
		b.retain(ref)
		if o := b.objects.at(ref); o != nil && o.value == nil {
			o.depend(t)
		}
	}
	for _, nested := range captured(spec) {
		b.retain(nested)
	}
	if n := len(spec.Args); n > 0 && n <= len(byValue) && !slices.Contains(values, nil) {
		spec.Args = byValue[:n:n]
	}
	return t
}

// byValue takes the place of the arguments of tasks all of which are values: those are in task.values, and
// nothing is left to be said of them here. It is not to be changed.
var byValue [8]core.Arg

func captured(spec *core.TaskSpec) []core.ID {
	if spec.Func == nil {
		return nil
	}
	return spec.Func.Captures.Refs
}

// unpin lets go what admit pinned.
func (b *Backend) unpin(t *task) {
	for i := range t.spec.Args {
		if v := t.values[i]; v != nil {
			for _, nested := range v.Refs {
				b.release(nested, 1)
			}
		} else {
			b.release(t.spec.Args[i].Ref, 1)
		}
	}
	for _, nested := range captured(t.spec) {
		b.release(nested, 1)
	}
}

// argumentsReady goes on with a task all of whose arguments are there.
func (b *Backend) argumentsReady(t *task) {
	if t.state != waitingForArguments {
		return
	}
	if t.actor != nil && t.spec.Kind == core.ActorCall {
		b.advance(t.actor)
		return
	}
	f := b.argumentFailure(t)
	switch {
	case f == nil && (b.keep(t) || b.recoverArguments(t)):
	case f == nil:
		b.enqueue(t)
	case t.spec.Kind == core.ActorStart:
		b.constructed(t.actor, &transport.Stored{Failure: f})
	default:
		b.finish(t, &transport.Stored{Failure: f})
	}
}

func (b *Backend) enqueue(t *task) {
	t.state = waitingForResources
	b.sched.Submit(sched.Submission{
		Task: sched.Task(t.spec.ID), Shape: t.shape, Dedicated: t.spec.Kind == core.ActorStart, Prefer: b.nearest(t),
	})
}

// argumentFailure returns why an argument has no value: the first cause travels down a chain.
func (b *Backend) argumentFailure(t *task) *core.Failure {
	for i := range t.spec.Args {
		if t.values[i] == nil {
			if v := b.stored(t.spec.Args[i].Ref); v.Failure != nil {
				return v.Failure
			}
		}
	}
	return nil
}

// done takes the value of a task from a worker.
func (b *Backend) done(p *proc, id core.ID, nanos int64, v *transport.Stored, more []*transport.Stored) {
	p.given--
	delete(p.forced, id)
	t := b.pending.at(id)
	if p.short != nil && p.short == t { // it was done before it could be ended
		p.short, p.shortage = nil, ""
	}
	if t == nil || t.proc != p {
		// It was cancelled meanwhile: the worker is free, the result is not wanted.
		b.sched.Done(p.id, sched.Task(id), nanos)
		b.discard(v)
		for _, m := range more {
			b.discard(m)
		}
		if p.actor != nil {
			p.actor.forget(id)
			b.retire(p.actor)
		}
		return
	}
	t.ran = moment(nanos)
	switch t.spec.Kind {
	case core.ActorStart:
		b.constructed(t.actor, v)
		return
	case core.ActorCall:
		b.returned(t, v)
		return
	}
	if len(more) > 0 {
		t.with(func(r *rare) { r.more = more })
	}
	if v.Failure != nil && b.mayRetry(t, v.Failure) {
		b.discardMore(t)
		b.history.add(b, t, v.Failure, false)
		b.retry(t)
	} else {
		b.finish(t, v)
	}
	b.sched.Done(p.id, sched.Task(id), nanos)
}

// mayRetry decides about a failure that the function itself caused.
func (b *Backend) mayRetry(t *task, f *core.Failure) bool {
	o := t.spec.Options
	if t.cancelled || !f.IsUser() || sched.RetryDelay(t.attempt(), o.MaxRetries) == sched.NoRetry {
		return false
	}
	return o.RetryAll || f.Cause.Matches(o.RetryErrors)
}

// retry runs a task again after a while. The caller has checked that it may.
func (b *Backend) retry(t *task) {
	delay := sched.RetryDelay(t.attempt(), t.spec.MaxRetries)
	t.retries++
	t.state, t.proc = waitingToRetry, nil
	b.after(time.Duration(delay)*time.Millisecond, func() {
		if t.state == waitingToRetry {
			t.state = waitingForArguments
			b.argumentsReady(t)
		}
	})
}

// crashed goes on with a task whose worker has ended while it ran.
func (b *Backend) crashed(t *task, how string) {
	p := t.proc
	starved := p.short == t
	t.proc = nil
	fail := func(f *core.Failure) {
		t.proc = p // for the history
		b.finish(t, &transport.Stored{Failure: f})
	}
	switch {
	case t.cancelled:
		fail(t.failure(core.Cancelled, "it was cancelled"))
	case sched.RetryDelay(t.attempt(), t.spec.MaxRetries) == sched.NoRetry && starved:
		fail(t.failure(core.OutOfMemory, fmt.Sprintf("it was ended in attempt %d of %d, because %s", t.attempt()+1, t.attempt()+1, how)))
	case sched.RetryDelay(t.attempt(), t.spec.MaxRetries) == sched.NoRetry:
		fail(t.failure(core.WorkerCrashed, fmt.Sprintf("its worker process ended (%s) in attempt %d of %d", how, t.attempt()+1, t.attempt()+1)))
	default:
		t.proc = p
		b.history.add(b, t, &core.Failure{Kind: core.WorkerCrashed, Text: how}, false)
		b.retry(t)
	}
}

// finish settles a task's result and lets go its arguments.
func (b *Backend) finish(t *task, v *transport.Stored) {
	if t.state == finished {
		return
	}
	b.history.add(b, t, v.Failure, true)
	t.state = finished
	b.pending.drop(t.spec.ID)
	if t.spec.Timeout > 0 {
		if d := b.deadlines[t.spec.ID]; d != nil {
			d.Stop()
			delete(b.deadlines, t.spec.ID)
		}
	}
	b.settle(t.spec.ID, v)
	b.settleMore(t, v)
	if r := t.seldom(); v.Shared || r.more != nil || r.recipe != nil {
		b.remember(t)
	}
	b.unpin(t)
}

// maxReturns bounds what a worker may send as the results of one task.
const maxReturns = 1 << 16

// settleMore gives the second and further results their values; one failure is the failure of all.
func (b *Backend) settleMore(t *task, first *transport.Stored) {
	more := t.seldom().more
	if first.Failure != nil || len(more) != len(t.spec.Returns) {
		b.discardMore(t)
		more = nil
	}
	for i, id := range t.spec.Returns {
		switch {
		case first.Failure != nil:
			b.settle(id, &transport.Stored{Failure: first.Failure})
		case more == nil:
			b.settle(id, &transport.Stored{Failure: t.failure(core.BadCall, "the worker sent another number of results")})
		default:
			b.settle(id, more[i])
		}
	}
}

func (b *Backend) discardMore(t *task) {
	for _, m := range t.seldom().more {
		b.discard(m)
	}
	if t.seldom().more != nil {
		t.with(func(r *rare) { r.more = nil })
	}
}

func (t *task) failure(kind core.FailureKind, text string) *core.Failure {
	f := &core.Failure{Kind: kind, Text: text, Func: t.spec.Label(), Attempt: t.attempt()}
	if t.spec.Func != nil {
		f.Cell, f.Line = t.spec.Func.Cell, t.spec.Func.Line
	}
	if t.proc != nil {
		f.PID = t.proc.pid
	}
	return f
}
