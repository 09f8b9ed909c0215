package core

import (
	"maps"
	"strconv"
)

// LabelSimulated labels the nodes that were given more GPUs than there are devices, which nodes
// have one after the other.
func LabelSimulated(c *Config, devices int) {
	label := func(labels map[string]string, gpus float64, first int) map[string]string {
		simulated := first + int(gpus) - max(first, devices)
		if simulated <= 0 {
			return labels
		}
		if labels = maps.Clone(labels); labels == nil {
			labels = map[string]string{}
		}
		labels[LabelSimulatedGPUs] = strconv.Itoa(simulated)
		return labels
	}
	c.Labels = label(c.Labels, c.Resources[GPU], 0)
	first := 0
	for i := range c.Nodes {
		n := &c.Nodes[i]
		n.Labels = label(n.Labels, n.Resources[GPU], first)
		first += int(n.Resources[GPU])
	}
}

// LabelAdded is LabelSimulated for a node that comes after others.
func LabelAdded(n *NodeConfig, nodes []NodeInfo, devices int) {
	var c Config
	for _, o := range nodes {
		c.Nodes = append(c.Nodes, NodeConfig{Resources: o.Resources})
	}
	c.Nodes = append(c.Nodes, *n)
	LabelSimulated(&c, devices)
	n.Labels = c.Nodes[len(nodes)].Labels
}
