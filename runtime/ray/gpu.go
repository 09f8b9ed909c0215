package ray

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/goray/goray/runtime/internal/core"
)

// GPUIDs returns the indices of the GPUs that the task or actor of ctx may use, as they are
// numbered on the machine, of whose GPUs virtual nodes have some each, one after the other. Its
// process has them in CUDA_VISIBLE_DEVICES. Tasks that ask for a fraction share a GPU, those that
// ask for whole ones do not. An actor keeps its GPUs. Empty in the driver, and for what asked for
// none.
func GPUIDs(ctx context.Context) []int {
	if t := core.TaskFrom(ctx); t != nil {
		return slices.Clone(t.GPUIDs)
	}
	return nil
}

// labelSimulated labels the nodes that were given more GPUs than there are devices, which nodes
// have one after the other.
func labelSimulated(c *core.Config, devices int) {
	label := func(labels map[string]string, gpus float64, first int) map[string]string {
		simulated := first + int(gpus) - max(first, devices)
		if simulated <= 0 {
			return labels
		}
		if labels = maps.Clone(labels); labels == nil {
			labels = map[string]string{}
		}
		labels[core.LabelSimulatedGPUs] = strconv.Itoa(simulated)
		return labels
	}
	c.Labels = label(c.Labels, c.Resources[core.GPU], 0)
	first := 0
	for i := range c.Nodes {
		n := &c.Nodes[i]
		n.Labels = label(n.Labels, n.Resources[core.GPU], first)
		first += int(n.Resources[core.GPU])
	}
}

// labelAdded is labelSimulated for a node that comes after others.
func labelAdded(n *core.NodeConfig, nodes []core.NodeInfo) {
	var c core.Config
	for _, o := range nodes {
		c.Nodes = append(c.Nodes, core.NodeConfig{Resources: o.Resources})
	}
	c.Nodes = append(c.Nodes, *n)
	labelSimulated(&c, detectGPUs())
	n.Labels = c.Nodes[len(nodes)].Labels
}

// simulatedOf counts the simulated GPUs of a backend's nodes.
func simulatedOf(b core.Backend) int {
	sum := 0
	for _, n := range b.Nodes() {
		if n.Alive {
			sum += simulatedOn(&n)
		}
	}
	return sum
}

// simulatedOn reads the label of a node.
func simulatedOn(n *core.NodeInfo) int {
	simulated, err := strconv.Atoi(n.Labels[core.LabelSimulatedGPUs])
	if err != nil {
		return 0
	}
	return simulated
}

// simulatedText tells people about simulated GPUs.
func simulatedText(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(" (%d GPUs simulated)", n)
}
