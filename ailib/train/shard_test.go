package train

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/goray/goray/runtime/ray"
)

// However the rows lie in blocks, each worker gets its equal share, in order,
// and together they get everything once.
func TestShardsCoverAllRows(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		var b blocks
		start := map[*ray.Ref]int64{} // of each block among all rows
		for range rng.IntN(6) + 1 {
			ref := new(ray.Ref)
			start[ref] = b.total()
			b.refs, b.rows = append(b.refs, ref), append(b.rows, int64(rng.IntN(20)))
		}
		size := rng.IntN(5) + 1
		var next int64
		for rank := range size {
			before := next
			for _, p := range b.shard(rank, size) {
				if start[p.Block]+p.From != next || p.To <= p.From {
					t.Fatalf("rows %v: rank %d of %d got rows %d to %d of a block that starts at %d, after row %d", b.rows, rank, size, p.From, p.To, start[p.Block], next)
				}
				next += p.To - p.From
			}
			if least := b.total() / int64(size); next-before < least || next-before > least+1 {
				t.Fatalf("rows %v: rank %d of %d got %d of %d", b.rows, rank, size, next-before, b.total())
			}
		}
		if next != b.total() {
			t.Fatalf("rows %v: %d of %d were given out", b.rows, next, b.total())
		}
	}
}

func TestRetention(t *testing.T) {
	losses := []float64{5, 3, 4, 1, 6, 2, 9, 8, 7, 10}
	for name, c := range map[string]struct {
		config CheckpointConfig
		want   string // rounds, best first
	}{
		"all":        {CheckpointConfig{}, "[10 9 8 7 6 5 4 3 2 1]"},
		"the newest": {CheckpointConfig{NumToKeep: 2}, "[10 9]"},
		"the least":  {CheckpointConfig{NumToKeep: 2, ScoreAttribute: "loss", Order: Min}, "[4 6]"},
		"the most":   {CheckpointConfig{NumToKeep: 3, ScoreAttribute: "loss"}, "[10 7 8]"},
	} {
		r := &Keeper{Dir: t.TempDir(), Config: c.config}
		for i, loss := range losses {
			ckpt, err := WriteCheckpoint(r.path(i+1), Metadata{Round: i + 1, Metrics: Metrics{"loss": loss}}, nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := r.add(ckpt); err != nil {
				t.Fatal(err)
			}
		}
		var rounds []int
		for _, k := range r.Ranked() {
			rounds = append(rounds, k.meta.Round)
			if _, err := FromDir(k.path); err != nil {
				t.Error(err)
			}
		}
		if got := fmt.Sprint(rounds); got != c.want {
			t.Errorf("%s: kept %s, want %s", name, got, c.want)
		}
	}
	r := &Keeper{Dir: t.TempDir(), Config: CheckpointConfig{ScoreAttribute: "lost"}}
	if err := r.add(&Checkpoint{meta: Metadata{Metrics: Metrics{"loss": 1}}}); err == nil {
		t.Error("an unknown score attribute was taken")
	}
}
