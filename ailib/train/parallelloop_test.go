package train

import (
	"context"
	"os"
)

// parallelLoop reports the rows of its shard so many times and returns its
// process. It is a function with a name, which can be sent to a process.
func parallelLoop(ctx context.Context, times int) (int, error) {
	shard, err := DatasetShard(ctx, "numbers")
	if err != nil {
		return 0, err
	}
	rows, err := shard.Count()
	if err != nil {
		return 0, err
	}
	for range times {
		if err := Report(ctx, Metrics{"rows": float64(rows)}); err != nil {
			return 0, err
		}
	}
	return os.Getpid(), nil
}
