package sched

import (
	"fmt"
	"slices"
	"strings"
)

// Strategy says where a task may run. The zero value is Ray's DEFAULT: nodes are filled to half,
// then the emptiest is taken.
type Strategy struct {
	Kind StrategyKind `json:",omitempty"`
	// Node and Soft belong to Affinity. Soft: another node will do when this one is gone or could
	// never grant the request.
	Node string `json:",omitempty"`
	Soft bool   `json:",omitempty"`
	// Hard must match a node's labels; Prefer should. They go with every kind but InGroup.
	Hard   []Match `json:",omitempty"`
	Prefer []Match `json:",omitempty"`
	// Group and Bundle belong to InGroup; Bundle -1 is any bundle of the group.
	Group  Group `json:",omitempty"`
	Bundle int   `json:",omitempty"`
	// Capture puts what the task submits into the group, too.
	Capture bool `json:",omitempty"`
	// FailFast rejects the task when no node could ever grant the request.
	FailFast bool `json:",omitempty"`
}

// StrategyKind is the rule by which a node is chosen.
type StrategyKind uint8

// The kinds of strategies.
const (
	Default  StrategyKind = iota
	Spread                // one node after the other
	Affinity              // one node
	InGroup               // the bundles of a placement group
)

// Match is a condition on one label of a node.
type Match struct {
	Key    string
	Op     MatchOp
	Values []string `json:",omitempty"`
}

// MatchOp is how a Match compares.
type MatchOp uint8

// The ways to compare.
const (
	In        MatchOp = iota // the label has one of the values
	NotIn                    // the label is missing or has none of the values
	Exists                   // the label is there
	NotExists                // the label is missing
)

// NodeIDLabel is a label that every node has: its name.
const NodeIDLabel = "ray.io/node-id"

// String is the condition as people write it: "zone in(a,b)".
func (m Match) String() string {
	list := "(" + strings.Join(m.Values, ",") + ")"
	switch m.Op {
	case NotIn:
		return m.Key + " !in" + list
	case Exists:
		return m.Key + " exists"
	case NotExists:
		return m.Key + " !exists"
	}
	return m.Key + " in" + list
}

func (m *Match) holds(labels map[string]string) bool {
	value, has := labels[m.Key]
	switch m.Op {
	case NotIn:
		return !has || !slices.Contains(m.Values, value)
	case Exists:
		return has
	case NotExists:
		return !has
	}
	return has && slices.Contains(m.Values, value)
}

// Matches reports whether labels meet all conditions.
func Matches(conditions []Match, labels map[string]string) bool { return matches(conditions, labels) }

func matches(conditions []Match, labels map[string]string) bool {
	for i := range conditions {
		if !conditions[i].holds(labels) {
			return false
		}
	}
	return true
}

// IsZero reports whether nobody chose anything.
func (g *Strategy) IsZero() bool {
	return g.Kind == Default && len(g.Hard) == 0 && len(g.Prefer) == 0 && !g.FailFast && !g.Capture
}

// key distinguishes strategies; those with the same one share a queue. Capture does not matter
// for the placement.
func (g *Strategy) key() string {
	if g.IsZero() {
		return ""
	}
	return fmt.Sprintf("/%d %q %t %q %q %d %d %t", g.Kind, g.Node, g.Soft, g.Hard, g.Prefer, g.Group, g.Bundle, g.FailFast)
}
