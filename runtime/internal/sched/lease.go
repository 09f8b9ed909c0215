package sched

import "slices"

// lease is a shape's resources in use, by one worker after it has one.
type lease struct {
	shape     *shape
	pool      *pool
	worker    *worker // nil until the node has one
	tasks     []Task  // running first
	blocked   int
	dedicated bool
	recalling bool
	gpus      []int
	gpuShare  int64
}

// lease takes the resources of a task, and starts it as soon as the node has a worker for it.
func (s *Sched) lease(sh *shape, p *pool, t Task, alone bool) {
	l := &lease{shape: sh, pool: p, tasks: []Task{t}, dedicated: alone}
	l.gpus, l.gpuShare = p.take(sh.need)
	sh.leases = append(sh.leases, l)
	n := p.node
	n.leases++
	n.unbound = append(n.unbound, l)
	s.placed[t] = l
	s.bind(n)
}

// bind gives workers to leases.
func (s *Sched) bind(n *node) {
	for len(n.unbound) > 0 && len(n.idle) > 0 {
		w, l := n.idle[len(n.idle)-1], n.unbound[0]
		n.idle, n.unbound = n.idle[:len(n.idle)-1], n.unbound[1:]
		w.lease, l.worker = l, w
		delete(s.placed, l.tasks[0])
		if l.dedicated {
			w.dedicated = true
			n.pooled--
			s.replenish(n)
		}
		s.start(l, l.tasks[0])
		s.fill(l)
	}
	if len(n.unbound) == 0 {
		n.unbound = nil
	}
	s.provide(n)
}

func (s *Sched) start(l *lease, t Task) {
	s.act(Action{Kind: Start, Task: t, Worker: l.worker.id, Node: l.worker.node.id, GPUs: l.gpus})
}

// fill gives a lease more short tasks.
func (s *Sched) fill(l *lease) {
	sh := l.shape
	if l.worker == nil || l.dedicated || l.blocked > 0 || l.recalling || len(l.tasks) == 0 {
		return
	}
	for depth := sh.depth(); len(l.tasks) < depth && sh.queue.n > 0 && s.suits(l, s.next(sh)); {
		t := s.pop(sh)
		l.tasks = append(l.tasks, t)
		s.start(l, t)
	}
}

// suits reports whether a task may run under a lease of its shape: not when it needs a process of
// its own, or belongs on another node, and not while a worker that stopped waiting has made the
// CPUs fewer than none.
func (s *Sched) suits(l *lease, next *slot) bool {
	if l.shape.cpu > 0 && l.pool.live().available[cpu] < 0 {
		return false
	}
	n := l.pool.node
	return next.flags&dedicated == 0 && (next.prefer == 0 || Node(next.prefer) == n.id) && l.pool.open()
}

// endLease returns the resources.
func (s *Sched) endLease(l *lease) {
	sh, p := l.shape, l.pool.live()
	p.put(sh.need, l.gpus, l.gpuShare)
	if l.blocked > 0 {
		s.blocked--
		if sh.cpu > 0 {
			p.available[cpu] -= sh.cpu
		}
	}
	if i := slices.Index(sh.leases, l); i >= 0 {
		sh.leases = slices.Delete(sh.leases, i, i+1)
	}
	if l.worker != nil {
		l.worker.lease = nil
	}
	n := p.node
	n.leases--
	s.checkDrained(n)
}

// requeue gives up a lease without a worker: its task is the first of its queue again.
func (s *Sched) requeue(l *lease) {
	t := l.tasks[0]
	delete(s.placed, t)
	s.endLease(l)
	s.giveBack(l.shape, t, l.dedicated)
}

// giveBack makes a task the first of its queue again.
func (s *Sched) giveBack(sh *shape, t Task, alone bool) {
	if sh.refused != "" {
		s.act(Action{Kind: Reject, Task: t, Why: sh.refused})
		return
	}
	i := s.slab.obtain(uint64(t))
	at := s.slab.at(i)
	at.shape, at.flags = uint32(sh.id), at.flags|isTask
	if alone {
		at.flags |= dedicated
	}
	sh.queue.pushFront(&s.slab, i)
	s.list(sh)
}

// idle makes a worker idle.
func (s *Sched) idle(w *worker) {
	w.node.idle = append(w.node.idle, w)
	s.bind(w.node)
}

// vacant goes on with a lease that has no task: with the next one, or it ends.
func (s *Sched) vacant(l *lease) {
	sh, w := l.shape, l.worker
	l.recalling = false
	if l.blocked == 0 && sh.queue.n > 0 && s.goesOn(l) {
		t := s.pop(sh)
		l.tasks = append(l.tasks, t)
		s.start(l, t)
		s.fill(l)
		return
	}
	s.endLease(l)
	s.idle(w)
	s.settleAll()
	s.recallFor(sh)
	s.trim(w.node)
}

// goesOn reports whether the lease may go on with the next task.
func (s *Sched) goesOn(l *lease) bool {
	return l.shape.strategy.Kind != Spread && s.suits(l, s.next(l.shape))
}

// recallFor takes waiting tasks from a busy worker when another has nothing to do.
func (s *Sched) recallFor(sh *shape) {
	if sh.queue.n > 0 {
		return
	}
	var fullest *lease
	for _, l := range sh.leases {
		if !l.recalling && !l.dedicated && len(l.tasks) > 1 && (fullest == nil || len(l.tasks) > len(fullest.tasks)) {
			fullest = l
		}
	}
	if fullest == nil {
		return
	}
	if p := s.place(sh, 0); p == nil || len(p.node.idle) == 0 {
		return
	}
	fullest.recalling = true
	s.act(Action{Kind: Recall, Worker: fullest.worker.id, Node: fullest.worker.node.id, Count: len(fullest.tasks) / 2})
}
