package placement

import (
	"fmt"
	"strings"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/sched"
)

// waiting puts the reasons into one sentence.
func waiting(reasons []sched.Reason, infeasible string) string {
	if infeasible != "" {
		return infeasible
	}
	var texts []string
	for _, r := range reasons {
		texts = append(texts, r.String())
	}
	return strings.Join(texts, "; ")
}

// Group explains a placement group.
func (t *Table) Group(id core.ID) (core.Explanation, bool) {
	e := t.groups[id]
	if e == nil {
		return core.Explanation{}, false
	}
	i := t.info(e)
	x := core.Explanation{ID: id, Kind: "placement group", Name: e.Name, State: i.State, Where: e.Placement.String()}
	var bundles []string
	for _, b := range e.Bundles {
		bundles = append(bundles, "{"+b.String()+"}")
	}
	x.Asks = strings.Join(bundles, ", ")
	switch i.State {
	case sched.GroupCreated.String():
		x.Note = "all bundles are reserved, on " + strings.Join(i.Nodes, ", ")
	case sched.GroupRemoved.String():
		x.Note = "it was removed; what was in it has ended"
	default:
		x.Nodes, x.Infeasible = t.sched.ExplainGroup(sched.Group(id))
		x.Note = "nothing is reserved before all bundles can be"
		if i.State == sched.GroupRescheduling.String() {
			x.Note = "a node with bundles of it is gone; they are placed anew"
		}
	}
	return x, true
}

// Request fills in what a task that waits for resources asks for, and what keeps it from each
// node.
func Request(x *core.Explanation, s *sched.Sched, o *core.Options, shape sched.Shape) {
	Asks(x, o)
	x.Nodes, x.Infeasible = s.Explain(shape), s.Infeasible(shape)
	switch {
	case x.Infeasible != "":
		x.Note = "it waits for a node that can run it"
	case x.Note == "":
		x.Note = "it waits for resources; tasks that ask for the same start in the order of their submission"
	}
}

// Asks fills in what a task asks for.
func Asks(x *core.Explanation, o *core.Options) {
	x.Asks, x.Where = o.Resources.String(), Where(&o.Strategy)
}

// Where says where a task may run; empty for anywhere.
func Where(g *core.Strategy) string {
	var parts []string
	switch g.Kind {
	case sched.Spread:
		parts = append(parts, "spread over the nodes")
	case sched.Affinity:
		if g.Soft {
			parts = append(parts, "best on node "+g.Node)
		} else {
			parts = append(parts, "on node "+g.Node)
		}
	case sched.InGroup:
		bundle := "any bundle"
		if g.Bundle >= 0 {
			bundle = fmt.Sprintf("bundle %d", g.Bundle)
		}
		parts = append(parts, fmt.Sprintf("in %s of placement group %s", bundle, core.ID(g.Group)))
	}
	for _, m := range g.Hard {
		parts = append(parts, "where "+m.String())
	}
	for _, m := range g.Prefer {
		parts = append(parts, "best where "+m.String())
	}
	return strings.Join(parts, ", ")
}
