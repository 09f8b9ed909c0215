package session

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/goray/goray/kernel/engine"
)

// graph knows which cells build on which: what each declares, uses and assigns to, and when it last
// ran. A notebook's order is that in which its cells first ran.
type graph struct {
	mu      sync.Mutex
	clock   int
	nodes   []*node
	pending map[uint64]*node // cells that run, by graphKey
}

// node is a cell of the notebook, as it ran last.
type node struct {
	id     string
	number int
	source string
	ran    int // by the graph's clock
	engine.Footprint
}

// stale is a cell whose inputs have changed since it ran.
type stale struct {
	*node
	why string
}

func (n *node) writes(name string) bool {
	return slices.Contains(n.Declares, name) || slices.Contains(n.Assigns, name)
}

// graphKey tells running cells apart, with or without a kernel that numbers runs.
func graphKey(c engine.Cell) uint64 {
	if c.Run != 0 {
		return c.Run
	}
	return uint64(c.Number) | 1<<63
}

// begin is called before a cell runs; end, with what begin returned, after it.
func (g *graph) begin(c engine.Cell) (outer *node) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.pending == nil {
		g.pending = map[uint64]*node{}
	}
	outer = g.pending[graphKey(c)]
	g.pending[graphKey(c)] = &node{id: c.ID, number: c.Number, source: c.Source}
	return outer
}

// admitted is told by the engine what a piece of a running cell has to do with others.
func (g *graph) admitted(c engine.Cell, f engine.Footprint) {
	g.mu.Lock()
	defer g.mu.Unlock()
	n := g.pending[graphKey(c)]
	if n == nil || c.Aside || c.Number == 0 {
		return
	}
	for _, name := range f.Uses {
		if !slices.Contains(n.Declares, name) { // by a piece before
			n.Uses = append(n.Uses, name)
		}
	}
	n.Declares = append(n.Declares, f.Declares...)
	n.Assigns = append(n.Assigns, f.Assigns...)
}

// end puts a cell that has run in its place.
func (g *graph) end(c engine.Cell, outer *node, ran bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	n := g.pending[graphKey(c)]
	if outer != nil {
		g.pending[graphKey(c)] = outer
	} else {
		delete(g.pending, graphKey(c))
	}
	if !ran {
		return
	}
	g.clock++
	n.ran = g.clock
	at := slices.IndexFunc(g.nodes, n.replaces)
	switch {
	case at < 0:
		g.nodes = append(g.nodes, n)
	default:
		if outer != nil { // run again by %run-stale: the notebook shows the number that it had
			n.number = g.nodes[at].number
		}
		g.nodes[at] = n
	}
}

// replaces says whether n is another version of the same cell: it has its id or, where front ends
// give none, declares the same names.
func (n *node) replaces(old *node) bool {
	if n.id != "" || old.id != "" {
		return n.id == old.id
	}
	return n.source == old.source || len(n.Declares) > 0 && slices.Equal(n.Declares, old.Declares)
}

func (g *graph) forget() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.nodes = nil
}

// stale lists the cells whose inputs have changed, in the notebook's order.
func (g *graph) stale() (list []stale) {
	g.mu.Lock()
	defer g.mu.Unlock()
	old := map[*node]bool{}
	for i, n := range g.nodes {
		if why := g.changed(i, old); why != "" {
			old[n] = true
			list = append(list, stale{n, why})
		}
	}
	return list
}

// changed says why cell i is stale, given the stale ones before it; "" when it is not.
func (g *graph) changed(i int, old map[*node]bool) string {
	n := g.nodes[i]
	for _, name := range n.Uses {
		for _, p := range slices.Backward(g.nodes[:i]) {
			switch {
			case !p.writes(name):
				continue
			case p.ran > n.ran:
				return fmt.Sprintf("%s was changed by In[%d]", name, p.number)
			case old[p]:
				return fmt.Sprintf("%s is from In[%d], which is stale", name, p.number)
			}
			if slices.Contains(p.Declares, name) {
				break // what came before it does not matter
			}
		}
	}
	// A declaration that a cell above has taken over is missing below.
	for _, name := range n.Declares {
		below := slices.ContainsFunc(g.nodes[i+1:], func(b *node) bool { return slices.Contains(b.Uses, name) })
		for _, p := range g.nodes[:i] {
			if below && p.ran > n.ran && slices.Contains(p.Declares, name) {
				return fmt.Sprintf("its %s was replaced by that of In[%d]", name, p.number)
			}
		}
	}
	return ""
}

// title is a cell's first line of code.
func (n *node) title() string {
	for line := range strings.Lines(n.source) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "//") {
			if r := []rune(line); len(r) > 40 {
				line = string(r[:40]) + "…"
			}
			return line
		}
	}
	return ""
}
