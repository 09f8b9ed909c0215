package simulate_test

import (
	"flag"
	"slices"
	"strings"
	"testing"

	"github.com/goray/goray/runtime/internal/sched"
	"github.com/goray/goray/runtime/internal/simulate"
)

// seeds is how many histories every run of the tests lives through.
var seeds = flag.Uint64("seeds", 1000, "how many seeds TestSeeds tries")

func TestSeeds(t *testing.T) {
	var sum simulate.Result
	wrong := 0
	for seed := range *seeds {
		r := simulate.Run(seed, simulate.Options{})
		if len(r.Violations) > 0 {
			t.Errorf("seed %d:\n%s\nits history: go test ./runtime/internal/simulate -run TestSeed -seed %d -v", seed, strings.Join(r.Violations, "\n"), seed)
			if wrong++; wrong == 3 {
				return
			}
		}
		sum.Events += r.Events
		sum.Tasks += r.Tasks
		sum.Finished += r.Finished
		sum.Failed += r.Failed
		sum.Rejected += r.Rejected
		sum.Cancelled += r.Cancelled
		sum.Retries += r.Retries
		sum.Evicted += r.Evicted
		sum.WorkersLost += r.WorkersLost
		sum.NodesAdded += r.NodesAdded
		sum.NodesLost += r.NodesLost
		sum.NodesDrained += r.NodesDrained
		sum.Groups += r.Groups
		sum.GroupsPlaced += r.GroupsPlaced
		sum.GroupsReplaced += r.GroupsReplaced
	}
	t.Logf("%+v", sum)
}

// A seed is one history: whatever it shows can be looked at as often as one likes.
func TestSeedsReplay(t *testing.T) {
	const seed = 7
	first := simulate.Run(seed, simulate.Options{Trace: true})
	for i := range 100 {
		r := simulate.Run(seed, simulate.Options{Trace: i%10 == 0})
		if r.Hash != first.Hash || r.Events != first.Events || r.Duration != first.Duration {
			t.Fatalf("replay %d: hash %x after %d events, want %x after %d", i, r.Hash, r.Events, first.Hash, first.Events)
		}
		if r.Trace != nil && !slices.Equal(r.Trace, first.Trace) {
			t.Fatalf("replay %d: another trace with the same hash", i)
		}
	}
	if other := simulate.Run(seed+1, simulate.Options{}); other.Hash == first.Hash {
		t.Error("another seed has the same history")
	}
}

// Each of these has one fault, of a kind that schedulers have.
func TestBrokenSchedulersAreCaught(t *testing.T) {
	for name, test := range map[string]struct {
		broken func() simulate.Scheduler
		want   string // in what is said
	}{
		"loses a task":           {func() simulate.Scheduler { return &losesTask{Sched: sched.New(sched.Config{})} }, "never ended"},
		"starts twice":           {func() simulate.Scheduler { return &startsTwice{Sched: sched.New(sched.Config{})} }, "does not wait to be started"},
		"oversubscribes":         {func() simulate.Scheduler { return &oversubscribes{Sched: sched.New(sched.Config{})} }, "is in use after"},
		"forgets dead workers":   {func() simulate.Scheduler { return &forgetsDeath{Sched: sched.New(sched.Config{})} }, "the scheduler says"},
		"turns the queue around": {func() simulate.Scheduler { return &lastInFirstOut{Sched: sched.New(sched.Config{})} }, "which was ready earlier"},
		"splits groups":          {func() simulate.Scheduler { return &splitsGroups{Sched: sched.New(sched.Config{})} }, "group"},
		"misses a wake-up":       {func() simulate.Scheduler { return &missesSettled{Sched: sched.New(sched.Config{})} }, "never ended"},
		"ignores labels":         {func() simulate.Scheduler { return &ignoresLabels{Sched: sched.New(sched.Config{})} }, "labels do not match"},
	} {
		t.Run(name, func(t *testing.T) {
			caught, hash := uint64(0), uint64(0)
			for seed := range uint64(50) {
				r := simulate.Run(seed, simulate.Options{Scheduler: test.broken})
				if strings.Contains(strings.Join(r.Violations, "\n"), test.want) {
					caught, hash = seed, r.Hash
					break
				}
			}
			if hash == 0 {
				t.Fatalf("50 seeds did not notice")
			}
			for range 100 { // what was caught is caught again, and in the same way
				if r := simulate.Run(caught, simulate.Options{Scheduler: test.broken}); r.Hash != hash {
					t.Fatalf("seed %d: hash %x, then %x", caught, hash, r.Hash)
				}
			}
		})
	}
}
