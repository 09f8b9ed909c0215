package sched

import "slices"

// newestFirst reports whether the newest task runs next, not the oldest. When many tasks wait for
// the tasks that they have submitted, those must run before more of their kind begin: breadth
// first, a recursion would need a process for each of its calls.
func (s *Sched) newestFirst() bool { return s.blocked > s.patience }

// next looks at the task that give would start.
func (s *Sched) next(sh *shape) Task {
	if s.newestFirst() {
		return sh.queue.last()
	}
	return sh.queue.first()
}

// depth is how many tasks a lease of this shape may hold.
func (sh *shape) depth() int {
	if sh.mean == 0 {
		return 1
	}
	return int(min(maxDepth, max(1, pipelineNanos/sh.mean)))
}

func (s *Sched) assignAll() {
	for _, sh := range s.shapes {
		if sh.queue.len() > 0 {
			s.assign(sh)
		}
	}
}

// assign starts what can be started of one shape.
func (s *Sched) assign(sh *shape) {
	for sh.queue.len() > 0 && s.fits(sh) {
		if len(s.idle) == 0 {
			s.spawnFor(sh)
			break
		}
		w := s.idle[len(s.idle)-1]
		s.idle = s.idle[:len(s.idle)-1]
		s.lease(w, sh)
		s.give(w, sh)
	}
	if sh.queue.len() == 0 || sh.depth() == 1 {
		return
	}
	for _, w := range sh.leases {
		s.fill(w)
	}
}

// fits reports whether the shape's resources are free.
func (s *Sched) fits(sh *shape) bool {
	for _, a := range sh.need {
		if s.available[a.resource] < a.n {
			return false
		}
		if a.resource == s.gpu && s.pickGPUs(a.n) == nil {
			return false
		}
	}
	return true
}

// pickGPUs chooses devices: whole ones, or the fullest one that still has the share.
func (s *Sched) pickGPUs(n int64) []int {
	var picked []int
	if n >= unit {
		for i, left := range s.gpus {
			if left == unit {
				if picked = append(picked, i); int64(len(picked)) == n/unit {
					return picked
				}
			}
		}
		return nil
	}
	best := -1
	for i, left := range s.gpus {
		if left >= n && (best < 0 || left < s.gpus[best]) {
			best = i
		}
	}
	if best < 0 {
		return nil
	}
	return []int{best}
}

func (s *Sched) lease(w *worker, sh *shape) {
	w.shape = sh
	sh.leases = append(sh.leases, w)
	for _, a := range sh.need {
		s.available[a.resource] -= a.n
		if a.resource == s.gpu {
			w.gpus, w.gpuShare = s.pickGPUs(a.n), min(a.n, unit)
			for _, g := range w.gpus {
				s.gpus[g] -= w.gpuShare
			}
		}
	}
}

func (s *Sched) endLease(w *worker) {
	sh := w.shape
	for _, a := range sh.need {
		s.available[a.resource] += a.n
	}
	if w.blocked > 0 {
		s.blocked--
		if sh.cpu > 0 {
			s.available[s.index["CPU"]] -= sh.cpu
		}
	}
	for _, g := range w.gpus {
		s.gpus[g] += w.gpuShare
	}
	w.shape, w.blocked, w.gpus, w.gpuShare = nil, 0, nil, 0
	sh.leases = slices.DeleteFunc(sh.leases, func(o *worker) bool { return o == w })
}

// give starts the first task of the queue on a worker that holds a lease.
func (s *Sched) give(w *worker, sh *shape) {
	var t Task
	if s.newestFirst() {
		t = sh.queue.popBack()
	} else {
		t = sh.queue.pop()
	}
	w.tasks = append(w.tasks, t)
	if sh.dedicate[t] {
		delete(sh.dedicate, t)
		w.dedicated = true
		s.pooled--
		s.replenish()
	}
	s.actions = append(s.actions, Action{Kind: Start, Task: t, Worker: w.id, GPUs: w.gpus})
}

// fill gives a lease more short tasks.
func (s *Sched) fill(w *worker) {
	sh := w.shape
	if w.dedicated || w.blocked > 0 || w.recalling || len(w.tasks) == 0 {
		return
	}
	for depth := sh.depth(); len(w.tasks) < depth && sh.queue.len() > 0 && !sh.dedicate[s.next(sh)]; {
		s.give(w, sh)
	}
}

// recallFor takes waiting tasks from a busy worker when another has nothing to do.
func (s *Sched) recallFor(sh *shape) {
	if len(s.idle) == 0 || sh.queue.len() > 0 || !s.fits(sh) {
		return
	}
	var fullest *worker
	for _, w := range sh.leases {
		if !w.recalling && !w.dedicated && len(w.tasks) > 1 && (fullest == nil || len(w.tasks) > len(fullest.tasks)) {
			fullest = w
		}
	}
	if fullest == nil {
		return
	}
	fullest.recalling = true
	s.actions = append(s.actions, Action{Kind: Recall, Worker: fullest.id, Count: len(fullest.tasks) / 2})
}

// spawnFor starts workers for tasks that have resources but no process.
func (s *Sched) spawnFor(sh *shape) {
	could := sh.queue.len()
	for _, a := range sh.need {
		could = min(could, int(s.available[a.resource]/a.n))
	}
	for s.starting < could && s.starting+len(s.workers) < s.limit {
		s.spawn()
	}
}

func (s *Sched) spawn() {
	s.starting++
	s.actions = append(s.actions, Action{Kind: Spawn})
}

// replenish keeps as many workers as were asked for, besides dedicated ones.
func (s *Sched) replenish() {
	for s.pooled+s.starting < s.prestart && s.starting+len(s.workers) < s.limit {
		s.spawn()
	}
}

// trim stops idle workers that a burst left behind.
func (s *Sched) trim() {
	for len(s.idle) > 0 && s.pooled > s.prestart && len(s.idle) > 1 {
		w := s.idle[0]
		s.idle = s.idle[1:]
		delete(s.workers, w.id)
		s.pooled--
		s.actions = append(s.actions, Action{Kind: Stop, Worker: w.id})
	}
}
