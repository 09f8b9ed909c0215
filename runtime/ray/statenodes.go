package ray

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// NodeList is what [ListNodes] has found. Notebooks show it as a table.
type NodeList struct {
	Items []Node
	Total int // that fit the filters, also those beyond the limit
}

var nodeKeys = []string{"node_id", "node_ip", "state"}

func (n *Node) state() string {
	if n.Alive {
		return "ALIVE"
	}
	return "DEAD"
}

// ListNodes lists the cluster's nodes, also those that are gone. Without [Limit] it lists 100.
// [Filter] knows node_id, node_ip and state (ALIVE or DEAD).
func ListNodes(opts ...ListOption) (*NodeList, error) {
	s, err := newSelection(nodeKeys, opts)
	if err != nil {
		return nil, err
	}
	if currentSession() == nil {
		return nil, notInitialized()
	}
	list := &NodeList{}
	for _, n := range Nodes() {
		values := map[string]string{"node_id": n.ID, "node_ip": n.IP, "state": n.state()}
		if !s.keeps(func(key string) string { return values[key] }) {
			continue
		}
		if list.Total++; !s.full(len(list.Items)) {
			list.Items = append(list.Items, n)
		}
	}
	return list, nil
}

func (l *NodeList) grid() *grid {
	g := &grid{head: []string{"NODE_ID", "IP", "STATE", "RESOURCES", "LABELS"}, notice: notice(len(l.Items), l.Total)}
	for _, n := range l.Items {
		var labels []string
		for _, name := range slices.Sorted(maps.Keys(n.Labels)) {
			labels = append(labels, name+"="+n.Labels[name])
		}
		g.rows = append(g.rows, []string{n.ID, n.IP, n.state(), resourceText(n.Resources), strings.Join(labels, " ")})
	}
	return g
}

// String is the list as a table, with a notice when there are more.
func (l *NodeList) String() string { return l.grid().String() }

// MIMEBundle is the list as notebooks show it.
func (l *NodeList) MIMEBundle() map[string]any { return l.grid().bundle() }

// WorkerInfo describes a worker process that lives.
type WorkerInfo struct {
	PID     int
	NodeID  string
	State   string // "IDLE" or "BUSY"
	Running string // a task, or "actor main.NewCounter"
}

// WorkerList is what [ListWorkers] has found. Notebooks show it as a table.
type WorkerList struct {
	Items []WorkerInfo
	Total int // that fit the filters, also those beyond the limit
}

var workerKeys = []string{"pid", "node_id", "state", "running"}

// ListWorkers lists the worker processes that live. Without [Limit] it lists 100. [Filter] knows pid,
// node_id, state (IDLE or BUSY) and running.
func ListWorkers(opts ...ListOption) (*WorkerList, error) {
	o, _, err := observer("ListWorkers")
	if err != nil {
		return nil, err
	}
	s, err := newSelection(workerKeys, opts)
	if err != nil {
		return nil, err
	}
	list := &WorkerList{}
	for _, w := range o.AllWorkers() {
		i := WorkerInfo{PID: w.PID, NodeID: w.Node, State: "IDLE", Running: w.Running}
		if w.Running != "" {
			i.State = "BUSY"
		}
		values := map[string]string{"pid": fmt.Sprint(i.PID), "node_id": i.NodeID, "state": i.State, "running": i.Running}
		if !s.keeps(func(key string) string { return values[key] }) {
			continue
		}
		if list.Total++; !s.full(len(list.Items)) {
			list.Items = append(list.Items, i)
		}
	}
	return list, nil
}

func (l *WorkerList) grid() *grid {
	g := &grid{head: []string{"PID", "NODE", "STATE", "RUNNING"}, notice: notice(len(l.Items), l.Total)}
	for _, w := range l.Items {
		g.rows = append(g.rows, []string{fmt.Sprint(w.PID), w.NodeID, w.State, w.Running})
	}
	return g
}

// String is the list as a table, with a notice when there are more.
func (l *WorkerList) String() string { return l.grid().String() }

// MIMEBundle is the list as notebooks show it.
func (l *WorkerList) MIMEBundle() map[string]any { return l.grid().bundle() }

// PlacementGroupList is what [ListPlacementGroups] has found. Notebooks show it as a table.
type PlacementGroupList struct {
	Items []PlacementGroupInfo
	Total int // that fit the filters, also those beyond the limit
}

var groupKeys = []string{"placement_group_id", "name", "state", "strategy"}

// ListPlacementGroups lists what [PlacementGroups] does, chosen by options. Without [Limit] it lists
// 100. [Filter] knows placement_group_id, name, state and strategy.
func ListPlacementGroups(opts ...ListOption) (*PlacementGroupList, error) {
	s, err := newSelection(groupKeys, opts)
	if err != nil {
		return nil, err
	}
	groups, err := PlacementGroups()
	if err != nil {
		return nil, err
	}
	list := &PlacementGroupList{}
	for _, pg := range groups {
		values := map[string]string{"placement_group_id": pg.ID, "name": pg.Name, "state": pg.State, "strategy": fmt.Sprint(pg.Strategy)}
		if !s.keeps(func(key string) string { return values[key] }) {
			continue
		}
		if list.Total++; !s.full(len(list.Items)) {
			list.Items = append(list.Items, pg)
		}
	}
	return list, nil
}

func (l *PlacementGroupList) grid() *grid {
	g := &grid{head: []string{"PLACEMENT_GROUP_ID", "NAME", "STATE", "STRATEGY", "BUNDLES", "NODES", "WAITING"}, notice: notice(len(l.Items), l.Total)}
	for _, pg := range l.Items {
		g.rows = append(g.rows, []string{
			pg.ID, pg.Name, pg.State, fmt.Sprint(pg.Strategy), fmt.Sprint(len(pg.Bundles)), strings.Join(pg.Nodes, " "), oneLine(pg.Waiting, 80),
		})
	}
	return g
}

// String is the list as a table, with a notice when there are more.
func (l *PlacementGroupList) String() string { return l.grid().String() }

// MIMEBundle is the list as notebooks show it.
func (l *PlacementGroupList) MIMEBundle() map[string]any { return l.grid().bundle() }
