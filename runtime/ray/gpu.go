package ray

import (
	"context"
	"slices"

	"github.com/goray/goray/runtime/internal/core"
)

// GPUIDs returns the indices of the GPUs that the task or actor of ctx may use, as they are
// numbered on its node; they are also in CUDA_VISIBLE_DEVICES of its process. Tasks that ask for
// a fraction share a GPU, those that ask for whole ones do not. An actor keeps its GPUs. Empty in
// the driver, and for what asked for none.
func GPUIDs(ctx context.Context) []int {
	if t := core.TaskFrom(ctx); t != nil {
		return slices.Clone(t.GPUIDs)
	}
	return nil
}
