package sched

import (
	"fmt"
	"maps"
	"slices"
)

// Placement says how the bundles of a group lie on nodes.
type Placement uint8

// The placements, as in Ray.
const (
	Pack            Placement = iota // on as few nodes as possible
	SpreadOut                        // on as many nodes as possible
	StrictPack                       // on one node
	StrictSpreadOut                  // each on a node of its own
)

// String is Ray's name of the placement.
func (p Placement) String() string {
	return [...]string{"PACK", "SPREAD", "STRICT_PACK", "STRICT_SPREAD"}[p]
}

// GroupState is how far a group is.
type GroupState uint8

// The states of groups; Removed is also that of a group that never was.
const (
	GroupRemoved      GroupState = iota
	GroupPending                 // nothing is reserved
	GroupCreated                 // everything is reserved
	GroupRescheduling            // some bundles were on a node that is gone
)

// String is Ray's name of the state.
func (g GroupState) String() string {
	return [...]string{"REMOVED", "PENDING", "CREATED", "RESCHEDULING"}[g]
}

// WhyRemoved is the reason of rejections and evictions after RemoveGroup.
const WhyRemoved = "its placement group has been removed"

// group is bundles of resources that are reserved together or not at all.
type group struct {
	id        Group
	placement Placement
	needs     [][]amount
	pools     []*pool // nil: not reserved
	state     GroupState
	shapes    []*shape
	least     []amount // what some node must have free before it can be placed
}

// AddGroup asks for bundles of resources. When they are reserved, GroupReady is among the actions.
func (s *Sched) AddGroup(id Group, bundles []map[string]float64, p Placement) {
	g := &group{id: id, placement: p, pools: make([]*pool, len(bundles)), state: GroupPending}
	for _, b := range bundles {
		g.needs = append(g.needs, s.amounts(b))
	}
	if g.least = g.wholeForTrial(); p != StrictPack && len(g.needs) > 0 {
		g.least = slices.MinFunc(g.needs, harder)
	}
	s.groups[id] = g
	s.pendingGroups = append(s.pendingGroups, g)
	s.settleAll()
}

// RemoveGroup gives the reservations up. What runs in them is evicted, what waits is rejected.
func (s *Sched) RemoveGroup(id Group) {
	g := s.groups[id]
	if g == nil {
		return
	}
	delete(s.groups, id)
	s.pendingGroups = slices.DeleteFunc(s.pendingGroups, func(o *group) bool { return o == g })
	g.state = GroupRemoved
	for _, sh := range g.shapes {
		sh.refused = WhyRemoved
		delete(s.byKey, sh.key)
		s.rejectQueue(sh, WhyRemoved)
		for _, l := range slices.Clone(sh.leases) {
			if l.worker != nil {
				s.act(Action{Kind: Evict, Worker: l.worker.id, Node: l.worker.node.id, Group: id, Why: WhyRemoved})
				continue
			}
			n := l.pool.node
			n.unbound = slices.DeleteFunc(n.unbound, func(o *lease) bool { return o == l })
			delete(s.placed, l.tasks[0])
			s.act(Action{Kind: Reject, Task: l.tasks[0], Why: WhyRemoved})
			s.endLease(l)
		}
		s.shapes[sh.id] = &refusedShape // groups come and go: what they leave must be small
	}
	for i, p := range g.pools {
		if p != nil {
			s.uncarve(p)
			g.pools[i] = nil
		}
	}
	s.settleAll()
}

// refusedShape stands for the shapes of groups that are removed.
var refusedShape = shape{refused: WhyRemoved}

// GroupNodes returns the state of a group, and the node of each bundle, 0 where it has none.
func (s *Sched) GroupNodes(id Group) (GroupState, []Node) {
	g := s.groups[id]
	if g == nil {
		return GroupRemoved, nil
	}
	return g.state, g.nodes()
}

func (g *group) nodes() []Node {
	nodes := make([]Node, len(g.pools))
	for i, p := range g.pools {
		if p != nil {
			nodes[i] = p.node.id
		}
	}
	return nodes
}

// refuses says why no bundle could ever hold a task of the shape; empty if one can.
func (g *group) refuses(sh *shape) string {
	i := sh.strategy.Bundle
	if i >= len(g.needs) || i < -1 {
		return fmt.Sprintf("its placement group has %d bundle(s), there is no bundle %d", len(g.needs), i)
	}
	for b, need := range g.needs {
		if (i == -1 || i == b) && covers(need, sh.need) {
			return ""
		}
	}
	if i == -1 {
		return "no bundle of its placement group is as large as what it asks for"
	}
	return fmt.Sprintf("bundle %d of its placement group is smaller than what it asks for", i)
}

// covers reports whether every amount of need is in reserved.
func covers(reserved, need []amount) bool {
	for _, a := range need {
		if !slices.ContainsFunc(reserved, func(r amount) bool { return r.resource == a.resource && r.n >= a.n }) {
			return false
		}
	}
	return true
}

// place chooses the bundle that a task of the shape takes its resources from.
func (g *group) place(sh *shape) *pool {
	for b, p := range g.pools {
		if i := sh.strategy.Bundle; p != nil && (i == -1 || i == b) && p.fits(sh.need) && p.node.room() {
			return p
		}
	}
	return nil
}

// placeGroups reserves the groups that wait, as far as possible, in the order of their coming.
func (s *Sched) placeGroups() {
	for i := 0; i < len(s.pendingGroups); i++ {
		g := s.pendingGroups[i]
		if g.state == GroupPending && !s.mayFit(g) {
			continue
		}
		missing := g.missing()
		at := s.choose(g, missing, func(n *node) *pool { return n.pool.clone() })
		if at == nil {
			continue
		}
		for k, b := range missing {
			g.pools[b] = carve(at[k], g.needs[b])
		}
		g.state = GroupCreated
		s.pendingGroups = slices.Delete(s.pendingGroups, i, i+1)
		i--
		s.act(Action{Kind: GroupReady, Group: g.id, Nodes: g.nodes()})
	}
}

// carve reserves a bundle on a node where it fits.
func carve(n *node, need []amount) *pool {
	p := &pool{node: n, root: &n.pool, gpus: make([]int64, len(n.pool.gpus))}
	gpus, share := n.pool.take(need)
	for _, g := range gpus {
		p.gpus[g] = share
	}
	for _, a := range need {
		for len(p.total) <= a.resource {
			p.total = append(p.total, 0)
		}
		p.total[a.resource] = a.n
	}
	p.available = slices.Clone(p.total)
	n.bundles++
	return p
}

// uncarve gives a bundle up. What is leased of it returns to the node when the leases end.
func (s *Sched) uncarve(p *pool) {
	p.removed = true
	for i, left := range p.available {
		p.root.available[i] += left
	}
	for i, left := range p.gpus {
		p.root.gpus[i] += left
	}
	p.node.bundles--
	s.checkDrained(p.node)
}

// loseBundles places the bundles of a node that is gone anew.
func (s *Sched) loseBundles(n *node) {
	s.replace(func(_ *group, p *pool) bool {
		if p.node != n {
			return false
		}
		p.removed = true
		return true
	})
	n.bundles = 0
}

// moveBundles places those bundles of a node anew that nothing runs in; those that must be on one
// node move together.
func (s *Sched) moveBundles(n *node) {
	s.replace(func(g *group, p *pool) bool {
		if p.node != n || p.leases > 0 || g.placement == StrictPack && g.inUse() {
			return false
		}
		s.uncarve(p)
		return true
	})
}

// inUse reports whether something runs in a bundle.
func (g *group) inUse() bool {
	return slices.ContainsFunc(g.pools, func(p *pool) bool { return p != nil && p.leases > 0 })
}

// replace makes groups wait again whose bundles are lost.
func (s *Sched) replace(lost func(*group, *pool) bool) {
	for _, id := range slices.Sorted(maps.Keys(s.groups)) {
		g := s.groups[id]
		any := false
		for i, p := range g.pools {
			if p != nil && lost(g, p) {
				g.pools[i], any = nil, true
			}
		}
		if !any {
			continue
		}
		s.act(Action{Kind: GroupLost, Group: id})
		if g.state == GroupCreated { // it had its turn: it comes before those that never had
			s.pendingGroups = slices.Insert(s.pendingGroups, 0, g)
		}
		g.state = GroupRescheduling
	}
}

// missing lists the bundles that are not reserved, the ones that are hardest to place first: by
// GPUs, then custom resources, then memory, then CPUs.
func (g *group) missing() []int {
	var list []int
	for i, p := range g.pools {
		if p == nil {
			list = append(list, i)
		}
	}
	slices.SortStableFunc(list, func(x, y int) int { return harder(g.needs[x], g.needs[y]) })
	return list
}
