package sched

// Request is what a task asks for.
type Request struct {
	Resources map[string]float64
	Strategy  Strategy
	Env       string // of the worker: it runs tasks of one environment only
}

// shape is what tasks have in common that ask for the same, and their queue.
type shape struct {
	id       Shape
	key      string
	need     []amount
	cpu      int64 // of need, lent while blocked
	strategy Strategy
	env      string
	group    *group // nil without one
	queue    queue
	listed   bool // in Sched.waiting
	leases   []*lease
	mean     int64  // of the running time, nanoseconds; 0: unknown
	refused  string // why its tasks never run
	plain    bool   // nothing can refuse its tasks
}

// Shape returns the shape of tasks that ask for resources anywhere, and why no node can grant
// that, if so.
func (s *Sched) Shape(resources map[string]float64) (id Shape, infeasible string) {
	id = s.ShapeOf(Request{Resources: resources})
	return id, s.Infeasible(id)
}

// ShapeOf returns the shape of tasks that ask for r.
func (s *Sched) ShapeOf(r Request) Shape {
	need := s.amounts(r.Resources)
	k := key(need) + r.Strategy.key()
	if r.Env != "" {
		k += "@" + r.Env
	}
	if id, ok := s.byKey[k]; ok {
		return id
	}
	sh := &shape{id: Shape(len(s.shapes)), key: k, need: need, strategy: r.Strategy, env: r.Env}
	for _, a := range need {
		if a.resource == cpu {
			sh.cpu = a.n
		}
	}
	g := &sh.strategy
	sh.plain = !g.FailFast && g.Kind != InGroup && g.Kind != Affinity
	if r.Strategy.Kind == InGroup {
		if sh.group = s.groups[r.Strategy.Group]; sh.group == nil {
			sh.refused = WhyRemoved
		} else {
			sh.refused = sh.group.refuses(sh)
			sh.group.shapes = append(sh.group.shapes, sh)
		}
	}
	s.shapes = append(s.shapes, sh)
	if sh.group != nil || r.Strategy.Kind != InGroup { // what is gone needs no key
		s.byKey[k] = sh.id
	}
	return sh.id
}

// depth is how many tasks a lease of this shape may hold.
func (sh *shape) depth() int {
	if sh.mean == 0 || sh.strategy.Kind == Spread {
		return 1
	}
	return int(min(maxDepth, max(1, pipelineNanos/sh.mean)))
}

// newestFirst reports whether the newest task runs next, not the oldest. When many tasks wait for
// the tasks that they have submitted, those must run before more of their kind begin: breadth
// first, a recursion would need a process for each of its calls.
func (s *Sched) newestFirst() bool { return s.blocked > s.patience }

// next looks at the task that runs next; call it only when there is one.
func (s *Sched) next(sh *shape) *slot {
	if s.newestFirst() {
		return s.slab.at(sh.queue.last)
	}
	return s.slab.at(sh.queue.first)
}

// pop takes the task that runs next out of the queue and forgets it.
func (s *Sched) pop(sh *shape) Task {
	i := sh.queue.first
	if s.newestFirst() {
		i = sh.queue.last
	}
	sh.queue.remove(&s.slab, i)
	return s.release(i)
}

// release forgets a task of the slab. It stays as something that others wait for, and as long as
// the lists of what it waited for lead to it.
func (s *Sched) release(i uint32) Task {
	at := s.slab.at(i)
	t := Task(at.id)
	if at.waiters == 0 && at.missing == 0 {
		s.slab.drop(i)
	} else {
		at.flags = 0
	}
	return t
}

// list makes sure that the shape is looked at when resources become free.
func (s *Sched) list(sh *shape) {
	if !sh.listed {
		sh.listed = true
		s.waiting = append(s.waiting, sh)
	}
}
