package sched

import (
	"fmt"
	"maps"
	"math"
	"slices"
)

// Task and Worker are ids that the caller chose; Shape comes from Sched.Shape.
type (
	Task   uint64
	Worker uint32
	Shape  int
)

// Config says what there is.
type Config struct {
	Total      map[string]float64
	Prestart   int // workers to keep ready, besides dedicated ones
	MaxWorkers int // 0: 512
}

// Kind says what the caller has to do.
type Kind uint8

// The kinds of actions.
const (
	Spawn  Kind = iota + 1 // start a worker process; report it with WorkerUp or SpawnFailed
	Start                  // send Task to Worker, with GPUs
	Recall                 // ask Worker for Count tasks that it has not started
	Stop                   // end Worker, which is idle; it is forgotten already
)

// Action is an instruction to the caller.
type Action struct {
	Kind   Kind
	Task   Task
	Worker Worker
	Count  int
	GPUs   []int // indices of the GPUs that the task may use
}

// String is what tests compare.
func (a Action) String() string {
	switch a.Kind {
	case Spawn:
		return "spawn"
	case Start:
		if len(a.GPUs) > 0 {
			return fmt.Sprintf("start %d on %d with GPUs %v", a.Task, a.Worker, a.GPUs)
		}
		return fmt.Sprintf("start %d on %d", a.Task, a.Worker)
	case Recall:
		return fmt.Sprintf("recall %d from %d", a.Count, a.Worker)
	case Stop:
		return fmt.Sprintf("stop %d", a.Worker)
	}
	return fmt.Sprintf("unknown action %d", a.Kind)
}

const (
	// unit is how many parts an amount has.
	unit = 10_000
	// maxDepth is how many tasks a lease may hold at most.
	maxDepth = 64
	// pipelineNanos is how much work may wait behind a running task.
	pipelineNanos = 500_000
	defaultLimit  = 512
)

// Sched is the state. Its methods must not be called at the same time.
type Sched struct {
	names     []string
	index     map[string]int
	total     []int64
	available []int64
	gpu       int     // index of "GPU", or -1
	gpus      []int64 // what each GPU has left

	shapes  []*shape
	byKey   map[string]Shape
	workers map[Worker]*worker
	idle    []*worker // the one that became idle last is used first

	blocked         int // workers whose task waits for objects
	patience        int // how many of them there may be before the newest tasks run first
	prestart, limit int
	starting        int
	pooled          int // workers that are not dedicated
	actions         []Action
}

type shape struct {
	need     []amount
	cpu      int64 // of need, lent while blocked
	queue    queue
	leases   []*worker
	mean     int64 // of the running time, nanoseconds; 0: unknown
	dedicate map[Task]bool
}

type amount struct {
	resource int
	n        int64
}

type worker struct {
	id        Worker
	shape     *shape
	tasks     []Task // running first
	blocked   int
	dedicated bool
	recalling bool
	gpus      []int
	gpuShare  int64
}

// New returns a scheduler for what c describes.
func New(c Config) *Sched {
	s := &Sched{
		index: map[string]int{}, byKey: map[string]Shape{}, workers: map[Worker]*worker{},
		gpu: -1, prestart: c.Prestart, limit: c.MaxWorkers,
	}
	if s.limit == 0 {
		s.limit = defaultLimit
	}
	for _, name := range slices.Sorted(maps.Keys(c.Total)) {
		s.index[name] = len(s.names)
		s.names = append(s.names, name)
		s.total = append(s.total, fixed(c.Total[name]))
	}
	s.available = slices.Clone(s.total)
	if i, ok := s.index["GPU"]; ok {
		s.gpu = i
		for range s.total[i] / unit {
			s.gpus = append(s.gpus, unit)
		}
	}
	s.patience = 2*c.Prestart + 4
	s.replenish()
	return s
}

func fixed(amount float64) int64 { return int64(math.Round(amount * unit)) }

// Shape returns the shape of tasks that ask for resources, and why it can never be granted, if so.
func (s *Sched) Shape(resources map[string]float64) (id Shape, infeasible string) {
	key := ""
	sh := &shape{dedicate: map[Task]bool{}}
	for _, name := range slices.Sorted(maps.Keys(resources)) {
		n := fixed(resources[name])
		if n == 0 {
			continue
		}
		i, ok := s.index[name]
		switch {
		case !ok:
			return 0, fmt.Sprintf("it asks for %s %g, the cluster has none", name, resources[name])
		case n > s.total[i]:
			return 0, fmt.Sprintf("it asks for %s %g, the cluster has %g", name, resources[name], float64(s.total[i])/unit)
		}
		sh.need = append(sh.need, amount{i, n})
		if name == "CPU" {
			sh.cpu = n
		}
		key += fmt.Sprintf("%d=%d,", i, n)
	}
	if id, ok := s.byKey[key]; ok {
		return id, ""
	}
	id = Shape(len(s.shapes))
	s.shapes = append(s.shapes, sh)
	s.byKey[key] = id
	return id, ""
}

// Actions returns what to do since the last call.
func (s *Sched) Actions() []Action {
	a := s.actions
	s.actions = nil
	return a
}

// Available returns what is not leased.
func (s *Sched) Available() map[string]float64 {
	m := make(map[string]float64, len(s.names))
	for i, name := range s.names {
		m[name] = float64(max(0, s.available[i])) / unit
	}
	return m
}

// Queued returns the number of tasks that wait for resources or a worker.
func (s *Sched) Queued() int {
	n := 0
	for _, sh := range s.shapes {
		n += sh.queue.len()
	}
	return n
}

// Idle returns the number of idle workers.
func (s *Sched) Idle() int { return len(s.idle) }
