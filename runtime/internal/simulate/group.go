package simulate

import (
	"maps"
	"slices"

	"github.com/goray/goray/runtime/internal/sched"
)

// group is a placement group as the driver sees it.
type group struct {
	id        sched.Group
	bundles   []map[string]float64
	placement sched.Placement
	at        []sched.Node // of the bundles, 0 for none
	placed    bool
	removed   bool
	// resumed: a worker that had lent the CPUs of its bundle went on. Which bundle that is, only the
	// scheduler knows, and another one may have room.
	resumed bool
}

func (w *world) addGroup(bundles []map[string]float64, p sched.Placement) *group {
	g := &group{id: sched.Group(len(w.groupOrder) + 1), bundles: bundles, placement: p, at: make([]sched.Node, len(bundles))}
	w.groups[g.id] = g
	w.groupOrder = append(w.groupOrder, g)
	w.result.Groups++
	w.note('g', uint64(g.id), 0, "group %d asks for %s %v", g.id, p, bundles)
	w.s.AddGroup(g.id, bundles, p)
	return g
}

func (w *world) removeGroup(g *group) {
	if g.removed {
		return
	}
	w.note('G', uint64(g.id), 0, "group %d is removed", g.id)
	w.s.RemoveGroup(g.id)
	g.removed = true
}

// reservedOn is how much a bundle, or all of them, has reserved on a node.
func (g *group) reservedOn(n *node, bundle int, name string) int64 {
	sum := int64(0)
	for i, at := range g.at {
		if at == n.id && (bundle == -1 || bundle == i) {
			sum += parts(g.bundles[i][name])
		}
	}
	return sum
}

func (g *group) isOn(n *node, bundle int) bool {
	for i, at := range g.at {
		if at == n.id && (bundle == -1 || bundle == i) {
			return true
		}
	}
	return false
}

// groupReady takes what the scheduler says, and checks that it is all of the bundles and as asked.
func (w *world) groupReady(a *sched.Action) {
	g := w.groups[a.Group]
	if g == nil || g.removed {
		w.violated("%s: there is no such group", a)
		return
	}
	if g.placed {
		w.result.GroupsReplaced++
	} else {
		w.result.GroupsPlaced++
	}
	kept := slices.Clone(g.at)
	g.placed, g.at = true, slices.Clone(a.Nodes)
	if len(g.at) != len(g.bundles) || slices.Contains(g.at, 0) {
		w.violated("group %d is said to be ready with %v", g.id, a.Nodes)
		return
	}
	distinct := map[sched.Node]bool{}
	for i, at := range g.at {
		distinct[at] = true
		n := w.nodes[at]
		if kept[i] != 0 && kept[i] != at {
			w.violated("bundle %d of group %d moves, although its node lives", i, g.id)
		}
		if n == nil || n.gone || n.draining && kept[i] == 0 {
			w.violated("bundle %d of group %d is on node %d, which takes nothing", i, g.id, at)
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(g.bundles[i])) {
			if name == "CPU" && n.resumed == w.result.Events+1 {
				continue
			}
			if used, total := w.used(n, name), parts(n.config.Total[name]); used > total && kept[i] == 0 {
				w.violated("node %d: %s %d of %d is in use after group %d", n.id, name, used, total, g.id)
			}
		}
	}
	if g.placement == sched.StrictPack && len(distinct) > 1 || g.placement == sched.StrictSpreadOut && len(distinct) < len(g.at) {
		w.violated("group %d, %s, is on %v", g.id, g.placement, g.at)
	}
}

// groupLost checks that the scheduler noticed the right nodes.
func (w *world) groupLost(a *sched.Action) {
	g := w.groups[a.Group]
	if g == nil || g.removed {
		w.violated("%s: there is no such group", a)
		return
	}
	lost := false
	_, now := w.s.GroupNodes(g.id)
	for i, at := range g.at {
		if n := w.nodes[at]; n != nil && (n.gone || n.draining && (i >= len(now) || now[i] != at)) {
			g.at[i], lost = 0, true
		}
	}
	if !lost && !slices.Contains(g.at, 0) { // several may have been lost, one after the other
		w.violated("%s: none of its nodes is gone", a)
	}
}

// evicted fails what a worker has that ran in a group which was removed.
func (w *world) evicted(a *sched.Action) {
	k := w.worker(a)
	if k == nil {
		return
	}
	if k.shape == nil || k.shape.group == nil || !k.shape.group.removed {
		w.violated("%s: the worker runs nothing of a group that was removed", a)
	}
	for _, t := range slices.Clone(k.given) {
		w.result.Evicted++
		w.finish(t, failed)
	}
	w.kill(k)
}

// checkAtomic checks that groups have all of their bundles or, before they are ready, none.
func (w *world) checkAtomic() {
	for _, g := range w.groupOrder {
		if g.removed || g.placed {
			continue
		}
		if _, at := w.s.GroupNodes(g.id); slices.ContainsFunc(at, func(n sched.Node) bool { return n != 0 }) {
			w.violated("group %d is not ready, and has %v", g.id, at)
		}
	}
}
