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
	given     int // tasks in all
	gpus      []int
	gpuShare  int64
}

// lease takes the resources of a task, and starts it as soon as the node has a worker for it.
func (s *Sched) lease(sh *shape, p *pool, t Task, alone bool) {
	l := s.newLease()
	l.shape, l.pool, l.dedicated, l.tasks = sh, p, alone, append(l.tasks, t)
	l.gpus, l.gpuShare = p.take(sh.need)
	sh.leases = append(sh.leases, l)
	n := p.node
	n.leases++
	p.leases++
	if i := n.idleFor(sh.env); i >= 0 && !n.awaited(sh.env) {
		s.bindNext(n, l, i)
		return
	}
	n.unbound, n.failures = append(n.unbound, l), 0 // a new task, a new attempt
	s.placed[t] = l
	s.bind(n)
}

// newLease returns a lease to be filled in, one that has ended where there is one.
func (s *Sched) newLease() *lease {
	if last := len(s.spare) - 1; last >= 0 {
		l := s.spare[last]
		s.spare = s.spare[:last]
		return l
	}
	return &lease{}
}

// bind gives workers to leases.
func (s *Sched) bind(n *node) {
	for at := 0; at < len(n.unbound) && len(n.idle) > 0; {
		l := n.unbound[at]
		i := n.idleFor(l.shape.env)
		if i < 0 {
			at++
			continue
		}
		n.unbound = slices.Delete(n.unbound, at, at+1)
		delete(s.placed, l.tasks[0])
		s.bindNext(n, l, i)
	}
	s.provide(n)
}

// bindNext gives a lease an idle worker.
func (s *Sched) bindNext(n *node, l *lease, i int) {
	w := n.idle[i]
	n.idle = slices.Delete(n.idle, i, i+1)
	w.lease, l.worker = l, w
	if l.dedicated {
		w.dedicated = true
		if w.env == "" {
			n.pooled--
		}
		s.replenish(n)
	}
	s.start(l, l.tasks[0])
	s.fill(l)
}

func (s *Sched) start(l *lease, t Task) {
	l.given++
	s.act(Action{Kind: Start, Task: t, Worker: l.worker.id, Node: l.worker.node.id, GPUs: l.gpus})
}

// fill gives a lease more short tasks.
func (s *Sched) fill(l *lease) {
	sh := l.shape
	if sh.queue.n == 0 || !l.takesMore() {
		return
	}
	if l.given >= turn && len(s.waiting) > 1 {
		return // it comes to its end
	}
	for depth := sh.depth(); len(l.tasks) < depth && sh.queue.n > 0 && s.suitsNext(l); {
		t := s.pop(sh)
		l.tasks = append(l.tasks, t)
		s.start(l, t)
	}
}

// takesMore reports whether the worker of a lease may be given a further task behind others.
func (l *lease) takesMore() bool {
	return l.worker != nil && !l.dedicated && l.blocked == 0 && !l.recalling && len(l.tasks) > 0
}

// suitsNext is suits for the next task of the queue.
func (s *Sched) suitsNext(l *lease) bool {
	next := s.next(l.shape)
	return s.suits(l, next.flags&dedicated != 0, next.prefer)
}

// suits reports whether a task may run under a lease of its shape: not when it needs a process of
// its own, or belongs on another node, and not while a worker that stopped waiting has made the
// CPUs fewer than none.
func (s *Sched) suits(l *lease, alone bool, prefer uint16) bool {
	if l.shape.cpu > 0 && l.pool.live().available[cpu] < 0 {
		return false
	}
	n := l.pool.node
	return !alone && (prefer == 0 || Node(prefer) == n.id) && l.pool.open()
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
	bundle := l.pool
	bundle.leases--
	*l = lease{tasks: l.tasks[:0]}
	s.spare = append(s.spare, l)
	if n.draining && !n.gone && bundle.root != nil && !bundle.removed && bundle.leases == 0 {
		s.moveBundles(n)
	}
	s.checkDrained(n)
}

// requeue gives up a lease without a worker: its task is the first of its queue again.
func (s *Sched) requeue(l *lease) {
	t, sh, alone := l.tasks[0], l.shape, l.dedicated
	delete(s.placed, t)
	s.endLease(l)
	s.giveBack(sh, t, alone)
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
	if l.given >= turn {
		s.lastOfAll(sh)
	}
	s.endLease(l)
	s.idle(w)
	s.settleAll()
	s.recallFor(sh)
	s.trim(w.node)
}

// turn is how many tasks a lease may hold one after the other while tasks of other shapes, or
// groups, wait.
const turn = 16

// lastOfAll lets the other shapes that wait come first.
func (s *Sched) lastOfAll(sh *shape) {
	if i := slices.Index(s.waiting, sh); i >= 0 {
		s.waiting = append(slices.Delete(s.waiting, i, i+1), sh)
	}
}

// goesOn reports whether the lease may go on with the next task.
func (s *Sched) goesOn(l *lease) bool {
	if l.given >= turn && (len(s.waiting) > 1 || len(s.pendingGroups) > 0) {
		return false
	}
	return l.shape.strategy.Kind != Spread && s.suitsNext(l)
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
	if p := s.place(sh, 0, false); p == nil || p.node.idleFor(sh.env) < 0 {
		return
	}
	fullest.recalling = true
	s.act(Action{Kind: Recall, Worker: fullest.worker.id, Node: fullest.worker.node.id, Count: len(fullest.tasks) / 2})
}
