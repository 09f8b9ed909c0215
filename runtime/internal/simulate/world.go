package simulate

import (
	"container/heap"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/goray/goray/runtime/internal/sched"
)

// world is everything that is not the scheduler.
type world struct {
	s        Scheduler
	o        Options
	rng      *rand.Rand
	failures float64
	maxDelay int64
	kind     bool // nothing fails any more

	now    int64
	events eventHeap
	made   uint64
	hash   uint64
	result Result

	nodes      map[sched.Node]*node
	nodeOrder  []*node
	workers    map[sched.Worker]*worker
	lastWorker sched.Worker
	tasks      map[sched.Task]*task
	taskOrder  []*task
	lastTask   sched.Task
	queues     map[sched.Shape][]*task // ready, by order; those that have started are skipped
	ordered    uint64
	groups     map[sched.Group]*group
	groupOrder []*group
	blocked    int // workers, as the scheduler was told
	peak       int // the most that were blocked during this event
	turned     int // the last event in which more were blocked than the scheduler has patience for
	patience   int // the least that the scheduler had during this event
}

type event struct {
	at   int64
	made uint64
	do   func()
}

type eventHeap []event

func (h eventHeap) Len() int { return len(h) }
func (h eventHeap) Less(i, j int) bool {
	return h[i].at < h[j].at || h[i].at == h[j].at && h[i].made < h[j].made
}
func (h eventHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *eventHeap) Push(x any)   { *h = append(*h, x.(event)) }
func (h *eventHeap) Pop() any {
	last := len(*h) - 1
	e := (*h)[last]
	*h = (*h)[:last]
	return e
}

// at makes something happen at a time.
func (w *world) at(t int64, do func()) {
	w.made++
	heap.Push(&w.events, event{max(t, w.now), w.made, do})
}

func (w *world) after(d int64, do func()) { w.at(w.now+d, do) }

// delay is how long a message takes: nearly always a moment, sometimes long.
func (w *world) delay() int64 {
	if w.rng.IntN(20) == 0 {
		return 1 + w.rng.Int64N(w.maxDelay)
	}
	return 1 + w.rng.Int64N(int64(50*time.Microsecond))
}

// fails throws the dice for something that goes wrong once in so many times.
func (w *world) fails(once float64) bool {
	return !w.kind && w.rng.Float64() < w.failures/once
}

// live lets things happen until nothing more does.
func (w *world) live() {
	w.act()
	for len(w.events) > 0 {
		e := heap.Pop(&w.events).(event)
		w.now, w.peak, w.patience = e.at, w.blocked, w.patienceNow()
		e.do()
		w.patience = min(w.patience, w.patienceNow())
		if w.peak > w.patience {
			w.turned = w.result.Events
		}
		w.act()
		w.checkAtomic()
		if w.result.Events++; w.result.Events > maxEvents {
			w.violated("it does not come to an end")
			w.events = nil
		}
	}
	w.quiet()
}

// act carries out what the scheduler wants.
func (w *world) act() {
	for actions := w.s.Actions(); len(actions) > 0; actions = w.s.Actions() {
		for _, a := range actions { // a copy: workers look at it later
			w.carryOut(&a)
		}
	}
}

func (w *world) carryOut(a *sched.Action) {
	w.note('a', uint64(a.Kind)<<56|uint64(a.Task), uint64(a.Worker)<<32|uint64(a.Node), "        %s", a)
	switch a.Kind {
	case sched.Spawn:
		w.spawn(a.Node)
	case sched.Start:
		w.start(a)
	case sched.Recall:
		if k := w.worker(a); k != nil {
			k.receive(w, func() { w.giveBack(k, a.Count) })
		}
	case sched.Stop:
		if k := w.worker(a); k != nil {
			if len(k.given) > 0 {
				w.violated("worker %d is stopped although it has tasks", a.Worker)
			}
			k.forgotten = true
			w.kill(k)
		}
	case sched.Reject:
		w.rejected(a)
	case sched.Evict:
		w.evicted(a)
	case sched.GroupReady:
		w.groupReady(a)
	case sched.GroupLost:
		w.groupLost(a)
	case sched.Drained:
		w.drained(a)
	}
}

// worker is the worker of an action.
func (w *world) worker(a *sched.Action) *worker {
	k := w.workers[a.Worker]
	if k == nil || k.forgotten {
		w.violated("%s: there is no such worker", a)
		return nil
	}
	return k
}

// node is a machine.
type node struct {
	id       sched.Node
	config   sched.NodeConfig
	gone     bool
	draining bool
	failed   int // spawns, one after the other
	gpus     int
	// resumed is the event in which a worker went on that had lent its CPUs: what was decided
	// before, in the same event, may have used them.
	resumed int
}

func (w *world) addNode(c sched.NodeConfig) *node {
	n := &node{config: c, gpus: int(c.Total["GPU"])}
	n.id = w.s.AddNode(c)
	w.nodes[n.id] = n
	w.nodeOrder = append(w.nodeOrder, n)
	w.result.NodesAdded++
	w.note('n', uint64(n.id), 0, "node %d comes: %v %v", n.id, c.Total, c.Labels)
	return n
}

// loseNode ends a node: its workers end with it, which is told late.
func (w *world) loseNode(n *node) {
	if n.gone {
		return
	}
	w.note('N', uint64(n.id), 0, "node %d is gone", n.id)
	n.gone = true
	w.result.NodesLost++
	w.displacing(func() { w.s.RemoveNode(n.id) })
	for _, id := range w.workerIDs() {
		if k := w.workers[id]; k.node == n {
			w.kill(k)
		}
	}
}

func (w *world) workerIDs() []sched.Worker {
	ids := make([]sched.Worker, 0, len(w.workers))
	for id := range w.workers {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

func (w *world) drained(a *sched.Action) {
	n := w.nodes[a.Node]
	for _, id := range w.workerIDs() {
		if k := w.workers[id]; k.node == n && !k.forgotten && len(k.given) > 0 {
			w.violated("node %d is said to be drained, but worker %d has tasks", n.id, id)
		}
	}
	w.result.NodesDrained++
	w.after(w.delay(), func() { w.loseNode(n) })
}
