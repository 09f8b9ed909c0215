package simulate

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/goray/goray/runtime/internal/sched"
)

// Scheduler is what is put to the test: *sched.Sched, or something that is broken on purpose.
type Scheduler interface {
	AddNode(sched.NodeConfig) sched.Node
	RemoveNode(sched.Node)
	DrainNode(sched.Node)
	ShapeOf(sched.Request) sched.Shape
	Submit(sched.Submission)
	Settled(sched.Task)
	Remove(sched.Task, sched.Shape)
	WorkerUp(sched.Worker, sched.Node)
	SpawnFailed(sched.Node)
	WorkerLost(sched.Worker) (running sched.Task, waiting []sched.Task)
	Done(sched.Worker, sched.Task, int64)
	Returned(sched.Worker, []sched.Task)
	Blocked(sched.Worker)
	Unblocked(sched.Worker)
	AddGroup(sched.Group, []map[string]float64, sched.Placement)
	RemoveGroup(sched.Group)
	GroupNodes(sched.Group) (sched.GroupState, []sched.Node)
	Waits(sched.Task) (shape sched.Shape, missing int, placed, known bool)
	Actions() []sched.Action
	Queued() int
	Total() map[string]float64
	Available() map[string]float64
}

// Options describe the worlds. Zero values are chosen by the seed, unless they say otherwise.
type Options struct {
	Nodes  int // at the beginning; 0: 1 to 5
	Tasks  int // that the driver submits, besides those that tasks submit; 0: 40 to 200
	Groups int // placement groups; 0: none to 4; negative: none
	// Failures is how often things go wrong, 1 as often as usual; 0: 0 to 2, negative: never.
	Failures float64
	// MaxDelay is the most that a message takes; 0: 5 ms.
	MaxDelay time.Duration
	// Trace keeps the history as text.
	Trace bool
	// Scheduler makes what is put to the test; nil: package sched.
	Scheduler func() Scheduler
}

// Result is one history.
type Result struct {
	Seed                                 uint64
	Hash                                 uint64 // of everything that happened
	Events                               int
	Duration                             time.Duration // of the simulated time
	Tasks, Finished, Failed              int
	Rejected, Cancelled, Evicted         int
	Retries, WorkersLost                 int
	NodesAdded, NodesLost, NodesDrained  int
	Groups, GroupsPlaced, GroupsReplaced int
	Violations                           []string // what must never be
	Trace                                []string
}

// maxViolations is how many are told; one is often followed by many others.
const maxViolations = 5

// maxEvents ends a history that does not end by itself.
const maxEvents = 200_000

// Run makes up the world of a seed and lives through it.
func Run(seed uint64, o Options) *Result {
	w := newWorld(seed, o)
	w.populate()
	w.live()
	w.mend()
	w.live()
	w.end()
	w.result.Duration = time.Duration(w.now)
	w.result.Hash = w.hash
	return &w.result
}

func newWorld(seed uint64, o Options) *world {
	w := &world{
		rng: rand.New(rand.NewPCG(seed, 0x676f726179)), o: o, hash: 14695981039346656037,
		nodes: map[sched.Node]*node{}, workers: map[sched.Worker]*worker{}, tasks: map[sched.Task]*task{},
		groups: map[sched.Group]*group{}, queues: map[sched.Shape][]*task{}, result: Result{Seed: seed}, turned: -1,
	}
	if o.Scheduler != nil {
		w.s = o.Scheduler()
	} else {
		w.s = sched.New(sched.Config{})
	}
	if w.maxDelay = int64(o.MaxDelay); w.maxDelay == 0 {
		w.maxDelay = int64(5 * time.Millisecond)
	}
	switch {
	case o.Failures == 0:
		w.failures = w.rng.Float64() * 2
	case o.Failures > 0:
		w.failures = o.Failures
	}
	return w
}

// violated notes what must never be.
func (w *world) violated(format string, args ...any) {
	text := fmt.Sprintf("after %v: ", time.Duration(w.now)) + fmt.Sprintf(format, args...)
	w.note('!', 0, 0, "VIOLATION %s", text)
	if len(w.result.Violations) < maxViolations {
		w.result.Violations = append(w.result.Violations, text)
	}
}

// note adds to the history.
func (w *world) note(what byte, a, b uint64, format string, args ...any) {
	for _, n := range [...]uint64{uint64(what), a, b, uint64(w.now)} {
		w.hash = (w.hash ^ n) * 1099511628211
		w.hash ^= w.hash >> 29
	}
	if w.o.Trace {
		w.result.Trace = append(w.result.Trace, fmt.Sprintf("%12v  ", time.Duration(w.now))+fmt.Sprintf(format, args...))
	}
}
