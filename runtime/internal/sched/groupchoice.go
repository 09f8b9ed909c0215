package sched

import (
	"cmp"
	"slices"
)

// clone is a pool to try things with.
func (p *pool) clone() *pool {
	return &pool{node: p.node, total: p.total, available: slices.Clone(p.available), gpus: slices.Clone(p.gpus)}
}

// empty is a clone of which nothing is in use.
func (p *pool) empty() *pool {
	c := &pool{node: p.node, total: p.total, available: slices.Clone(p.total), gpus: make([]int64, len(p.gpus))}
	for i := range c.gpus {
		c.gpus[i] = unit
	}
	return c
}

// choose finds a node for each of the missing bundles, nil if that is not possible with the pools
// that trial gives.
func (s *Sched) choose(g *group, missing []int, trial func(*node) *pool) []*node {
	c := &choice{s: s, g: g, missing: missing, at: make([]*node, len(missing)), used: map[*node]bool{}}
	for _, p := range g.pools {
		if p != nil {
			c.used[p.node] = true
		}
	}
	for _, n := range s.nodes {
		if n.open() {
			c.pools = append(c.pools, trial(n))
		}
	}
	ok := false
	switch g.placement {
	case Pack:
		ok = c.pack()
	case SpreadOut:
		ok = c.spread(false)
	case StrictPack:
		ok = c.together()
	case StrictSpreadOut:
		ok = c.spread(true)
	}
	if !ok {
		return nil
	}
	return c.at
}

// choice is one attempt to place bundles.
type choice struct {
	s       *Sched
	g       *group
	missing []int
	at      []*node
	pools   []*pool
	used    map[*node]bool // they hold bundles of the group
}

// best returns the pool with most left after the request, in relation to what it has left now.
func (c *choice) best(need []amount, allowed func(*node) bool) *pool {
	var best *pool
	most := -1.0
	for _, p := range c.pools {
		if !allowed(p.node) || !p.fits(need) {
			continue
		}
		score := 0.0
		for _, a := range need {
			if free := p.free(a.resource); free > 0 {
				score += float64(free-a.n) / float64(free)
			}
		}
		if score > most {
			best, most = p, score
		}
	}
	return best
}

func (c *choice) put(k int, p *pool) {
	p.take(c.g.needs[c.missing[k]])
	c.at[k] = p.node
}

// pack fills one node after the other.
func (c *choice) pack() bool {
	full := map[*node]bool{}
	for k := range c.missing {
		if c.at[k] != nil {
			continue
		}
		p := c.best(c.g.needs[c.missing[k]], func(n *node) bool { return !full[n] })
		if p == nil {
			return false
		}
		for j := k; j < len(c.missing); j++ {
			if c.at[j] == nil && p.fits(c.g.needs[c.missing[j]]) {
				c.put(j, p)
			}
		}
		full[p.node] = true
	}
	return true
}

// spread takes a new node for each bundle, and unless that is a must, used ones when there is no
// new one.
func (c *choice) spread(must bool) bool {
	for k, b := range c.missing {
		p := c.best(c.g.needs[b], func(n *node) bool { return !c.used[n] })
		if p == nil && !must {
			p = c.best(c.g.needs[b], func(*node) bool { return true })
		}
		if p == nil {
			return false
		}
		c.put(k, p)
		c.used[p.node] = true
	}
	return true
}

// together puts all bundles on one node.
func (c *choice) together() bool {
	whole := c.g.wholeForTrial()
	tried := map[*node]bool{}
	for {
		p := c.best(whole, func(n *node) bool { return !tried[n] })
		if p == nil {
			return false
		}
		tried[p.node] = true
		p = p.clone() // shares of GPUs may not fit although their sum does
		fits := true
		for k, b := range c.missing {
			if fits = fits && p.fits(c.g.needs[b]); fits {
				c.put(k, p)
			}
		}
		if fits {
			return true
		}
	}
}

// wholeForTrial is what a node must have free at least to hold all bundles: without the GPUs when
// some ask for shares, as those may lie on several of which none is free.
func (g *group) wholeForTrial() []amount {
	for _, need := range g.needs {
		if slices.ContainsFunc(need, func(a amount) bool { return a.resource == gpu && a.n < unit }) {
			return slices.DeleteFunc(g.whole(), func(a amount) bool { return a.resource == gpu })
		}
	}
	return g.whole()
}

// mayFit reports whether it is worth trying to place the group: some node has room for the
// bundle that is hardest to place, or for all of them where they must be together.
func (s *Sched) mayFit(g *group) bool {
	for _, n := range s.nodes {
		if n.open() && n.pool.fits(g.least) {
			return true
		}
	}
	return false
}

// whole is the sum of all bundles; GPUs, of which shares cannot be summed, are rounded down.
func (g *group) whole() []amount {
	var sum []amount
	for _, need := range g.needs {
		for _, a := range need {
			i := slices.IndexFunc(sum, func(o amount) bool { return o.resource == a.resource })
			if i < 0 {
				sum = append(sum, a)
			} else {
				sum[i].n += a.n
			}
		}
	}
	for i := range sum {
		if sum[i].resource == gpu && sum[i].n > unit {
			sum[i].n = sum[i].n / unit * unit // whether the rest fits is tried
		}
	}
	return sum
}

// harder orders bundles: less than 0 when x is harder to place than y.
func harder(x, y []amount) int {
	of := func(need []amount, r int) int64 {
		for _, a := range need {
			if a.resource == r {
				return a.n
			}
		}
		return 0
	}
	if c := cmp.Compare(of(y, gpu), of(x, gpu)); c != 0 {
		return c
	}
	custom := func(need []amount) (n int64) {
		for _, a := range need {
			if a.resource > storeMemory {
				n += a.n
			}
		}
		return n
	}
	return cmp.Or(
		cmp.Compare(custom(y), custom(x)),
		cmp.Compare(of(y, storeMemory), of(x, storeMemory)),
		cmp.Compare(of(y, memory), of(x, memory)),
		cmp.Compare(of(y, cpu), of(x, cpu)),
	)
}
