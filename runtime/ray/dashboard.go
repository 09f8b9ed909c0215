package ray

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/machine"
)

// ClusterView is the cluster at a glance: the nodes with what is in use of them, the tasks by state,
// and the machine. A notebook shows it as a small picture that goes on changing; a terminal and a
// saved file show it as it was.
type ClusterView struct {
	Time  time.Time
	URL   string // of the dashboard, which shows more; empty without one
	Nodes []NodeView
	// Running and Waiting count the tasks that have not finished, Finished and Failed those since the
	// session began; the failed ones are among the finished.
	Running, Waiting int
	Finished, Failed int64
	Actors, Objects  int
	CPU              []float64 // percent busy, by core of this machine; empty where nobody knows
	MemoryUsed       int64     // bytes, of this machine or container
	MemoryTotal      int64

	gauger core.Gauger
	meter  *viewMeter
}

// NodeView is a node at a glance.
type NodeView struct {
	ID    string
	Alive bool
	Uses  []Use // CPU, GPU, custom resources, and the object store
}

// Use is how much of something is in use.
type Use struct {
	Name        string
	Used, Total float64
	Bytes       bool
}

// viewMeter measures the cores between two views.
type viewMeter struct {
	mu sync.Mutex
	machine.Meter
}

// firstMeasure is how long the first view looks at the cores, whose times are counted in hundredths of
// a second.
const firstMeasure = 100 * time.Millisecond

// Dashboard returns the cluster at a glance. As the last expression of a notebook's cell it is a live
// panel, until the session ends, the cell shows another one, or half an hour has passed.
//
//	ray.Dashboard()
func Dashboard() (*ClusterView, error) {
	s := currentSession()
	if s == nil {
		return nil, notInitialized()
	}
	g, ok := s.backend.(core.Gauger)
	if !ok {
		_, _, err := observer("Dashboard")
		if err == nil {
			err = fmt.Errorf("ray: Dashboard: this backend (%s) does not tell its figures; see ListTasks and ListNodes", s.backend.Info().Scheme)
		}
		return nil, err
	}
	v := &ClusterView{URL: s.backend.Info().DashboardURL, gauger: g, meter: &viewMeter{}}
	v.meter.CPU()
	time.Sleep(firstMeasure)
	v.look()
	return v, nil
}

// look takes the figures anew.
func (v *ClusterView) look() {
	g := v.gauger.Gauges()
	v.Time, v.Finished, v.Failed, v.Objects, v.Actors = g.At, g.Finished, g.Failed, g.Objects, g.Actors["ALIVE"]
	v.MemoryUsed, v.MemoryTotal = g.MemoryUsed, g.MemoryTotal
	v.meter.mu.Lock()
	v.CPU, _ = v.meter.CPU()
	v.meter.mu.Unlock()
	v.Running, v.Waiting, v.Nodes = 0, 0, nil
	for _, t := range g.Tasks {
		if t.State == "RUNNING" {
			v.Running += t.Count
		} else {
			v.Waiting += t.Count
		}
	}
	for i := range g.Nodes {
		v.Nodes = append(v.Nodes, nodeView(&g.Nodes[i]))
	}
}

func nodeView(g *core.NodeGauge) NodeView {
	n := NodeView{ID: g.ID, Alive: g.Alive}
	if !g.Alive {
		return n
	}
	names := g.Total.Names()
	slices.SortStableFunc(names, func(x, y string) int { return rank(x) - rank(y) })
	for _, name := range names {
		if name != core.Memory && name != core.Store {
			n.Uses = append(n.Uses, Use{Name: name, Used: g.Total[name] - g.Free[name], Total: g.Total[name]})
		}
	}
	n.Uses = append(n.Uses, Use{Name: "store", Used: float64(g.StoreUsed), Total: float64(g.StoreCapacity), Bytes: true})
	return n
}

// rank puts the CPUs first, and the GPUs before what somebody has named.
func rank(resource string) int {
	switch resource {
	case core.CPU:
		return 0
	case core.GPU:
		return 1
	}
	return 2
}

// share is the part that is in use, from 0 to 1.
func (u Use) share() float64 {
	if u.Total <= 0 {
		return 0
	}
	return min(max(u.Used/u.Total, 0), 1)
}

func (u Use) text() string {
	if u.Bytes {
		return bytesText(int64(u.Used)) + " of " + bytesText(int64(u.Total))
	}
	return fmt.Sprintf("%.4g of %.4g", u.Used, u.Total)
}

// busy is the mean of the cores, in percent.
func (v *ClusterView) busy() float64 {
	sum := 0.0
	for _, c := range v.CPU {
		sum += c / float64(len(v.CPU))
	}
	return sum
}

// machineUses are the bars of the machine.
func (v *ClusterView) machineUses() (uses []Use) {
	if len(v.CPU) > 0 {
		uses = append(uses, Use{Name: fmt.Sprintf("%d cores", len(v.CPU)), Used: v.busy(), Total: 100})
	}
	return append(uses, Use{Name: "memory", Used: float64(v.MemoryUsed), Total: float64(v.MemoryTotal), Bytes: true})
}

// counts is a line about tasks and what lives.
func (v *ClusterView) counts() string {
	alive := 0
	for _, n := range v.Nodes {
		if n.Alive {
			alive++
		}
	}
	return fmt.Sprintf("%s, %s, %s; tasks: %d running, %d waiting, %d finished, %d failed",
		plural(alive, "node"), plural(v.Actors, "actor"), plural(v.Objects, "object"), v.Running, v.Waiting, v.Finished, v.Failed)
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
