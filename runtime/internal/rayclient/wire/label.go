package wire

import (
	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/sched"
)

// oldNodeIDLabel is what Ray 2.9 calls the label that says a node's id.
const oldNodeIDLabel = "ray.io/node_id"

// Labels gives the label that says a node's id the name that it has now, beside its old one.
func Labels(labels map[string]string) map[string]string {
	if id, old := labels[oldNodeIDLabel]; old {
		labels[sched.NodeIDLabel] = id
	}
	return labels
}

// named gives conditions on a node's id the label that this Ray knows.
func (s *Strategy) named(nodes func() []core.NodeInfo) {
	for _, all := range [][]Match{s.Hard, s.Prefer} {
		for i := range all {
			if all[i].Key != sched.NodeIDLabel {
				continue
			}
			for _, n := range nodes() {
				if _, old := n.Labels[oldNodeIDLabel]; old {
					all[i].Key = oldNodeIDLabel
					break
				}
			}
		}
	}
}
