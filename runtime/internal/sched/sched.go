package sched

// Task, Worker and Group are ids that the caller chose; Node comes from AddNode, Shape from
// Sched.Shape and Sched.ShapeOf. Zero names none, except for shapes.
type (
	Task   uint64
	Worker uint32
	Group  uint64
	Node   uint32
	Shape  int32
)

// Config says what there is at the beginning.
type Config struct {
	// Total, Name, Prestart and MaxWorkers describe the first node; without Total there is none.
	Name       string
	Total      map[string]float64
	Prestart   int // workers to keep ready, besides dedicated ones
	MaxWorkers int // 0: 512
}

const (
	// maxDepth is how many tasks a lease may hold at most.
	maxDepth = 256
	// pipelineNanos is how much work may wait behind a running task.
	pipelineNanos = 500_000
	defaultLimit  = 512
	// maxFailures is how often in a row a worker is asked for that does not come up.
	maxFailures = 3
)

// Sched is the state. Its methods must not be called at the same time.
type Sched struct {
	table
	nodes      []*node // in the order in which they were added
	byNode     map[Node]*node
	byName     map[string]*node
	lastNode   Node
	nextSpread int // where Spread goes on

	slab    slab
	shapes  []*shape
	byKey   map[string]Shape
	waiting []*shape // those whose queue is not empty, and some others
	placed  map[Task]*lease
	spare   []*lease // that have ended, to be used again
	workers map[Worker]*worker

	groups        map[Group]*group
	pendingGroups []*group

	blocked  int // workers whose task waits for objects
	patience int // how many of them there may be before the newest tasks run first
	actions  []Action
	returned []Action // what Actions returned last
}

// worker is a process that can run tasks.
type worker struct {
	id        Worker
	node      *node
	lease     *lease // nil: idle
	dedicated bool
	env       string
}

// New returns a scheduler for what c describes.
func New(c Config) *Sched {
	s := &Sched{
		table: newTable(), byNode: map[Node]*node{}, byName: map[string]*node{}, byKey: map[string]Shape{},
		placed: map[Task]*lease{}, workers: map[Worker]*worker{}, groups: map[Group]*group{}, patience: 4,
	}
	if c.Total != nil {
		s.AddNode(NodeConfig{Name: c.Name, Total: c.Total, Prestart: c.Prestart, MaxWorkers: c.MaxWorkers})
	}
	return s
}

// Actions returns what to do since the last call. The list is valid until the next call: its memory
// is used again.
func (s *Sched) Actions() []Action {
	a := s.actions
	s.actions, s.returned = s.returned[:0], nil
	if cap(a) <= maxSpare {
		s.returned = a
	}
	return a
}

// maxSpare bounds the lists that are used again, so that a burst does not keep its memory.
const maxSpare = 512

func (s *Sched) act(a Action) { s.actions = append(s.actions, a) }

// Total returns what the nodes have.
func (s *Sched) Total() map[string]float64 {
	return s.sum(func(n *node) []int64 { return n.pool.total })
}

// Available returns what is neither leased nor reserved.
func (s *Sched) Available() map[string]float64 {
	return s.sum(func(n *node) []int64 { return n.pool.available })
}

func (s *Sched) sum(of func(*node) []int64) map[string]float64 {
	m := map[string]float64{}
	for _, n := range s.nodes {
		amounts := of(n)
		for i := range n.pool.total {
			if n.pool.total[i] > 0 {
				m[s.names[i]] += float64(max(0, amounts[i])) / unit
			}
		}
	}
	return m
}

// Queued returns the number of tasks that wait for resources or a worker.
func (s *Sched) Queued() int {
	n := len(s.placed)
	for _, sh := range s.shapes {
		n += sh.queue.n
	}
	return n
}

// Bytes returns the memory that waiting tasks take.
func (s *Sched) Bytes() int { return s.slab.bytes() }

// Idle returns the number of idle workers.
func (s *Sched) Idle() int {
	idle := 0
	for _, n := range s.nodes {
		idle += len(n.idle)
	}
	return idle
}
