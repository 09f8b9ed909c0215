package ray

import (
	"errors"
	"fmt"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/sched"
)

// SchedulingStrategy chooses how nodes are chosen: DefaultStrategy fills nodes until half of
// their CPUs, memory or object store is in use, then takes the least used one; Spread takes one
// after the other. A task prefers the node that holds most of its arguments, unless it is spread.
// Default: DefaultStrategy, as in Ray.
func SchedulingStrategy(s PlacementStrategy) Option {
	return Option{func(o *core.Options) error {
		switch s {
		case DefaultStrategy:
			choose(o, sched.Default)
		case Spread:
			choose(o, sched.Spread)
		default:
			return fmt.Errorf("SchedulingStrategy is %q; use ray.DefaultStrategy or ray.Spread (Pack, StrictPack and StrictSpread are for placement groups)", s)
		}
		return nil
	}}
}

// NodeAffinity runs a task or an actor on the node with the id, one of Nodes. It waits while the
// node is busy. When the node is gone, or could never grant the request, it fails with
// ErrInfeasible; with soft it runs on another.
func NodeAffinity(nodeID string, soft bool) Option {
	return Option{func(o *core.Options) error {
		if nodeID == "" {
			return errors.New("NodeAffinity: the node id is empty; ray.Nodes() lists them")
		}
		choose(o, sched.Affinity)
		o.Strategy.Node, o.Strategy.Soft = nodeID, soft
		return nil
	}}
}

// choose takes back an earlier choice of another strategy; conditions on labels stay.
func choose(o *core.Options, kind sched.StrategyKind) {
	o.Strategy = core.Strategy{Kind: kind, Hard: o.Strategy.Hard, Prefer: o.Strategy.Prefer, FailFast: o.Strategy.FailFast}
}

// LabelSelector runs a task or an actor only on nodes whose labels match all conditions, in Ray's
// notation: "value", "!value", "in(a,b)", "!in(a,b)", "exists()", "!exists()". Every node has the
// label "ray.io/node-id". Default: none, all nodes.
//
//	ray.LabelSelector(map[string]string{"zone": "in(eu,us)", "disk": "!hdd"})
func LabelSelector(conditions map[string]string) Option {
	return Option{func(o *core.Options) error {
		matches, err := parseSelector(conditions)
		o.Strategy.Hard = matches
		return err
	}}
}

// PreferLabels is LabelSelector for conditions that nodes should match: those that do are taken
// first, others when none of them is free. Default: none.
func PreferLabels(conditions map[string]string) Option {
	return Option{func(o *core.Options) error {
		matches, err := parseSelector(conditions)
		o.Strategy.Prefer = matches
		return err
	}}
}

// FailIfInfeasible makes a task or an actor that no node could ever run fail with ErrInfeasible.
// Default: it waits for a node that can, and within 5 s a warning tells why, node by node.
func FailIfInfeasible() Option {
	return Option{func(o *core.Options) error { o.Strategy.FailFast = true; return nil }}
}

// InPlacementGroup runs a task or an actor within the resources of a bundle of the group; index
// -1 is any bundle. It waits until the group is reserved. Removing the group ends it.
func InPlacementGroup(pg *PlacementGroup, index int) Option {
	return Option{func(o *core.Options) error {
		if pg == nil {
			return errors.New("InPlacementGroup: the group is nil; make it with ray.NewPlacementGroup")
		}
		if err := pg.Err(); err != nil {
			return fmt.Errorf("InPlacementGroup: %w", err)
		}
		if index < -1 || index >= len(pg.bundles) {
			return fmt.Errorf("InPlacementGroup: there is no bundle %d; the group has %d, use 0 to %d, or -1 for any", index, len(pg.bundles), len(pg.bundles)-1)
		}
		o.Strategy.Kind, o.Strategy.Group, o.Strategy.Bundle = sched.InGroup, sched.Group(pg.ready.id), index
		return nil
	}}
}

// CaptureChildTasks runs what a task or an actor submits in its placement group, too, in any
// bundle, unless that chooses a strategy itself. Default: it runs outside of the group.
func CaptureChildTasks() Option {
	return Option{func(o *core.Options) error { o.Strategy.Capture = true; return nil }}
}

// checkStrategy refuses combinations that have no meaning.
func checkStrategy(o *core.Options) error {
	g := &o.Strategy
	switch {
	case g.Kind == sched.InGroup && len(g.Hard)+len(g.Prefer) > 0:
		return errors.New("InPlacementGroup and labels exclude each other: a bundle lies on one node; drop one of them")
	case g.Capture && g.Kind != sched.InGroup:
		return errors.New("CaptureChildTasks needs a placement group; add ray.InPlacementGroup(pg, index)")
	}
	return nil
}
