package sched

// spreadThreshold is up to which utilization nodes are taken to be empty, in parts of unit: Ray's
// scheduler_spread_threshold, 0.5.
const spreadThreshold = unit / 2

// place chooses the pool that a further task of the shape takes its resources from, nil if there
// is none at the moment. prefer is the node that holds most of its arguments; an actor is alone in
// its worker.
func (s *Sched) place(sh *shape, prefer uint16, alone bool) *pool {
	if sh.refused != "" {
		return nil
	}
	switch sh.strategy.Kind {
	case InGroup:
		return sh.group.place(sh)
	case Affinity:
		n := s.byName[sh.strategy.Node]
		if n != nil && n.open() && (!sh.strategy.Soft || n.pool.feasible(sh.need)) {
			return s.usable(n, sh) // a node that is only busy is waited for
		}
		if !sh.strategy.Soft {
			return nil
		}
	}
	if len(s.nodes) == 1 && len(sh.strategy.Hard) == 0 {
		return s.usable(s.nodes[0], sh)
	}
	if prefer != 0 && sh.strategy.Kind != Spread {
		if n := s.byNode[Node(prefer)]; n != nil && n.open() && matches(sh.strategy.Hard, n.labels) {
			if p := s.usable(n, sh); p != nil {
				return p
			}
		}
	}
	if len(sh.strategy.Prefer) > 0 {
		if p := s.among(sh, alone, func(n *node) bool { return matches(sh.strategy.Prefer, n.labels) }); p != nil {
			return p
		}
	}
	return s.among(sh, alone, func(*node) bool { return true })
}

// usable returns the node's pool when a task of the shape can start there now.
func (s *Sched) usable(n *node, sh *shape) *pool {
	if n.open() && n.pool.fits(sh.need) && n.room() {
		return &n.pool
	}
	return nil
}

// among chooses among the nodes that the shape's conditions and filter allow.
func (s *Sched) among(sh *shape, alone bool, filter func(*node) bool) *pool {
	allowed := func(n *node) bool {
		return matches(sh.strategy.Hard, n.labels) && filter(n) && s.usable(n, sh) != nil
	}
	if sh.strategy.Kind == Spread {
		for i := range s.nodes {
			at := (s.nextSpread + i) % len(s.nodes)
			if n := s.nodes[at]; allowed(n) {
				s.nextSpread = at + 1
				return &n.pool
			}
		}
		return nil
	}
	if alone && len(sh.need) == 0 {
		return s.quietest(allowed)
	}
	if !sh.wantsGPU() { // nodes with GPUs are kept for those who need them, as Ray does
		if p := s.emptiest(func(n *node) bool { return n.pool.has(gpu) == 0 && allowed(n) }); p != nil {
			return p
		}
	}
	return s.emptiest(allowed)
}

// quietest is the node where the least runs. Actors that ask for nothing, as most do, would
// otherwise all be on the first node, which they never fill; Ray throws dice for them.
func (s *Sched) quietest(allowed func(*node) bool) *pool {
	var best *node
	for _, n := range s.nodes {
		if allowed(n) && (best == nil || n.leases < best.leases) {
			best = n
		}
	}
	if best == nil {
		return nil
	}
	return &best.pool
}

func (sh *shape) wantsGPU() bool {
	for _, a := range sh.need {
		if a.resource == gpu {
			return true
		}
	}
	return false
}

// emptiest is Ray's hybrid policy without its dice: the first node that is less than half used,
// and when there is none, the least used one.
func (s *Sched) emptiest(allowed func(*node) bool) *pool {
	var best *pool
	least := int64(0)
	for _, n := range s.nodes {
		if !allowed(n) {
			continue
		}
		used := n.pool.utilization()
		if used < spreadThreshold {
			return &n.pool
		}
		if best == nil || used < least {
			best, least = &n.pool, used
		}
	}
	return best
}

// settleAll places what can be placed: groups first, as they need the most at once.
func (s *Sched) settleAll() {
	s.placeGroups()
	s.assignAll()
}

// assignAll starts what can be started of every shape.
func (s *Sched) assignAll() {
	rest := s.waiting[:0]
	for _, sh := range s.waiting {
		if sh.queue.n > 0 {
			s.assign(sh)
		}
		if sh.queue.n > 0 {
			rest = append(rest, sh)
		} else {
			sh.listed = false
		}
	}
	clear(s.waiting[len(rest):])
	s.waiting = rest
}

// assign starts what can be started of one shape.
func (s *Sched) assign(sh *shape) {
	for sh.queue.n > 0 {
		next := s.next(sh)
		alone := next.flags&dedicated != 0
		p := s.place(sh, next.prefer, alone)
		if p == nil {
			break
		}
		s.lease(sh, p, s.pop(sh), alone)
	}
	if sh.queue.n == 0 || sh.depth() == 1 {
		return
	}
	for _, l := range sh.leases {
		s.fill(l)
	}
}
