package inprocess

import (
	"fmt"
	"os"
	"time"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/placement"
	"github.com/goray/goray/runtime/internal/sched"
)

// aWhile is the running time that the scheduler is told. It is long, so that a goroutine is never
// given a second task: there is nothing to be saved.
const aWhile = int64(time.Second)

// schedule gives a task to the scheduler.
func (b *Backend) schedule(t *task) {
	t.shape = b.sched.ShapeOf(sched.Request{Resources: t.spec.Resources, Strategy: t.spec.Strategy})
	s := sched.Submission{Task: sched.Task(t.spec.ID), Shape: t.shape, Dedicated: t.actor != nil}
	for _, a := range t.spec.Args {
		if o := b.objects[a.Ref]; a.Ref != 0 && o != nil && !o.ready {
			s.After = append(s.After, sched.Task(a.Ref))
		}
	}
	b.sched.Submit(s)
	if b.sched.Infeasible(t.shape) != "" {
		b.lookLater()
	}
}

// act carries out what the scheduler has decided. A worker is only a number here: it costs nothing.
func (b *Backend) act() {
	for !b.closed {
		actions := b.sched.Actions()
		if len(actions) == 0 {
			return
		}
		for _, a := range actions {
			switch a.Kind {
			case sched.Spawn:
				b.workers++
				b.sched.WorkerUp(b.workers, a.Node)
			case sched.Start:
				b.begin(a)
			case sched.Reject:
				b.reject(core.ID(a.Task), a.Why)
			case sched.Evict:
				b.evict(a)
			case sched.GroupReady:
				b.groups.Placed(a)
				b.settle(core.ID(a.Group), reserved)
			case sched.GroupLost:
				b.lookLater()
			}
		}
	}
}

// begin runs a task on a worker.
func (b *Backend) begin(a sched.Action) {
	o := b.objects[core.ID(a.Task)]
	if o == nil || o.task == nil { // it has been given up meanwhile
		b.sched.WorkerLost(a.Worker)
		return
	}
	t := o.task
	t.started, t.worker = true, a.Worker
	c := core.TaskFrom(t.ctx)
	c.NodeID, c.GPUIDs = b.sched.NodeName(a.Node), b.devices(a.Node, a.GPUs)
	b.busy[a.Worker] = t
	if t.actor != nil {
		t.actor.construct()
		return
	}
	b.running.Go(func() {
		value := b.execute(t)
		b.mu.Lock()
		defer b.mu.Unlock()
		if b.busy[a.Worker] != t {
			return // it was taken away: somebody else decides about the task
		}
		delete(b.busy, a.Worker)
		t.worker = 0
		if value.Failure != nil && b.retries(t, value.Failure) {
			b.again(t)
		} else {
			b.finish(t, value)
		}
		b.sched.Done(a.Worker, a.Task, aWhile)
		b.act()
	})
}

// again runs a task once more.
func (b *Backend) again(t *task) {
	t.cancel()
	t.attempt++
	t.started = false
	b.renew(t)
	b.schedule(t)
}

// reject fails what the scheduler will never start.
func (b *Backend) reject(id core.ID, why string) {
	if o := b.objects[id]; o != nil && o.task != nil {
		b.giveUp(o.task, why)
	}
}

// giveUp fails a task, or ends an actor, for a reason of the scheduler's.
func (b *Backend) giveUp(t *task, why string) {
	f := &core.Failure{Kind: core.Infeasible, Text: why, Func: t.spec.Label()}
	if why == sched.WhyRemoved {
		f.Kind = core.GroupRemoved
	}
	if t.actor == nil {
		b.finish(t, core.Value{Failure: f})
		return
	}
	if f.Kind == core.Infeasible {
		f.Text = "it can never be placed: " + why
	}
	f.Kind = core.ActorDied
	t.actor.die(f)
}

// evict ends what a worker does.
func (b *Backend) evict(a sched.Action) {
	t := b.busy[a.Worker]
	if t == nil {
		b.sched.WorkerLost(a.Worker)
		return
	}
	t.cancel()
	if t.actor == nil {
		delete(b.busy, a.Worker)
		b.sched.WorkerLost(a.Worker)
	}
	b.giveUp(t, a.Why)
}

// lookLater tells people, after a while, about what waits for what no node has.
func (b *Backend) lookLater() {
	if b.watcher != nil || b.closed {
		return
	}
	b.watcher = time.AfterFunc(placement.Patience, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.watcher = nil
		if b.closed {
			return
		}
		for _, warning := range b.watch.Look(b.sched, b.groups, b.label) {
			fmt.Fprintln(os.Stderr, warning)
		}
	})
}

func (b *Backend) label(id core.ID) string {
	if o := b.objects[id]; o != nil && o.task != nil {
		return o.task.spec.Label()
	}
	return "task " + id.String()
}
