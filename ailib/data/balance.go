package data

import (
	"context"
	"fmt"
	"os"
	"sync"

	"github.com/goray/goray/runtime/ray"
)

// unevenFrom is the ratio of the most and the fewest blocks of a node above which people are told.
const unevenFrom = 3

// enoughBlocks is how many blocks there are for each node before their places say anything.
const enoughBlocks = 4

// made notes where a task of ours ran.
func (b *Block) made(ctx context.Context, m *meter) *Block {
	b.head.Meter, b.head.Node = m.steps, ray.CurrentContext(ctx).NodeID
	return b
}

// uneven says how blocks lie on the nodes that could have made some, if that is uneven; "" otherwise.
// Nodes that join while a dataset is computed are given what is left, which may be nothing.
func uneven(perNode map[string]int, nodes []ray.Node) string {
	all, most, least, able := 0, 0, 0, 0
	for _, n := range nodes {
		if !n.Alive || n.Resources["CPU"] == 0 {
			continue
		}
		k := perNode[n.ID]
		if able == 0 || k < least {
			least = k
		}
		all, most, able = all+k, max(most, k), able+1
	}
	if able < 2 || all < enoughBlocks*able || most <= unevenFrom*max(least, 1) {
		return ""
	}
	return fmt.Sprintf("%d blocks lie unevenly on %d nodes: one has %d, another %d. Nodes that join while a dataset is computed get few; "+
		"where the cluster grows by itself, raise min_workers, so that they are there from the beginning", all, able, most, least)
}

// told are the sessions, by the node of their driver, in which the notice was printed.
var told sync.Map

// finish looks where the blocks are.
func (r *runStats) finish() {
	total := 0
	for _, n := range r.nodes {
		total += n
	}
	if total < 2*enoughBlocks { // the nodes are not asked for what cannot be uneven
		return
	}
	if r.uneven = uneven(r.nodes, ray.Nodes()); r.uneven == "" {
		return
	}
	if _, had := told.LoadOrStore(ray.CurrentContext(context.Background()).NodeID, true); !had {
		fmt.Fprintln(os.Stderr, "data:", r.uneven)
	}
}
