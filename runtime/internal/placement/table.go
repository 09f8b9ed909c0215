package placement

import (
	"slices"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/sched"
)

// remembered is how many removed groups the table still lists.
const remembered = 1000

// Table is the placement groups of a session.
type Table struct {
	sched  *sched.Sched
	groups map[core.ID]*entry
	names  map[nameKey]*entry
	order  []*entry // of creation
}

type nameKey struct{ name, namespace string }

type entry struct {
	core.PlacementGroup
	nodes   []string // of the bundles
	removed bool
}

// New returns an empty table over a scheduler.
func New(s *sched.Sched) *Table {
	return &Table{sched: s, groups: map[core.ID]*entry{}, names: map[nameKey]*entry{}}
}

// Create asks the scheduler for a group.
func (t *Table) Create(g core.PlacementGroup) error {
	key := nameKey{g.Name, g.Namespace}
	if g.Name != "" && t.names[key] != nil {
		return core.ErrGroupExists
	}
	e := &entry{PlacementGroup: g, nodes: make([]string, len(g.Bundles))}
	t.groups[g.ID] = e
	if g.Name != "" {
		t.names[key] = e
	}
	t.order = append(t.order, e)
	t.trim()
	bundles := make([]map[string]float64, len(g.Bundles))
	for i, b := range g.Bundles {
		bundles[i] = b
	}
	t.sched.AddGroup(sched.Group(g.ID), bundles, g.Placement)
	return nil
}

// trim forgets the oldest of the removed groups.
func (t *Table) trim() {
	removed := 0
	for _, e := range t.order {
		if e.removed {
			removed++
		}
	}
	t.order = slices.DeleteFunc(t.order, func(e *entry) bool {
		if !e.removed || removed <= remembered {
			return false
		}
		removed--
		delete(t.groups, e.ID)
		return true
	})
}

// Remove gives a group up; false when there is none.
func (t *Table) Remove(id core.ID) bool {
	e := t.groups[id]
	if e == nil || e.removed {
		return false
	}
	e.removed = true
	if key := (nameKey{e.Name, e.Namespace}); t.names[key] == e {
		delete(t.names, key)
	}
	t.sched.RemoveGroup(sched.Group(id))
	return true
}

// Placed takes the scheduler's word that a group is reserved.
func (t *Table) Placed(a sched.Action) {
	e := t.groups[core.ID(a.Group)]
	if e == nil {
		return
	}
	for i, n := range a.Nodes {
		e.nodes[i] = t.sched.NodeName(n)
	}
}

// Has reports whether there is such a group, also a removed one.
func (t *Table) Has(id core.ID) bool { return t.groups[id] != nil }

// Lookup finds a named group.
func (t *Table) Lookup(name, namespace string) (core.GroupInfo, error) {
	e := t.names[nameKey{name, namespace}]
	if e == nil {
		return core.GroupInfo{}, core.ErrGroupNotFound
	}
	return t.info(e), nil
}

// List lists the groups in the order of their creation.
func (t *Table) List() []core.GroupInfo {
	var list []core.GroupInfo
	for _, e := range t.order {
		list = append(list, t.info(e))
	}
	return list
}

func (t *Table) info(e *entry) core.GroupInfo {
	i := core.GroupInfo{PlacementGroup: e.PlacementGroup, State: sched.GroupRemoved.String(), Nodes: slices.Clone(e.nodes)}
	if e.removed {
		return i
	}
	state, nodes := t.sched.GroupNodes(sched.Group(e.ID))
	i.State = state.String()
	for k, n := range nodes {
		i.Nodes[k] = t.sched.NodeName(n)
	}
	if state != sched.GroupCreated {
		i.Waiting = waiting(t.sched.ExplainGroup(sched.Group(e.ID)))
	}
	return i
}
