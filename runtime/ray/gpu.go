package ray

import (
	"context"
	"fmt"
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
