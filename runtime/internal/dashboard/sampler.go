package dashboard

import (
	"sync"
	"time"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/machine"
)

// What the rings hold: fifteen minutes by the second, and a day by the half minute.
const (
	samplePeriod = time.Second
	fineSamples  = 15 * 60
	coarseEvery  = 30
	coarse       = 24 * 60 * 2
	// gpuEvery is how many periods pass between two questions to the GPUs, which take milliseconds.
	gpuEvery = 2
)

// sample is the session and its machine at one moment. A day of them takes 400 KB, and 16 bytes more
// for each node and GPU.
type sample struct {
	at                                   int64   // milliseconds since 1970
	cpu                                  float32 // percent of the machine
	memory, memoryTotal                  int64
	store, storeTotal, spilled           int64
	cpuUsed, cpuTotal, gpuUsed, gpuTotal float32 // logical
	running, pending, actors, workers    int32
	finished, failed                     int64 // since the start
	taskRate                             float32
	driverMemory, workerMemory           int64
	gpus                                 []gpuSample
	nodes                                []nodeSample
	restored, spilledEver, transferred   int64
}

// gpuSample is a device: percent busy, and percent of its memory.
type gpuSample struct{ busy, memory float32 }

// nodeSample is a node: the part of its CPUs in use and of its store, in percent.
type nodeSample struct{ cpu, store float32 }

// sampler keeps the figures of a session.
type sampler struct {
	source Source
	meter  machine.Meter

	mu     sync.Mutex
	latest figures
	fine   ring
	coarse ring
	turns  int
	heard  map[chan struct{}]bool // who waits for the next sample
}

// figures are the last that were collected.
type figures struct {
	gauges    core.Gauges
	cores     []float64 // percent busy
	cpu       float64
	processes map[int]float64 // percent of one core
	gpus      []machine.GPU
	disk      [2]int64 // used, free
	rate      float64  // tasks finished per second
}

// ring holds the last samples.
type ring struct {
	list []sample
	next int
	most int
}

func (r *ring) add(s sample) {
	if len(r.list) < r.most {
		r.list = append(r.list, s)
		return
	}
	r.list[r.next] = s
	r.next = (r.next + 1) % r.most
}

// since returns the samples after a moment, the oldest first.
func (r *ring) since(at int64) (list []sample) {
	for i := range r.list {
		if s := r.list[(r.next+i)%len(r.list)]; s.at > at {
			list = append(list, s)
		}
	}
	return list
}

func newSampler(source Source) *sampler {
	return &sampler{source: source, fine: ring{most: fineSamples}, coarse: ring{most: coarse}, heard: map[chan struct{}]bool{}}
}

// run samples until ended is closed.
func (s *sampler) run(ended <-chan struct{}) {
	s.meter.CPU() // what it counts from
	tick := time.NewTicker(samplePeriod)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			s.take()
		case <-ended:
			return
		}
	}
}

// take collects the figures once.
func (s *sampler) take() {
	f := figures{gauges: s.source.Gauges()}
	f.cores, f.cpu = s.meter.CPU()
	pids := []int{f.gauges.Driver.PID}
	for _, n := range f.gauges.Nodes {
		for _, w := range n.Workers {
			pids = append(pids, w.PID)
		}
	}
	f.processes = s.meter.Processes(pids)
	f.disk[0], f.disk[1] = machine.Disk(s.source.Info().SessionDir)

	s.mu.Lock()
	before, turn := s.latest, s.turns
	s.mu.Unlock()
	if f.gpus = before.gpus; turn%gpuEvery == 0 {
		f.gpus = machine.GPUs()
	}
	if seconds := f.gauges.At.Sub(before.gauges.At).Seconds(); !before.gauges.At.IsZero() && seconds > 0 {
		f.rate = max(0, float64(f.gauges.Finished-before.gauges.Finished)/seconds)
	}

	s.mu.Lock()
	defer s.mu.Unlock()
	s.latest = f
	one := f.sample()
	s.fine.add(one)
	if s.turns%coarseEvery == 0 {
		s.coarse.add(one)
	}
	s.turns++
	for c := range s.heard {
		select {
		case c <- struct{}{}:
		default: // it has not read the one before
		}
	}
}

// sample is what the rings keep of the figures.
func (f *figures) sample() sample {
	g := &f.gauges
	s := sample{
		at: g.At.UnixMilli(), cpu: float32(f.cpu), memory: g.MemoryUsed, memoryTotal: g.MemoryTotal, spilled: g.StoreSpilled,
		actors: int32(g.Actors["ALIVE"]), finished: g.Finished, failed: g.Failed, taskRate: float32(f.rate), driverMemory: g.Driver.Memory,
		restored: g.RestoredTotal, spilledEver: g.SpilledTotal, transferred: g.Transferred,
	}
	for _, t := range g.Tasks {
		if t.State == running {
			s.running += int32(t.Count)
		} else {
			s.pending += int32(t.Count)
		}
	}
	for i := range g.Nodes {
		n := &g.Nodes[i]
		if !n.Alive {
			s.nodes = append(s.nodes, nodeSample{})
			continue
		}
		total, used := n.Total[core.CPU], n.Total[core.CPU]-n.Free[core.CPU]
		s.cpuTotal, s.cpuUsed = s.cpuTotal+float32(total), s.cpuUsed+float32(used)
		s.gpuTotal, s.gpuUsed = s.gpuTotal+float32(n.Total[core.GPU]), s.gpuUsed+float32(n.Total[core.GPU]-n.Free[core.GPU])
		s.store, s.storeTotal = s.store+n.StoreUsed, s.storeTotal+n.StoreCapacity
		s.nodes = append(s.nodes, nodeSample{percent(used, total), percent(float64(n.StoreUsed), float64(n.StoreCapacity))})
		s.workers += int32(len(n.Workers))
		for _, w := range n.Workers {
			s.workerMemory += w.Memory
		}
	}
	for _, d := range f.gpus {
		s.gpus = append(s.gpus, gpuSample{float32(d.Utilization), percent(float64(d.MemoryUsed), float64(d.MemoryTotal))})
	}
	return s
}

// running is the state of tasks that were given to a worker.
const running = "RUNNING"

func percent(part, whole float64) float32 {
	if whole <= 0 {
		return 0
	}
	return float32(100 * part / whole)
}

// now returns the last figures, collected at once if there are none yet.
func (s *sampler) now() figures {
	s.mu.Lock()
	f := s.latest
	s.mu.Unlock()
	if f.gauges.At.IsZero() {
		f.gauges = s.source.Gauges()
	}
	return f
}

// subscribe returns a channel that gets a value after each sample, until cancel is called.
func (s *sampler) subscribe() (c chan struct{}, cancel func()) {
	c = make(chan struct{}, 1)
	s.mu.Lock()
	s.heard[c] = true
	s.mu.Unlock()
	return c, func() {
		s.mu.Lock()
		delete(s.heard, c)
		s.mu.Unlock()
	}
}
