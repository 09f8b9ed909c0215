package sched

import (
	"math"
	"slices"
)

// Submission is a task that is to run.
type Submission struct {
	Task  Task
	Shape Shape
	// Prefer is the node that holds most of the arguments; 0 is none.
	Prefer Node
	// Dedicated is for an actor: its worker runs nothing else, and keeps its resources until
	// WorkerLost.
	Dedicated bool
	// After are objects (tasks whose results are arguments, or anything else that the caller
	// numbers) that Settled has to be called for before the task can start.
	After []Task
}

// Submit takes a task. It is rejected when it can never run where it has to.
func (s *Sched) Submit(c Submission) {
	sh := s.shapes[c.Shape]
	if !sh.plain {
		if why := s.refusal(sh); why != "" {
			s.act(Action{Kind: Reject, Task: c.Task, Why: why})
			return
		}
	}
	if len(c.After) == 0 && sh.queue.n == 0 && s.startAtOnce(sh, &c) {
		return
	}
	i := s.slab.obtain(uint64(c.Task))
	at := s.slab.at(i)
	at.shape, at.flags, at.prefer = uint32(c.Shape), isTask, short(c.Prefer)
	if c.Dedicated {
		at.flags |= dedicated
	}
	for _, object := range c.After {
		s.slab.await(i, s.slab.obtain(uint64(object)))
	}
	if len(c.After) == 0 {
		s.enqueue(i)
		s.assign(sh)
	}
}

// short is a node as slots remember it: one with a very high number is not preferred.
func short(n Node) uint16 {
	if n > math.MaxUint16 {
		return 0
	}
	return uint16(n)
}

// startAtOnce starts a task that nothing waits before, without queueing it, if that is possible.
func (s *Sched) startAtOnce(sh *shape, c *Submission) bool {
	prefer := short(c.Prefer)
	if p := s.place(sh, prefer, c.Dedicated); p != nil {
		s.lease(sh, p, c.Task, c.Dedicated)
		return true
	}
	depth := sh.depth()
	if depth == 1 || c.Dedicated {
		return false
	}
	for _, l := range sh.leases {
		if l.given >= turn && len(s.waiting) > 0 {
			continue
		}
		if l.takesMore() && len(l.tasks) < depth && s.suits(l, false, prefer) {
			l.tasks = append(l.tasks, c.Task)
			s.start(l, c.Task)
			return true
		}
	}
	return false
}

// enqueue puts a task that waits for nothing but resources into its queue.
func (s *Sched) enqueue(i uint32) {
	sh := s.shapes[s.slab.at(i).shape]
	sh.queue.push(&s.slab, i)
	s.list(sh)
}

// Ready is Submit for a task whose arguments are there.
func (s *Sched) Ready(t Task, id Shape) { s.Submit(Submission{Task: t, Shape: id}) }

// ReadyDedicated is Ready for an actor.
func (s *Sched) ReadyDedicated(t Task, id Shape) {
	s.Submit(Submission{Task: t, Shape: id, Dedicated: true})
}

// Settled says that an object that tasks may wait for is there.
func (s *Sched) Settled(object Task) {
	i := s.slab.find(uint64(object))
	if i == 0 {
		return
	}
	at := s.slab.at(i)
	var waiters []uint32
	for e := at.waiters; e != 0; {
		var waiter uint32
		waiter, e = s.slab.freed(e)
		waiters = append(waiters, waiter)
	}
	at.waiters = 0
	if at.flags&isTask == 0 && at.missing == 0 {
		s.slab.drop(i)
	}
	var shapes []*shape
	for _, waiter := range slices.Backward(waiters) { // in the order of submission
		w := s.slab.at(waiter)
		if w.missing--; w.missing > 0 {
			continue
		}
		if w.flags&isTask == 0 { // it was removed meanwhile
			s.release(waiter)
			continue
		}
		sh := s.shapes[w.shape]
		if why := s.refusal(sh); why != "" {
			s.act(Action{Kind: Reject, Task: s.release(waiter), Why: why})
			continue
		}
		s.enqueue(waiter)
		if !slices.Contains(shapes, sh) {
			shapes = append(shapes, sh)
		}
	}
	for _, sh := range shapes {
		s.assign(sh)
	}
}

// Remove takes out a task that has not started. The shape is the one that it was submitted with.
func (s *Sched) Remove(t Task, _ Shape) {
	if l := s.placed[t]; l != nil {
		n := l.pool.node
		delete(s.placed, t)
		n.unbound = slices.DeleteFunc(n.unbound, func(o *lease) bool { return o == l })
		s.endLease(l)
		s.settleAll()
		return
	}
	i := s.slab.find(uint64(t))
	if i == 0 {
		return
	}
	at := s.slab.at(i)
	if at.flags&isQueued != 0 {
		s.shapes[at.shape].queue.remove(&s.slab, i)
	}
	s.release(i)
}

// WorkerUp says that a spawned worker of a node can run tasks.
func (s *Sched) WorkerUp(id Worker, on Node) { s.WorkerUpIn(id, on, "") }

// WorkerUpIn is WorkerUp for a worker of an environment.
func (s *Sched) WorkerUpIn(id Worker, on Node, env string) {
	n := s.byNode[on]
	if n == nil {
		return
	}
	n.started(env)
	n.failures = 0
	w := &worker{id: id, node: n, env: env}
	s.workers[id] = w
	n.workers[w] = struct{}{}
	if env == "" {
		n.pooled++
	}
	s.idle(w)
	s.settleAll()
	s.trim(n)
}

// SpawnFailed says that a worker never came up. Another is asked for where one is needed, but not
// for ever: after several failures in a row only when another task is placed on the node, or one of
// its workers ends.
func (s *Sched) SpawnFailed(on Node) { s.SpawnFailedIn(on, "") }

// SpawnFailedIn is SpawnFailed for a worker of an environment.
func (s *Sched) SpawnFailedIn(on Node, env string) {
	n := s.byNode[on]
	if n == nil {
		return
	}
	n.started(env)
	if n.failures++; n.failures < maxFailures && !n.gone {
		s.provide(n)
	}
}

// WorkerLost says that a worker is gone. running is the task that it ran, 0 if none; waiting are
// those that it had been given but had not started. All of them are forgotten: the caller makes
// them Ready again or not.
func (s *Sched) WorkerLost(id Worker) (running Task, waiting []Task) {
	w := s.workers[id]
	if w == nil {
		return 0, nil
	}
	n := w.node
	delete(s.workers, id)
	delete(n.workers, w)
	if w.lease == nil {
		n.idle = slices.DeleteFunc(n.idle, func(o *worker) bool { return o == w })
	}
	if !w.dedicated && w.env == "" {
		n.pooled--
	}
	if l := w.lease; l != nil {
		if len(l.tasks) > 0 {
			running, waiting = l.tasks[0], l.tasks[1:]
		}
		l.tasks = nil
		s.endLease(l)
	}
	s.forgetGone(n)
	if !n.gone {
		s.replenish(n)
		s.provide(n)
	}
	s.settleAll()
	return running, waiting
}

// leaseOf returns the lease of a worker, nil if there is none.
func (s *Sched) leaseOf(id Worker) *lease {
	if w := s.workers[id]; w != nil {
		return w.lease
	}
	return nil
}

// Done says that a worker has finished a task after nanos of running.
func (s *Sched) Done(id Worker, t Task, nanos int64) {
	l := s.leaseOf(id)
	if l == nil || l.dedicated {
		return // a constructor has returned; the lease goes on
	}
	sh := l.shape
	if i := slices.Index(l.tasks, t); i == 0 { // nearly always
		l.tasks = l.tasks[1:]
	} else if i > 0 {
		l.tasks = slices.Delete(l.tasks, i, i+1)
	}
	const weight = 8
	if nanos = max(nanos, 1); sh.mean == 0 {
		sh.mean = nanos
	} else {
		sh.mean += (nanos - sh.mean) / weight
	}
	if len(l.tasks) == 0 {
		s.vacant(l)
	} else if len(l.tasks) <= sh.depth()/2 {
		s.fill(l)
	}
}

// Returned says that a worker gave tasks back, asked or because it waits for objects.
func (s *Sched) Returned(id Worker, tasks []Task) {
	l := s.leaseOf(id)
	if l == nil {
		return
	}
	l.recalling = false
	sh := l.shape
	for _, t := range slices.Backward(tasks) {
		if i := slices.Index(l.tasks, t); i >= 0 {
			l.tasks = slices.Delete(l.tasks, i, i+1)
			s.giveBack(sh, t, false)
		}
	}
	if len(l.tasks) == 0 { // what it ran was done meanwhile
		s.vacant(l)
	}
	s.assign(sh)
}

// Blocked says that a task on the worker waits for objects: its CPUs are lent, and what waits
// behind it is recalled.
func (s *Sched) Blocked(id Worker) {
	l := s.leaseOf(id)
	if l == nil {
		return
	}
	if l.blocked++; l.blocked > 1 {
		return
	}
	s.blocked++
	if len(l.tasks) > 1 && !l.dedicated { // they may be what it waits for
		l.recalling = true
		s.act(Action{Kind: Recall, Worker: id, Node: l.worker.node.id, Count: len(l.tasks) - 1})
	}
	if l.shape.cpu > 0 {
		l.pool.live().available[cpu] += l.shape.cpu
		s.settleAll()
	}
}

// Unblocked says that it goes on.
func (s *Sched) Unblocked(id Worker) {
	l := s.leaseOf(id)
	if l == nil || l.blocked == 0 {
		return
	}
	if l.blocked--; l.blocked > 0 {
		return
	}
	s.blocked--
	if l.shape.cpu > 0 {
		p := l.pool.live()
		p.available[cpu] -= l.shape.cpu
		s.takeBack(p)
	}
}

// takeBack gives up leases that still wait for a worker while CPUs are fewer than none.
func (s *Sched) takeBack(p *pool) {
	n := p.node
	for i := len(n.unbound) - 1; i >= 0 && p.available[cpu] < 0; i-- {
		if l := n.unbound[i]; l.pool.live() == p && l.shape.cpu > 0 {
			n.unbound = slices.Delete(n.unbound, i, i+1)
			s.requeue(l)
		}
	}
}
