package train

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/goray/goray/ailib/data"
	"github.com/goray/goray/ailib/train/loop"
)

var errOutside = errors.New("train: this is no worker of a training; call it in the function of train.DataParallel, with the context that the function is given")

// Context tells a worker of a [DataParallel] training about itself.
type Context struct {
	Rank, WorldSize int    // this worker among all, counted from 0
	Name            string // of the run
}

// GetContext returns the place of the worker that was given ctx.
func GetContext(ctx context.Context) (Context, error) {
	r := loop.From(ctx)
	if r == nil {
		return Context{}, errOutside
	}
	s := r.Spec()
	return Context{Rank: s.Rank, WorldSize: s.WorldSize, Name: s.Name}, nil
}

// Report tells the driver how the worker is doing and waits until all workers
// have reported. The checkpoint, if there is one, is copied from rank 0 into
// the run's directory before Report returns.
func Report(ctx context.Context, metrics Metrics, checkpoint ...*Checkpoint) error {
	r := loop.From(ctx)
	if r == nil {
		return errOutside
	}
	path := ""
	if len(checkpoint) > 1 {
		return fmt.Errorf("train: Report takes one checkpoint, not %d", len(checkpoint))
	}
	if len(checkpoint) == 1 && checkpoint[0] != nil {
		path = checkpoint[0].Path()
	}
	return r.Report(ctx, metrics, path)
}

// GetCheckpoint returns the checkpoint to go on from: the last one reported
// before a worker was lost, or DataParallel.ResumeFrom. It is nil at a fresh
// start.
func GetCheckpoint(ctx context.Context) (*Checkpoint, error) {
	r := loop.From(ctx)
	if r == nil {
		return nil, errOutside
	}
	if r.Spec().Start == "" {
		return nil, nil
	}
	return FromDir(r.Spec().Start)
}

// DatasetShard returns this worker's part of a data set. The parts of all
// workers are disjoint and together are the whole.
func DatasetShard(ctx context.Context, name string) (*data.Dataset, error) {
	r := loop.From(ctx)
	if r == nil {
		return nil, errOutside
	}
	shards, _ := r.Spec().Extra.(map[string]*data.Dataset)
	if ds := shards[name]; ds != nil {
		return ds, nil
	}
	return nil, fmt.Errorf("train: there is no data set %q; DataParallel.Datasets has %s", name, strings.Join(slices.Sorted(keys(shards)), ", "))
}
