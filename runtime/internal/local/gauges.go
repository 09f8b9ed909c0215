package local

import (
	"cmp"
	"os"
	"slices"
	"time"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/machine"
	"github.com/goray/goray/runtime/internal/transport"
)

const (
	// countedTasks is up to how many tasks are looked at one by one: each costs about 50 ns under
	// the mutex.
	countedTasks = 20000
	// countedNames bounds the names that tasks are told apart by; the others are "other".
	countedNames = 50
)

// DashboardToken returns what readers of the dashboard need, and whether nobody had chosen it: then
// somebody has to be told. It is empty where they need nothing.
func (b *Backend) DashboardToken() (token string, made bool) {
	if b.dashboard == nil {
		return "", false
	}
	return b.dashboard.Token, b.dashboard.Made
}

// Gauges implements core.Gauger.
func (b *Backend) Gauges() core.Gauges {
	g := core.Gauges{At: time.Now(), Actors: map[string]int{}, Groups: map[string]int{}}
	b.mu.Lock()
	b.gauge(&g)
	b.mu.Unlock()
	memory := memoryUsage() // files are read without the mutex
	g.MemoryUsed, g.MemoryTotal = memory.used, memory.total
	g.Driver = core.WorkerGauge{PID: os.Getpid(), Running: "driver", Memory: machine.Private(os.Getpid())}
	for i := range g.Nodes {
		for j := range g.Nodes[i].Workers {
			w := &g.Nodes[i].Workers[j]
			w.Memory = private(w.PID)
		}
	}
	return g
}

// gauged answers a process that asks for the figures.
func (b *Backend) gauged(p *proc, request uint64) {
	g := b.Gauges()
	b.mu.Lock()
	defer b.unlock()
	if !b.closed {
		b.reply(p, request, func(w *transport.Writer) {
			w.String("")
			w.JSON(g)
		})
	}
}

func (b *Backend) gauge(g *core.Gauges) {
	g.Finished, g.Failed, g.Objects = b.history.finished, b.history.failed, b.objects.len()
	g.StoreSpilled, g.SpilledTotal, g.RestoredTotal = b.stats.spilled, b.stats.spilledTotal, b.stats.restored
	g.Transferred, g.Reconstructed, g.KilledForSpace = b.stats.transferred, b.stats.reconstructed, b.stats.killed
	busy := map[*proc]string{}
	g.Tasks, g.Estimated = b.countTasks(busy)
	for _, a := range b.actors {
		g.Actors[a.info().State]++
	}
	g.Actors["DEAD"] = len(b.history.graves)
	for _, group := range b.groups.List() {
		g.Groups[group.State]++
	}
	index := map[*node]int{}
	for i, n := range b.nodes {
		index[n] = i
		node := core.NodeGauge{
			ID: n.config.Name, IP: n.info.NodeIP, Alive: !n.dead, Head: i == 0, Total: n.config.Resources.Clone(),
			Labels: n.config.Labels, StoreCapacity: n.config.ObjectStoreMemory,
		}
		if !n.dead {
			node.StoreUsed, node.Free = n.store.Stats().Used, b.sched.NodeAvailable(n.id)
		}
		g.Nodes = append(g.Nodes, node)
	}
	for _, p := range b.procs {
		if p.joined || p.pid == 0 {
			continue
		}
		w := core.WorkerGauge{PID: p.pid, Running: busy[p], Given: p.given}
		if p.actor != nil {
			w.Running = "actor " + p.actor.spec.Func.Name
		} else if t := p.label.Load(); w.Running == "" && t != nil && p.given > 0 {
			w.Running = t.spec.Label()
		}
		n := &g.Nodes[index[p.node]]
		n.Workers = append(n.Workers, w)
	}
	for i := range g.Nodes {
		slices.SortFunc(g.Nodes[i].Workers, func(x, y core.WorkerGauge) int { return cmp.Compare(x.PID, y.PID) })
	}
}

// countTasks counts the tasks that have not finished, and notes who runs one.
func (b *Backend) countTasks(busy map[*proc]string) (list []core.TaskGauge, estimated bool) {
	if b.pending.len() > countedTasks {
		running := 0
		for _, p := range b.procs {
			running += p.given
		}
		return []core.TaskGauge{
			{State: stateNames[submitted], Count: running},
			{State: stateNames[waitingForResources], Count: b.pending.len() - running},
		}, true
	}
	type key struct {
		name  string
		state state
		retry bool
	}
	counts, names := map[key]int{}, map[string]bool{}
	for _, t := range b.pending.all() {
		k := key{t.spec.Label(), t.state, t.attempt() > 0}
		if t.proc != nil && t.state == submitted {
			busy[t.proc] = k.name
		}
		if !names[k.name] {
			if len(names) == countedNames {
				k.name = "other"
			}
			names[k.name] = true
		}
		counts[k]++
	}
	for k, n := range counts {
		list = append(list, core.TaskGauge{Name: k.name, State: stateNames[k.state], Retry: k.retry, Count: n})
	}
	slices.SortFunc(list, func(x, y core.TaskGauge) int {
		return cmp.Or(cmp.Compare(x.Name, y.Name), cmp.Compare(x.State, y.State))
	})
	return list, false
}

// stack is the trace of an attempt that failed.
type stack struct {
	id   core.ID
	text string
}

const (
	// keptStacks is of how many failures the trace is remembered, for whom asks, and keptStack how
	// much of each.
	keptStacks = 256
	keptStack  = 8 << 10
)

// keepStack remembers the trace of a failure.
func (h *history) keepStack(id core.ID, text string) {
	s := stack{id, text[:min(len(text), keptStack)]}
	if len(h.stacks) < keptStacks {
		h.stacks = append(h.stacks, s)
		return
	}
	h.stacks[h.nextStack] = s
	h.nextStack = (h.nextStack + 1) % keptStacks
}

// Stack returns the trace of the last attempt of a task that failed, as far as it is remembered.
func (b *Backend) Stack(id core.ID) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	h := &b.history
	for i := range h.stacks {
		if s := h.stacks[(h.nextStack-1-i+2*len(h.stacks))%len(h.stacks)]; s.id == id {
			return s.text
		}
	}
	return ""
}
