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

// retention writes the checkpoints of a run and keeps those that its
// configuration asks for.
type retention struct {
	dir    string
	config CheckpointConfig
	kept   []*Checkpoint // oldest first
}

// due reports whether a checkpoint is to be written after this round, counted
// from 1.
func (r *retention) due(round, last int) bool {
	return round == last || r.config.Frequency > 0 && round%r.config.Frequency == 0
}

// path names the directory of the checkpoint after so many rounds. The number
// is that of the last round, counted from 0.
func (r *retention) path(rounds int) string {
	return filepath.Join(r.dir, fmt.Sprintf("%s%06d", checkpointPrefix, rounds-1))
}

// add takes a checkpoint that was just written and removes those that are not
// among the best any more. The newest one may be removed at once if it is
// worse than what is kept; the training's own Checkpoint is the newest kept.
func (r *retention) add(c *Checkpoint) error {
	if attribute := r.config.ScoreAttribute; attribute != "" {
		if _, ok := c.meta.Metrics[attribute]; !ok {
			return fmt.Errorf("train: CheckpointConfig.ScoreAttribute is %q, which is not reported; reported are %s", attribute, strings.Join(c.meta.Metrics.Names(), ", "))
		}
	}
	r.kept = append(r.kept, c)
	if r.config.NumToKeep == 0 || len(r.kept) <= r.config.NumToKeep {
		return nil
	}
	worst := r.ranked()[len(r.kept)-1]
	r.kept = slices.DeleteFunc(r.kept, func(k *Checkpoint) bool { return k == worst })
	if err := os.RemoveAll(worst.path); err != nil {
		return fmt.Errorf("train: remove a checkpoint that is not kept: %w", err)
	}
	return nil
}

// ranked returns the kept checkpoints, the best first; without a score the
// newest is the best.
func (r *retention) ranked() []*Checkpoint {
	out := slices.Clone(r.kept)
	slices.SortStableFunc(out, func(a, b *Checkpoint) int {
		if r.config.ScoreAttribute == "" {
			return cmp.Compare(b.meta.Round, a.meta.Round)
		}
		return cmp.Or(cmp.Compare(r.score(b), r.score(a)), cmp.Compare(b.meta.Round, a.meta.Round))
	})
	return out
}

// score turns the metric so that more is better; what is no number is worst.
func (r *retention) score(c *Checkpoint) float64 {
	v := c.meta.Metrics[r.config.ScoreAttribute]
	switch {
	case math.IsNaN(v):
		return math.Inf(-1)
	case r.config.Order == Min:
		return -v
	}
	return v
}

// latest returns the newest checkpoint that is kept, or nil.
func (r *retention) latest() *Checkpoint {
	if len(r.kept) == 0 {
		return nil
	}
	return r.kept[len(r.kept)-1]
}
