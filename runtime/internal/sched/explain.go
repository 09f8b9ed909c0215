package sched

import (
	"fmt"
	"strings"
)

// Reason says what keeps a request from one node, or from one bundle of a placement group.
type Reason struct {
	Node     Node
	Name     string // "node-1", "bundle 0 on node-1"
	Feasible bool   // it could be granted when others end
	Text     string // "asks for CPU 2, 0.5 of 4 is free"; empty: nothing
}

// String is the reason as people read it.
func (r Reason) String() string {
	if r.Text == "" {
		return r.Name + ": free"
	}
	return r.Name + ": " + r.Text
}

// Explain says for each place what keeps tasks of the shape from it.
func (s *Sched) Explain(id Shape) []Reason {
	sh := s.shapes[id]
	if sh.group != nil {
		return s.explainBundles(sh)
	}
	var list []Reason
	for _, n := range s.nodes {
		list = append(list, s.explainNode(sh, n))
	}
	return list
}

func (s *Sched) explainNode(sh *shape, n *node) Reason {
	r := Reason{Node: n.id, Name: n.name}
	g := &sh.strategy
	for i := range g.Hard {
		if !g.Hard[i].holds(n.labels) {
			r.Text = fmt.Sprintf("its label %s is not %s", labelText(n.labels, g.Hard[i].Key), g.Hard[i])
			return r
		}
	}
	switch {
	case g.Kind == Affinity && !g.Soft && g.Node != n.name:
		r.Text = "is not the node asked for, " + g.Node
	case n.draining:
		r.Text = "takes nothing new, it is drained"
	default:
		s.explainPool(&r, &n.pool, sh.need)
		if r.Text == "" && !n.room() {
			r.Text = fmt.Sprintf("has %d workers, as many as it may", n.limit)
		}
	}
	return r
}

func labelText(labels map[string]string, key string) string {
	if value, ok := labels[key]; ok {
		return key + "=" + value
	}
	return key + " (missing)"
}

// explainPool compares a request with what a pool has.
func (s *Sched) explainPool(r *Reason, p *pool, need []amount) {
	var never, now []string
	for _, a := range need {
		name := s.names[a.resource]
		total, free := p.has(a.resource), p.free(a.resource)
		switch {
		case total == 0:
			never = append(never, fmt.Sprintf("asks for %s %s, has none", name, s.figure(a)))
		case total < a.n:
			never = append(never, fmt.Sprintf("asks for %s %s, has %s", name, s.figure(a), s.figure(amount{a.resource, total})))
		case free < a.n:
			now = append(now, fmt.Sprintf("asks for %s %s, %s of %s is free", name, s.figure(a), s.figure(amount{a.resource, max(0, free)}), s.figure(amount{a.resource, total})))
		case a.resource == gpu && !p.gpuFits(a.n):
			now = append(now, fmt.Sprintf("asks for GPU %s, %s is free but on several GPUs", figure(a.n), figure(free)))
		}
	}
	r.Feasible = len(never) == 0
	r.Text = strings.Join(append(never, now...), "; ")
}

// figure writes an amount, bytes in GiB.
func (s *Sched) figure(a amount) string {
	const gib = 1 << 30
	if bytes := float64(a.n) / unit; (a.resource == memory || a.resource == storeMemory) && bytes >= gib/1024 {
		return fmt.Sprintf("%.2f GiB", bytes/gib)
	}
	return figure(a.n)
}

func (s *Sched) explainBundles(sh *shape) []Reason {
	var list []Reason
	for b, p := range sh.group.pools {
		if i := sh.strategy.Bundle; i != -1 && i != b {
			continue
		}
		r := Reason{Name: fmt.Sprintf("bundle %d", b)}
		if p == nil {
			r.Feasible = covers(sh.group.needs[b], sh.need)
			r.Text = "is not reserved yet"
		} else {
			r.Node, r.Name = p.node.id, r.Name+" on "+p.node.name
			s.explainPool(&r, p, sh.need)
		}
		list = append(list, r)
	}
	return list
}

// Infeasible says why no node that is there could ever run tasks of the shape; empty if one can.
func (s *Sched) Infeasible(id Shape) string {
	sh := s.shapes[id]
	switch {
	case sh.refused != "":
		return sh.refused
	case sh.group != nil:
		return "" // ShapeOf has refused what does not fit into the bundles
	case s.plainlyFeasible(sh):
		return ""
	}
	reasons := s.Explain(id)
	for _, r := range reasons {
		if r.Feasible {
			return ""
		}
	}
	switch len(reasons) {
	case 0:
		return "there is no node"
	case 1:
		return "it " + strings.ReplaceAll(reasons[0].Text, ", has ", ", the cluster has ")
	}
	var texts []string
	for _, r := range reasons {
		texts = append(texts, r.String())
	}
	return "no node can ever run it: " + strings.Join(texts, "; ")
}

// plainlyFeasible answers for most requests without writing any text.
func (s *Sched) plainlyFeasible(sh *shape) bool {
	if sh.strategy.Kind == Affinity || len(sh.strategy.Hard) > 0 {
		return false
	}
	for _, n := range s.nodes {
		if n.open() && n.pool.feasible(sh.need) {
			return true
		}
	}
	return false
}

// refusal says why a task of the shape is not queued at all.
func (s *Sched) refusal(sh *shape) string {
	switch g := &sh.strategy; {
	case sh.refused != "":
		return sh.refused
	case g.FailFast:
		if why := s.Infeasible(sh.id); why != "" {
			return why
		}
	}
	if g := &sh.strategy; g.Kind == Affinity && !g.Soft {
		if n := s.byName[g.Node]; n == nil {
			return fmt.Sprintf("it must run on node %s, which is gone or never was", g.Node)
		} else if !n.open() {
			return fmt.Sprintf("it must run on node %s, which is drained", g.Node)
		}
	}
	return ""
}

// rejectHopeless rejects what was waiting for a node that is gone.
func (s *Sched) rejectHopeless() {
	for _, sh := range s.waiting {
		if sh.queue.n > 0 {
			if why := s.refusal(sh); why != "" {
				s.rejectQueue(sh, why)
			}
		}
	}
}

func (s *Sched) rejectQueue(sh *shape, why string) {
	for sh.queue.n > 0 {
		s.act(Action{Kind: Reject, Task: s.pop(sh), Why: why})
	}
}

// ExplainGroup says for each node what keeps the bundles that are not reserved from it, and
// whether the nodes that are there could ever hold the group.
func (s *Sched) ExplainGroup(id Group) (reasons []Reason, infeasible string) {
	g := s.groups[id]
	if g == nil || g.state == GroupCreated {
		return nil, ""
	}
	missing := g.missing()
	for _, n := range s.nodes {
		r := Reason{Node: n.id, Name: n.name}
		switch {
		case n.draining:
			r.Text = "takes nothing new, it is drained"
		case g.placement == StrictPack:
			s.explainPool(&r, &n.pool, g.whole())
			if r.Text != "" {
				r.Text = "all bundles together: " + r.Text
			}
		default:
			s.explainMissing(&r, g, missing, &n.pool)
		}
		reasons = append(reasons, r)
	}
	if s.choose(g, missing, func(n *node) *pool { return n.pool.empty() }) == nil {
		infeasible = s.groupInfeasible(g, reasons)
	}
	return reasons, infeasible
}

// explainMissing tells about the first bundle that does not fit.
func (s *Sched) explainMissing(r *Reason, g *group, missing []int, p *pool) {
	r.Feasible = true
	for _, b := range missing {
		one := Reason{}
		if s.explainPool(&one, p, g.needs[b]); one.Text != "" {
			r.Feasible, r.Text = one.Feasible, fmt.Sprintf("bundle %d: %s", b, one.Text)
			return
		}
	}
}

func (s *Sched) groupInfeasible(g *group, reasons []Reason) string {
	if open := s.countOpen(); g.placement == StrictSpreadOut && len(g.needs) > open {
		return fmt.Sprintf("STRICT_SPREAD needs a node for each of %d bundles, the cluster has %d", len(g.needs), open)
	}
	var texts []string
	for _, r := range reasons {
		if r.Text != "" {
			texts = append(texts, r.String())
		}
	}
	why := fmt.Sprintf("%s of %d bundle(s) does not fit on the nodes that there are", g.placement, len(g.needs))
	if len(texts) > 0 {
		why += ": " + strings.Join(texts, "; ")
	}
	return why
}

func (s *Sched) countOpen() int {
	open := 0
	for _, n := range s.nodes {
		if n.open() {
			open++
		}
	}
	return open
}
