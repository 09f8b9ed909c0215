package sched

import "slices"

// Ready says that a task's arguments are there.
func (s *Sched) Ready(t Task, id Shape) {
	s.shapes[id].queue.push(t)
	s.assign(s.shapes[id])
}

// ReadyDedicated is Ready for an actor: its worker runs nothing else, and keeps its resources
// until WorkerLost.
func (s *Sched) ReadyDedicated(t Task, id Shape) {
	s.shapes[id].dedicate[t] = true
	s.Ready(t, id)
}

// Remove takes out a task that waits for resources. It must have been Ready and not started.
func (s *Sched) Remove(t Task, id Shape) {
	sh := s.shapes[id]
	sh.queue.remove(t)
	delete(sh.dedicate, t)
}

// WorkerUp says that a spawned worker can run tasks.
func (s *Sched) WorkerUp(id Worker) {
	s.starting = max(0, s.starting-1)
	w := &worker{id: id}
	s.workers[id] = w
	s.pooled++
	s.idle = append(s.idle, w)
	s.assignAll()
	s.trim()
}

// SpawnFailed says that a worker never came up.
func (s *Sched) SpawnFailed() { s.starting = max(0, s.starting-1) }

// WorkerLost says that a worker is gone. running is the task that it ran, 0 if none; waiting are
// those that it had been given but had not started. All of them are forgotten: the caller makes
// them Ready again or not.
func (s *Sched) WorkerLost(id Worker) (running Task, waiting []Task) {
	w := s.workers[id]
	if w == nil {
		return 0, nil
	}
	delete(s.workers, id)
	if w.shape == nil {
		s.idle = slices.DeleteFunc(s.idle, func(o *worker) bool { return o == w })
	}
	if !w.dedicated {
		s.pooled--
	}
	if len(w.tasks) > 0 {
		running, waiting = w.tasks[0], w.tasks[1:]
	}
	w.tasks = nil
	if w.shape != nil {
		s.endLease(w)
	}
	s.replenish()
	s.assignAll()
	return running, waiting
}

// Done says that a worker has finished a task after nanos of running.
func (s *Sched) Done(id Worker, t Task, nanos int64) {
	w := s.workers[id]
	if w == nil || w.shape == nil {
		return
	}
	sh := w.shape
	if w.dedicated {
		return // the constructor has returned; the lease goes on
	}
	if i := slices.Index(w.tasks, t); i >= 0 {
		w.tasks = slices.Delete(w.tasks, i, i+1)
	}
	const weight = 8
	if nanos = max(nanos, 1); sh.mean == 0 {
		sh.mean = nanos
	} else {
		sh.mean += (nanos - sh.mean) / weight
	}
	if len(w.tasks) == 0 {
		s.vacant(w)
	} else if len(w.tasks) <= sh.depth()/2 {
		s.fill(w)
	}
}

// vacant goes on with a lease that has no task: with the next one, or it ends.
func (s *Sched) vacant(w *worker) {
	sh := w.shape
	w.recalling = false
	if w.blocked == 0 && sh.queue.len() > 0 && s.keepsLease(sh) {
		s.give(w, sh)
		s.fill(w)
		return
	}
	s.endLease(w)
	s.idle = append(s.idle, w)
	s.assignAll()
	s.recallFor(sh)
	s.trim()
}

// keepsLease reports whether the lease may go on with the next task: not while a worker that
// stopped waiting has made the CPUs fewer than none, and not when the next needs its own process.
func (s *Sched) keepsLease(sh *shape) bool {
	for _, a := range sh.need {
		if s.available[a.resource] < 0 {
			return false
		}
	}
	return !sh.dedicate[s.next(sh)]
}

// Returned says that a worker gave tasks back, asked or because it waits for objects.
func (s *Sched) Returned(id Worker, tasks []Task) {
	w := s.workers[id]
	if w == nil || w.shape == nil {
		return
	}
	w.recalling = false
	back := tasks[:0:0]
	for _, t := range tasks {
		if i := slices.Index(w.tasks, t); i >= 0 {
			w.tasks = slices.Delete(w.tasks, i, i+1)
			back = append(back, t)
		}
	}
	sh := w.shape
	sh.queue.pushFront(back)
	if len(w.tasks) == 0 { // what it ran was done meanwhile
		s.vacant(w)
	}
	s.assign(sh)
}

// Blocked says that a task on the worker waits for objects: its CPUs are lent, and what waits
// behind it is recalled.
func (s *Sched) Blocked(id Worker) {
	w := s.workers[id]
	if w == nil || w.shape == nil {
		return
	}
	if w.blocked++; w.blocked > 1 {
		return
	}
	s.blocked++
	if len(w.tasks) > 1 && !w.dedicated { // they may be what it waits for
		w.recalling = true
		s.actions = append(s.actions, Action{Kind: Recall, Worker: w.id, Count: len(w.tasks) - 1})
	}
	if w.shape.cpu > 0 {
		s.available[s.index["CPU"]] += w.shape.cpu
		s.assignAll()
	}
}

// Unblocked says that it goes on.
func (s *Sched) Unblocked(id Worker) {
	w := s.workers[id]
	if w == nil || w.shape == nil || w.blocked == 0 {
		return
	}
	if w.blocked--; w.blocked > 0 {
		return
	}
	s.blocked--
	if w.shape.cpu > 0 {
		s.available[s.index["CPU"]] -= w.shape.cpu
	}
}
