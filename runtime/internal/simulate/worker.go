package simulate

import (
	"slices"
	"time"

	"github.com/goray/goray/runtime/internal/sched"
)

// worker is a process. What it sends and what is sent to it arrives late, but in order.
type worker struct {
	id   sched.Worker
	node *node
	dead bool // the process; the scheduler learns it later
	// forgotten: the scheduler knows that it is gone, or said so itself.
	forgotten bool
	inbox     int64 // when the last message to it arrives
	outbox    int64 // when the last message from it arrives
	queue     []*task
	running   *task
	blocked   bool    // as the scheduler was told
	given     []*task // as the scheduler sees it
	shape     *kind   // of its lease, nil without one
	gpus      []int
	dedicated bool
}

// receive hands the worker a message.
func (k *worker) receive(w *world, do func()) {
	k.inbox = max(k.inbox, w.now+w.delay())
	w.at(k.inbox, func() {
		if !k.dead {
			do()
		}
	})
}

// send hands the driver a message; it arrives though the worker may have died since.
func (k *worker) send(w *world, do func()) {
	k.outbox = max(k.outbox, w.now+w.delay())
	w.at(k.outbox, do)
}

func (w *world) spawn(on sched.Node) {
	n := w.nodes[on]
	took := int64(time.Millisecond) + w.rng.Int64N(int64(10*time.Millisecond))
	if n.failed < 2 && w.fails(40) {
		n.failed++
		w.after(took, func() {
			w.note('f', uint64(n.id), 0, "a worker of node %d never comes up", n.id)
			w.s.SpawnFailed(n.id)
		})
		return
	}
	n.failed = 0
	w.lastWorker++
	k := &worker{id: w.lastWorker, node: n}
	w.after(took, func() {
		if n.gone && w.rng.IntN(2) == 0 {
			w.s.SpawnFailed(n.id)
			return
		}
		w.note('u', uint64(k.id), uint64(n.id), "worker %d is up on node %d", k.id, n.id)
		w.workers[k.id] = k
		w.s.WorkerUp(k.id, n.id)
		if n.gone {
			w.kill(k)
		}
	})
}

// kill ends a worker process.
func (w *world) kill(k *worker) {
	if k.dead {
		return
	}
	k.dead = true
	k.send(w, func() { w.lost(k) })
}

// lost is what the driver does about a worker that is gone.
func (w *world) lost(k *worker) {
	w.note('l', uint64(k.id), 0, "worker %d is lost", k.id)
	w.result.WorkersLost++
	stopped := k.forgotten
	k.forgotten = true
	running, waiting := w.s.WorkerLost(k.id)
	delete(w.workers, k.id)
	if k.blocked {
		k.blocked = false
		w.blocked--
	}
	w.compareLost(k, running, waiting, stopped)
	given := k.given
	k.given = nil
	w.release(k)
	for i, t := range given {
		switch {
		case t.over():
		case t.kind.actor:
			w.finish(t, finished) // its time had come, or it died
		case i > 0 && !t.begun: // it had not started: it starts elsewhere
			t.exempt = true
			w.submit(t)
		case t.retries == 0:
			w.finish(t, failed)
		default:
			t.retries--
			t.exempt, t.state = true, retrying
			w.result.Retries++
			w.after(w.delay(), func() {
				if !t.over() {
					w.submit(t)
				}
			})
		}
	}
}

// work makes the worker go on with its queue.
func (w *world) work(k *worker) {
	if k.dead || k.running != nil || len(k.queue) == 0 {
		return
	}
	t := k.queue[0]
	k.queue = k.queue[1:]
	k.running, t.begun = t, true
	if w.fails(150) {
		w.after(w.rng.Int64N(t.nanos+1), func() { w.kill(k) })
	}
	switch {
	case t.kind.actor:
		w.after(t.nanos/10, func() { k.send(w, func() { w.done(k, t, t.nanos/10) }) })
		w.after(t.nanos, func() { w.kill(k) })
	case t.child != nil:
		w.after(t.nanos/2, func() { w.block(k, t) })
	default:
		w.after(t.nanos, func() { w.complete(k, t) })
	}
}

// complete ends what a worker does at the moment.
func (w *world) complete(k *worker, t *task) {
	if k.dead || k.running != t {
		return
	}
	k.running = nil
	k.send(w, func() { w.done(k, t, t.nanos) })
	w.work(k)
}

// block submits a child and waits for it.
func (w *world) block(k *worker, t *task) {
	if k.dead || k.running != t {
		return
	}
	child := t.child
	t.child = nil
	k.send(w, func() {
		if k.forgotten {
			return
		}
		if child.state == unborn {
			w.create(child)
		}
		if child.over() {
			w.resume(k, t)
			return
		}
		child.parents = append(child.parents, func() {
			if !k.forgotten && k.blocked {
				k.blocked = false
				w.blocked--
				if g := t.kind.group; g != nil {
					g.resumed = true
				}
				k.node.resumed = w.result.Events + 1
				w.displacing(func() { w.s.Unblocked(k.id) })
				w.resume(k, t)
			}
		})
		w.note('b', uint64(k.id), uint64(t.id), "worker %d waits in task %d for task %d", k.id, t.id, child.id)
		k.blocked = true
		w.blocked++
		w.s.Blocked(k.id)
		w.peak = max(w.peak, w.blocked)
	})
}

// resume tells a worker that what it waits for is there.
func (w *world) resume(k *worker, t *task) {
	k.receive(w, func() { w.after(t.nanos-t.nanos/2, func() { w.complete(k, t) }) })
}

// done is what the driver does about a result.
func (w *world) done(k *worker, t *task, nanos int64) {
	if k.forgotten {
		return
	}
	w.note('d', uint64(t.id), uint64(k.id), "worker %d has finished task %d", k.id, t.id)
	if t.kind.actor {
		w.s.Done(k.id, t.id, nanos)
		return
	}
	k.given = slices.DeleteFunc(k.given, func(o *task) bool { return o == t })
	if len(k.given) == 0 {
		w.release(k)
	}
	if t.flaky > 0 && !t.over() { // its function failed, and is tried again
		t.flaky--
		t.exempt, t.begun = true, false
		w.submit(t)
	} else if !t.over() {
		w.finish(t, finished)
	}
	w.s.Done(k.id, t.id, nanos)
}

// giveBack is a worker's answer to Recall.
func (w *world) giveBack(k *worker, count int) {
	n := min(count, len(k.queue))
	back := slices.Clone(k.queue[len(k.queue)-n:])
	k.queue = k.queue[:len(k.queue)-n]
	k.send(w, func() {
		if k.forgotten {
			return
		}
		var ids []sched.Task
		for _, t := range back {
			k.given = slices.DeleteFunc(k.given, func(o *task) bool { return o == t })
			if t.over() { // it was given up meanwhile: it only has to leave the worker
				w.s.Done(k.id, t.id, 0)
				continue
			}
			ids = append(ids, t.id)
			t.exempt = true
			w.enqueued(t)
		}
		if len(k.given) == 0 {
			w.release(k)
		}
		w.note('r', uint64(k.id), uint64(len(ids)), "worker %d gives back %v", k.id, ids)
		w.s.Returned(k.id, ids)
	})
}
