package sched

import "slices"

// queue is a first-in-first-out list of tasks from which any can be taken out.
type queue struct {
	items   []Task
	head    int
	removed map[Task]bool
}

func (q *queue) len() int { return len(q.items) - q.head - len(q.removed) }

func (q *queue) push(t Task) { q.items = append(q.items, t) }

// pushFront puts tasks, in their order, before all others.
func (q *queue) pushFront(tasks []Task) {
	if q.head >= len(tasks) {
		q.head -= len(tasks)
		copy(q.items[q.head:], tasks)
		return
	}
	q.items = append(append([]Task(nil), tasks...), q.items[q.head:]...)
	q.head = 0
}

// pop takes the first; call it only when len is not 0.
func (q *queue) pop() Task {
	for {
		t := q.items[q.head]
		q.head++
		if q.head == len(q.items) {
			q.items, q.head = q.items[:0], 0
		} else if q.head > 1024 && q.head > len(q.items)/2 {
			q.items = q.items[:copy(q.items, q.items[q.head:])]
			q.head = 0
		}
		if !q.removed[t] {
			return t
		}
		delete(q.removed, t)
	}
}

// popBack takes the last; call it only when len is not 0.
func (q *queue) popBack() Task {
	for {
		last := len(q.items) - 1
		t := q.items[last]
		if q.items = q.items[:last]; last == q.head {
			q.items, q.head = q.items[:0], 0
		}
		if !q.removed[t] {
			return t
		}
		delete(q.removed, t)
	}
}

// first and last look without taking; 0 when there is none.
func (q *queue) first() Task {
	for _, t := range q.items[q.head:] {
		if !q.removed[t] {
			return t
		}
	}
	return 0
}

func (q *queue) last() Task {
	for _, t := range slices.Backward(q.items[q.head:]) {
		if !q.removed[t] {
			return t
		}
	}
	return 0
}

// remove takes t out; the caller knows that it is there.
func (q *queue) remove(t Task) {
	if q.removed == nil {
		q.removed = map[Task]bool{}
	}
	q.removed[t] = true
	if q.len() == 0 {
		q.items, q.head, q.removed = q.items[:0], 0, nil
	}
}
