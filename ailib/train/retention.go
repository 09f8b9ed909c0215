package train

import (
	"cmp"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Keeper keeps those checkpoints of a run that its configuration asks for.
// Trainings have one; programs that write checkpoints themselves may use it.
type Keeper struct {
	Dir    string // the run's directory
	Config CheckpointConfig

	kept []*Checkpoint // oldest first
}

// due reports whether a checkpoint is to be written after this round, counted
// from 1.
func (r *Keeper) due(round, last int) bool {
	return round == last || r.Config.Frequency > 0 && round%r.Config.Frequency == 0
}

// path names the directory of the checkpoint after so many rounds. The number
// is that of the last round, counted from 0.
func (r *Keeper) path(rounds int) string {
	return filepath.Join(r.Dir, fmt.Sprintf("%s%06d", checkpointPrefix, rounds-1))
}

// Copy keeps a copy of a checkpoint that a worker has written, under the
// number of rounds or reports so far, with their metrics.
func (r *Keeper) Copy(reported *Checkpoint, rounds int, m Metrics) (*Checkpoint, error) {
	source := *reported
	source.meta.Round, source.meta.Metrics = rounds, m
	c, err := source.ToDir(r.path(rounds))
	if err != nil {
		return nil, err
	}
	return c, r.add(c)
}

// add takes a checkpoint that was just written and removes those that are not
// among the best any more. The newest one may be removed at once if it is
// worse than what is kept; the training's own Checkpoint is the newest kept.
func (r *Keeper) add(c *Checkpoint) error {
	if attribute := r.Config.ScoreAttribute; attribute != "" {
		if _, ok := c.meta.Metrics[attribute]; !ok {
			return fmt.Errorf("train: CheckpointConfig.ScoreAttribute is %q, which is not reported; reported are %s", attribute, strings.Join(c.meta.Metrics.Names(), ", "))
		}
	}
	r.kept = append(r.kept, c)
	if r.Config.NumToKeep == 0 || len(r.kept) <= r.Config.NumToKeep {
		return nil
	}
	worst := r.Ranked()[len(r.kept)-1]
	r.kept = slices.DeleteFunc(r.kept, func(k *Checkpoint) bool { return k == worst })
	if err := os.RemoveAll(worst.path); err != nil {
		return fmt.Errorf("train: remove a checkpoint that is not kept: %w", err)
	}
	return nil
}

// Ranked returns the kept checkpoints, the best first; without a score the
// newest is the best.
func (r *Keeper) Ranked() []*Checkpoint {
	out := slices.Clone(r.kept)
	slices.SortStableFunc(out, func(a, b *Checkpoint) int {
		if r.Config.ScoreAttribute == "" {
			return cmp.Compare(b.meta.Round, a.meta.Round)
		}
		return cmp.Or(cmp.Compare(r.score(b), r.score(a)), cmp.Compare(b.meta.Round, a.meta.Round))
	})
	return out
}

// score turns the metric so that more is better; what is no number is worst.
func (r *Keeper) score(c *Checkpoint) float64 {
	v := c.meta.Metrics[r.Config.ScoreAttribute]
	switch {
	case math.IsNaN(v):
		return math.Inf(-1)
	case r.Config.Order == Min:
		return -v
	}
	return v
}

// Latest returns the newest checkpoint that is kept, or nil.
func (r *Keeper) Latest() *Checkpoint {
	if len(r.kept) == 0 {
		return nil
	}
	return r.kept[len(r.kept)-1]
}
