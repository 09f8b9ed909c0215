package simulate

import (
	"slices"

	"github.com/goray/goray/runtime/internal/sched"
)

// state of a task, as the driver sees it.
type state uint8

const (
	unborn   state = iota
	waiting        // for arguments
	queued         // in the scheduler
	given          // to a worker
	retrying       // it will be submitted again
	finished
	failed
	rejected
	cancelled
)

// kind is what tasks of a sort ask for.
type kind struct {
	shape     sched.Shape
	resources map[string]float64
	need      map[string]int64
	names     []string // of need, sorted: violations come in the same order, too
	strategy  sched.Strategy
	group     *group
	actor     bool
	nanos     int64 // how long they take, about
}

// task is a task, or an actor's life.
type task struct {
	id      sched.Task
	kind    *kind
	state   state
	nanos   int64
	prefer  sched.Node
	after   []*task
	missing int
	child   *task // that it submits and waits for
	retries int   // of crashes
	flaky   int   // times that its function fails
	order   uint64
	ready   int // the event in which it became ready
	// exempt: it was given to a worker before, and comes back in no order.
	exempt  bool
	begun   bool // a worker has started it
	worker  *worker
	waiters []*task
	parents []func()
}

func (t *task) over() bool { return t.state >= finished }

// newTask makes a task; create brings it to the scheduler.
func (w *world) newTask(k *kind) *task {
	w.lastTask++
	t := &task{id: w.lastTask, kind: k, nanos: k.nanos/2 + w.rng.Int64N(k.nanos+1), retries: 4}
	w.tasks[t.id] = t
	w.taskOrder = append(w.taskOrder, t)
	w.result.Tasks++
	return t
}

// create submits a task for the first time.
func (w *world) create(t *task) {
	t.after = slices.DeleteFunc(t.after, func(d *task) bool { return d.state == unborn || d.over() })
	w.submit(t)
	for _, d := range t.after {
		d.waiters = append(d.waiters, t)
	}
	t.after = nil
}

func (w *world) submit(t *task) {
	s := sched.Submission{Task: t.id, Shape: t.kind.shape, Prefer: t.prefer, Dedicated: t.kind.actor}
	for _, d := range t.after {
		s.After = append(s.After, d.id)
	}
	w.note('s', uint64(t.id), uint64(len(s.After)), "task %d is submitted, after %v", t.id, s.After)
	t.begun, t.missing = false, len(s.After)
	if t.missing > 0 {
		t.state = waiting
	} else {
		w.enqueued(t)
	}
	w.s.Submit(s)
}

// enqueued notes that a task waits for nothing but resources.
func (w *world) enqueued(t *task) {
	t.state = queued
	if t.exempt {
		return
	}
	w.ordered++
	t.order, t.ready = w.ordered, w.result.Events
	w.queues[t.kind.shape] = append(w.queues[t.kind.shape], t)
}

// finish ends a task for good.
func (w *world) finish(t *task, how state) {
	if t.over() {
		w.violated("task %d ends a second time", t.id)
		return
	}
	t.state = how
	switch how {
	case finished:
		w.result.Finished++
	case failed:
		w.result.Failed++
	case rejected:
		w.result.Rejected++
	case cancelled:
		w.result.Cancelled++
	}
	for _, waiter := range t.waiters {
		if waiter.state != waiting {
			continue
		}
		if waiter.missing--; waiter.missing == 0 {
			w.enqueued(waiter)
		}
	}
	t.waiters = nil
	w.s.Settled(t.id)
	for _, tell := range t.parents {
		tell()
	}
	t.parents = nil
}

// start is what the driver does when the scheduler has chosen a worker.
func (w *world) start(a *sched.Action) {
	t, k := w.tasks[a.Task], w.worker(a)
	if k == nil {
		return
	}
	if t == nil || t.state != queued {
		w.violated("%s: the task does not wait to be started", a)
		return
	}
	w.checkOrder(t)
	w.checkPlace(t, k.node)
	t.state, t.worker = given, k
	if len(k.given) == 0 {
		w.lease(k, t.kind, a.GPUs)
	} else if k.shape.shape != t.kind.shape || t.kind.strategy.Kind == sched.Spread {
		w.violated("%s: the worker has tasks of another kind", a)
	}
	if k.dedicated {
		w.violated("%s: the worker belongs to an actor", a)
	}
	k.dedicated = t.kind.actor
	k.given = append(k.given, t)
	k.receive(w, func() {
		k.queue = append(k.queue, t)
		w.work(k)
	})
}

// rejected is what the driver does about a task that will never run.
func (w *world) rejected(a *sched.Action) {
	t := w.tasks[a.Task]
	if t == nil || t.state != queued && t.state != waiting {
		w.violated("%s: the task does not wait", a)
		return
	}
	g := &t.kind.strategy
	fair := g.FailFast || g.Kind == sched.Affinity && !g.Soft || g.Kind == sched.InGroup
	if !fair {
		w.violated("%s: it might run one day", a)
	}
	w.finish(t, rejected)
}

// cancel takes a task out that has not started.
func (w *world) cancel(t *task) {
	w.act() // what the scheduler has decided to start is not in its queues any more
	if t.state != queued && t.state != waiting {
		return
	}
	w.note('c', uint64(t.id), 0, "task %d is cancelled", t.id)
	w.s.Remove(t.id, t.kind.shape)
	w.finish(t, cancelled)
}
