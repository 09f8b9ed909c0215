package sched

import (
	"maps"
	"slices"
)

// Stuck is a kind of tasks, or a group, that waits for what no node has.
type Stuck struct {
	Shape Shape
	Task  Task // the first of them
	Count int
	Group Group // of a group; Task and Count are 0 then
	Why   string
}

// Stuck lists what waits although no node that is there could ever run it.
func (s *Sched) Stuck() []Stuck {
	var list []Stuck
	for _, sh := range s.waiting {
		if sh.queue.n == 0 {
			continue
		}
		if why := s.Infeasible(sh.id); why != "" {
			list = append(list, Stuck{Shape: sh.id, Task: Task(s.slab.at(sh.queue.first).id), Count: sh.queue.n, Why: why})
		}
	}
	for _, id := range slices.Sorted(maps.Keys(s.groups)) {
		if s.groups[id].state == GroupCreated {
			continue
		}
		if _, why := s.ExplainGroup(id); why != "" {
			list = append(list, Stuck{Group: id, Why: why})
		}
	}
	return list
}

// Waits says what a task that has not started waits for: known is false when it has started, or
// never was there.
func (s *Sched) Waits(t Task) (shape Shape, missing int, placed, known bool) {
	if l := s.placed[t]; l != nil {
		return l.shape.id, 0, true, true
	}
	i := s.slab.find(uint64(t))
	if i == 0 || s.slab.at(i).flags&isTask == 0 {
		return 0, 0, false, false
	}
	at := s.slab.at(i)
	return Shape(at.shape), int(at.missing), false, true
}

// NodeName returns the name of a node, "" when there is none.
func (s *Sched) NodeName(id Node) string {
	if n := s.byNode[id]; n != nil {
		return n.name
	}
	return ""
}

// NodeOf returns the number of the node with a name, 0 when there is none.
func (s *Sched) NodeOf(name string) Node {
	if n := s.byName[name]; n != nil {
		return n.id
	}
	return 0
}

// NodeAvailable returns what is free on a node.
func (s *Sched) NodeAvailable(id Node) map[string]float64 {
	n := s.byNode[id]
	if n == nil {
		return nil
	}
	m := map[string]float64{}
	for i, total := range n.pool.total {
		if total > 0 {
			m[s.names[i]] = float64(max(0, n.pool.available[i])) / unit
		}
	}
	return m
}
