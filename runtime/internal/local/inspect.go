package local

import (
	"cmp"
	"os"
	"slices"

	"github.com/goray/goray/runtime/internal/core"
)

// What Inspect lists at most; the figures count all.
const (
	shownObjects = 100
	shownTasks   = 1000
	shownDone    = 256
)

var stateNames = map[state]string{
	waitingForArguments: "WAITING_FOR_ARGUMENTS", waitingForResources: "WAITING_FOR_RESOURCES",
	submitted: "RUNNING", waitingToRetry: "RETRYING",
}

// Inspect implements core.Inspector.
func (b *Backend) Inspect() core.State {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.state()
}

func (b *Backend) state() core.State {
	var used, capacity int64
	for _, n := range b.nodes {
		if !n.dead {
			used += n.store.Stats().Used
			capacity += n.config.ObjectStoreMemory
		}
	}
	s := core.State{Cluster: core.ClusterState{
		NodeID: b.info.NodeID, NodeIP: b.info.NodeIP, DriverPID: os.Getpid(), SessionDir: b.info.SessionDir,
		Started: b.started, Total: b.sched.Total(), Available: b.available(), TasksPending: b.pending.len(),
		TasksFinished: b.history.finished, TasksFailed: b.history.failed, Objects: b.objects.len(),
		StoreUsed: used, StoreCapacity: capacity, StoreSpilled: b.stats.spilled,
		SpilledTotal: b.stats.spilledTotal, RestoredTotal: b.stats.restored, Transferred: b.stats.transferred,
		Reconstructed: b.stats.reconstructed, KilledForSpace: b.stats.killed,
	}}
	busy := map[*proc]string{}
	for _, t := range b.pending.all() {
		ts := t.describe(b)
		if t.proc != nil {
			busy[t.proc] = ts.Name
		}
		s.Tasks = append(s.Tasks, ts)
	}
	slices.SortFunc(s.Tasks, func(x, y core.TaskState) int { return cmp.Compare(x.ID, y.ID) })
	s.Tasks = s.Tasks[:min(len(s.Tasks), shownTasks)]
	s.Tasks = append(s.Tasks, b.history.states(b, shownDone)...)
	for _, p := range b.procs {
		if p.joined {
			continue
		}
		w := core.WorkerState{PID: p.pid, Node: p.node.config.Name, Running: busy[p]}
		if p.actor != nil {
			w.Running = "actor " + p.actor.spec.Func.Name
		}
		s.Cluster.Workers = append(s.Cluster.Workers, w)
	}
	slices.SortFunc(s.Cluster.Workers, func(x, y core.WorkerState) int { return cmp.Compare(x.PID, y.PID) })
	for _, a := range b.actors {
		s.Actors = append(s.Actors, a.info())
	}
	slices.SortFunc(s.Actors, func(x, y core.ActorInfo) int { return cmp.Compare(x.ID, y.ID) })
	s.Objects = b.largest()
	s.Groups = b.groups.List()
	return s
}

// largest lists objects, the largest first.
func (b *Backend) largest() []core.ObjectState {
	all := make([]core.ObjectState, 0, b.objects.len())
	for id, o := range b.objects.all() {
		all = append(all, b.describe(id, o))
	}
	slices.SortFunc(all, func(x, y core.ObjectState) int {
		return cmp.Or(cmp.Compare(y.Bytes, x.Bytes), cmp.Compare(x.ID, y.ID))
	})
	return all[:min(len(all), shownObjects)]
}
