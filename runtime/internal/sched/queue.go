package sched

// queue is a first-in-first-out list of slots, linked through the slab, from which any can be
// taken out.
type queue struct {
	first, last uint32
	n           int
}

func (q *queue) push(s *slab, i uint32) {
	at := s.at(i)
	at.flags |= isQueued
	at.prev, at.next = q.last, 0
	if q.last != 0 {
		s.at(q.last).next = i
	} else {
		q.first = i
	}
	q.last = i
	q.n++
}

func (q *queue) pushFront(s *slab, i uint32) {
	at := s.at(i)
	at.flags |= isQueued
	at.prev, at.next = 0, q.first
	if q.first != 0 {
		s.at(q.first).prev = i
	} else {
		q.last = i
	}
	q.first = i
	q.n++
}

func (q *queue) remove(s *slab, i uint32) {
	at := s.at(i)
	at.flags &^= isQueued
	if at.prev != 0 {
		s.at(at.prev).next = at.next
	} else {
		q.first = at.next
	}
	if at.next != 0 {
		s.at(at.next).prev = at.prev
	} else {
		q.last = at.prev
	}
	at.prev, at.next = 0, 0
	q.n--
}
