package ray

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/goray/goray/runtime/internal/simulate"
)

// SimulateOption changes the world that Simulate makes up.
type SimulateOption struct {
	apply func(*simulate.Options)
}

// SimulatedNodes sets how many nodes there are at the beginning. Default: 1 to 5, by the seed.
func SimulatedNodes(n int) SimulateOption {
	return SimulateOption{func(o *simulate.Options) { o.Nodes = n }}
}

// SimulatedTasks sets how many tasks are submitted, besides those that tasks submit. Default: 40
// to 200, by the seed.
func SimulatedTasks(n int) SimulateOption {
	return SimulateOption{func(o *simulate.Options) { o.Tasks = n }}
}

// SimulatedPlacementGroups sets how many placement groups come and go; negative is none. Default:
// none to 4, by the seed.
func SimulatedPlacementGroups(n int) SimulateOption {
	return SimulateOption{func(o *simulate.Options) { o.Groups = n }}
}

// SimulatedFailures sets how often workers crash, nodes die and functions fail: 2 is twice as
// often as usual, negative never. Default: 0 to 2, by the seed.
func SimulatedFailures(rate float64) SimulateOption {
	return SimulateOption{func(o *simulate.Options) { o.Failures = rate }}
}

// SimulatedDelay sets the most that a message takes. Default: 5 ms.
func SimulatedDelay(most time.Duration) SimulateOption {
	return SimulateOption{func(o *simulate.Options) { o.MaxDelay = most }}
}

// SimulatedTrace keeps the history as text. Default: it is not kept.
func SimulatedTrace() SimulateOption {
	return SimulateOption{func(o *simulate.Options) { o.Trace = true }}
}

// Simulation is the history of one seed.
type Simulation struct {
	Seed     uint64
	Hash     string        // of everything that happened: the same for the same seed and options
	Events   int           // messages, results, accidents
	Duration time.Duration // simulated
	// What became of the tasks. Rejected ones could not run where they had to; failed ones crashed
	// too often, or their placement group was removed.
	Tasks, Finished, Failed, Rejected, Cancelled int
	Retries, WorkersLost, NodesLost              int
	PlacementGroups, PlacementGroupsPlaced       int
	Violations                                   []string // what must never be
	Trace                                        []string // with SimulatedTrace
}

// ErrSimulation: a simulated history broke a rule that must always hold.
var ErrSimulation = errors.New("ray: simulation")

// Simulate lives through one history of a cluster with the scheduler that Init uses, a clock that
// jumps, and nodes, workers, messages, tasks, placement groups and failures that are made up from
// the seed. After each step it checks that no resource is given twice, that no task is lost or
// ends twice, that tasks which ask for the same start in their order, that placement groups are
// all or nothing, and that in the end everything has ended. The error is ErrSimulation, with the
// seed, which replays the same history each time. No session is needed, and nothing runs.
//
//	for seed := range uint64(1000) {
//		ray.Must(ray.Simulate(seed))
//	}
func Simulate(seed uint64, options ...SimulateOption) (*Simulation, error) {
	var o simulate.Options
	for _, option := range options {
		if option.apply != nil {
			option.apply(&o)
		}
	}
	if o.Nodes < 0 || o.Tasks < 0 || o.MaxDelay < 0 {
		return nil, invalidCall("Simulate: %d nodes, %d tasks, a delay of %v; use numbers ≥ 0, where 0 is the default", o.Nodes, o.Tasks, o.MaxDelay)
	}
	r := simulate.Run(seed, o)
	s := &Simulation{
		Seed: seed, Hash: fmt.Sprintf("%016x", r.Hash), Events: r.Events, Duration: r.Duration,
		Tasks: r.Tasks, Finished: r.Finished, Failed: r.Failed, Rejected: r.Rejected, Cancelled: r.Cancelled,
		Retries: r.Retries, WorkersLost: r.WorkersLost, NodesLost: r.NodesLost,
		PlacementGroups: r.Groups, PlacementGroupsPlaced: r.GroupsPlaced,
		Violations: r.Violations, Trace: r.Trace,
	}
	if len(r.Violations) > 0 {
		return s, &systemError{ErrSimulation, fmt.Sprintf("ray: Simulate(%d): %s; replay it with ray.SimulatedTrace()", seed, strings.Join(r.Violations, "; "))}
	}
	return s, nil
}

// String tells the history in one line.
func (s *Simulation) String() string {
	return fmt.Sprintf("seed %d: %d events in %v, %d tasks (%d finished, %d failed, %d rejected, %d cancelled), %d retries, %d nodes lost, history %s",
		s.Seed, s.Events, s.Duration.Round(time.Millisecond), s.Tasks, s.Finished, s.Failed, s.Rejected, s.Cancelled, s.Retries, s.NodesLost, s.Hash)
}
