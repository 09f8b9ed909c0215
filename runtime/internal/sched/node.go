package sched

import (
	"fmt"
	"maps"
	"slices"
)

// NodeConfig describes a node.
type NodeConfig struct {
	Name       string // what strategies and explanations call it; must be its own
	Total      map[string]float64
	Labels     map[string]string
	Prestart   int // workers to keep ready, besides dedicated ones
	MaxWorkers int // 0: 512
}

// node is a place with resources and workers.
type node struct {
	id       Node
	name     string
	labels   map[string]string
	pool     pool
	bundles  int // of placement groups
	gone     bool
	draining bool
	drained  bool // said so

	workers         map[*worker]struct{}
	idle            []*worker // the one that became idle last is used first
	unbound         []*lease  // placed here, waiting for a worker
	leases          int
	starting        int
	startingIn      map[string]int // those of environments
	failures        int            // to start a worker, in a row
	pooled          int            // workers that are not dedicated
	prestart, limit int
}

// AddNode adds a node, and starts on it what waits.
func (s *Sched) AddNode(c NodeConfig) Node {
	s.lastNode++
	n := &node{
		id: s.lastNode, name: c.Name, labels: maps.Clone(c.Labels), workers: map[*worker]struct{}{},
		prestart: c.Prestart, limit: c.MaxWorkers,
	}
	if n.name == "" {
		n.name = fmt.Sprintf("node %d", n.id)
	}
	if n.labels == nil {
		n.labels = map[string]string{}
	}
	n.labels[NodeIDLabel] = n.name
	if n.limit == 0 {
		n.limit = defaultLimit
	}
	for _, a := range s.amounts(c.Total) {
		for len(n.pool.total) <= a.resource {
			n.pool.total = append(n.pool.total, 0)
		}
		n.pool.total[a.resource] = a.n
	}
	n.pool.node = n
	n.pool.available = slices.Clone(n.pool.total)
	for range n.pool.has(gpu) / unit {
		n.pool.gpus = append(n.pool.gpus, unit)
	}
	s.nodes = append(s.nodes, n)
	s.byNode[n.id], s.byName[n.name] = n, n
	s.patience += 2 * n.prestart
	s.replenish(n)
	s.settleAll()
	return n.id
}

// RemoveNode says that a node is gone. Its workers are to be reported with WorkerLost; nothing is
// placed on it meanwhile.
func (s *Sched) RemoveNode(id Node) {
	n := s.byNode[id]
	if n == nil || n.gone {
		return
	}
	n.gone, n.starting = true, 0
	s.patience -= 2 * n.prestart
	s.nodes = slices.DeleteFunc(s.nodes, func(o *node) bool { return o == n })
	if s.byName[n.name] == n {
		delete(s.byName, n.name)
	}
	for _, l := range slices.Backward(n.unbound) { // what never started is the first again
		s.requeue(l)
	}
	n.unbound = nil
	s.loseBundles(n)
	s.forgetGone(n)
	s.rejectHopeless()
	s.settleAll()
}

// DrainNode places nothing on a node any more. What runs there goes on; when all of it has ended,
// Drained is among the actions. Bundles of placement groups move when nothing runs in them.
func (s *Sched) DrainNode(id Node) {
	n := s.byNode[id]
	if n == nil || n.gone || n.draining {
		return
	}
	s.patience -= 2 * n.prestart
	n.draining, n.prestart = true, 0
	for _, l := range slices.Backward(n.unbound) {
		s.requeue(l)
	}
	n.unbound = nil
	s.trim(n)
	s.moveBundles(n)
	s.rejectHopeless()
	s.settleAll()
	s.checkDrained(n)
}

func (s *Sched) checkDrained(n *node) {
	if n.draining && !n.drained && !n.gone && n.leases == 0 && n.bundles == 0 {
		n.drained = true
		s.act(Action{Kind: Drained, Node: n.id})
	}
}

// forgetGone forgets a node that is gone when its last worker is.
func (s *Sched) forgetGone(n *node) {
	if n.gone && len(n.workers) == 0 {
		delete(s.byNode, n.id)
	}
}

// open reports whether something new may be placed on the node.
func (n *node) open() bool { return !n.gone && !n.draining }

// room reports whether a further lease could get a worker.
func (n *node) room() bool {
	return len(n.idle)+n.limit-len(n.workers) > len(n.unbound)
}

// spawn asks for a worker.
func (s *Sched) spawn(n *node, env string) {
	n.starting++
	if env != "" {
		if n.startingIn == nil {
			n.startingIn = map[string]int{}
		}
		n.startingIn[env]++
	}
	s.act(Action{Kind: Spawn, Node: n.id, Env: env})
}

// started notes that a worker is up, or never will be.
func (n *node) started(env string) {
	n.starting = max(0, n.starting-1)
	if env == "" {
		return
	}
	if n.startingIn[env]--; n.startingIn[env] <= 0 {
		delete(n.startingIn, env)
	}
}

// idleFor is the worker of an environment that became idle last; -1: there is none.
func (n *node) idleFor(env string) int {
	for i := len(n.idle) - 1; i >= 0; i-- {
		if n.idle[i].env == env {
			return i
		}
	}
	return -1
}

// awaited reports whether a lease waits for a worker of an environment.
func (n *node) awaited(env string) bool {
	return slices.ContainsFunc(n.unbound, func(l *lease) bool { return l.shape.env == env })
}

// startingFor is how many workers of an environment are on their way.
func (n *node) startingFor(env string) int {
	if env != "" {
		return n.startingIn[env]
	}
	all := n.starting
	for _, others := range n.startingIn {
		all -= others
	}
	return all
}

// replenish keeps as many workers as were asked for, besides dedicated ones.
func (s *Sched) replenish(n *node) {
	for n.open() && n.pooled+n.startingFor("") < n.prestart && n.starting+len(n.workers) < n.limit {
		s.spawn(n, "")
	}
}

// provide asks for workers for leases that have none.
func (s *Sched) provide(n *node) {
	if len(n.unbound) == 0 {
		return
	}
	waiting := map[string]int{}
	for _, l := range n.unbound {
		env := l.shape.env
		if waiting[env]++; n.startingFor(env) >= waiting[env] {
			continue
		}
		if n.starting+len(n.workers) >= n.limit && !s.stopOther(n, env) {
			continue
		}
		s.spawn(n, env)
	}
}

// stopOther makes room for a worker by the end of an idle one of another environment.
func (s *Sched) stopOther(n *node, env string) bool {
	for i, w := range n.idle {
		if w.env != env {
			s.stop(n, i)
			return true
		}
	}
	return false
}

// stop ends an idle worker.
func (s *Sched) stop(n *node, i int) {
	w := n.idle[i]
	n.idle = slices.Delete(n.idle, i, i+1)
	delete(s.workers, w.id)
	delete(n.workers, w)
	if w.env == "" {
		n.pooled--
	}
	s.act(Action{Kind: Stop, Worker: w.id, Node: n.id})
}

// trim stops idle workers that a burst left behind, and those of a node that is drained.
func (s *Sched) trim(n *node) {
	keep := 1
	if n.draining {
		keep = 0
	}
	// Those of environments are kept beside the others, as many as there may be of these: who used one
	// is likely to use it again. The one that has been idle longest goes first.
	special := 0
	for _, w := range n.idle {
		if w.env != "" {
			special++
		}
	}
	for i := 0; i < len(n.idle); {
		w := n.idle[i]
		switch {
		case w.env != "" && special > n.prestart:
			special--
			s.stop(n, i)
		case w.env == "" && len(n.idle)-special > keep && n.pooled > n.prestart:
			s.stop(n, i)
		default:
			i++
		}
	}
}
