package inprocess

import (
	"fmt"
	"slices"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/sched"
)

var _ core.NodeKeeper = (*Backend)(nil)

// nodeID is the name of the only node, where no others were asked for.
const nodeID = "inprocess"

// goroutines bounds what runs at the same time on a node, as worker processes do elsewhere.
const goroutines = 100_000

// virtual is a node as this backend knows it.
type virtual struct {
	core.NodeInfo
	id       sched.Node
	firstGPU int // the devices of nodes are numbered one after the other
}

func (b *Backend) addNode(c core.NodeConfig) string {
	if c.Name == "" {
		c.Name = fmt.Sprintf("%s-%d", nodeID, len(b.nodes)+1)
	}
	v := &virtual{NodeInfo: core.NodeInfo{ID: c.Name, IP: "127.0.0.1", Alive: true, Resources: c.Resources.Clone(), Labels: c.Labels}}
	for _, o := range b.nodes {
		v.firstGPU += int(o.Resources[core.GPU])
	}
	b.nodes = append(b.nodes, v)
	v.id = b.sched.AddNode(sched.NodeConfig{
		Name: c.Name, Total: c.Resources, Labels: c.Labels, MaxWorkers: goroutines,
		Prestart: min(int(c.Resources[core.CPU]), 16), // costs nothing, and tells how deep recursions may go
	})
	b.act()
	return c.Name
}

// devices are the GPUs of a task as they are numbered on the machine.
func (b *Backend) devices(on sched.Node, gpus []int) []int {
	var list []int
	for _, v := range b.nodes {
		if v.id == on {
			for _, g := range gpus {
				list = append(list, v.firstGPU+g)
			}
		}
	}
	return list
}

// first is the node of the driver.
func (b *Backend) first() string {
	if len(b.nodes) == 0 {
		return nodeID
	}
	return b.nodes[0].ID
}

// Nodes implements core.Backend.
func (b *Backend) Nodes() []core.NodeInfo {
	b.mu.Lock()
	defer b.mu.Unlock()
	var list []core.NodeInfo
	for _, v := range b.nodes {
		i := v.NodeInfo
		i.Resources = i.Resources.Clone()
		list = append(list, i)
	}
	return list
}

// AddNode implements core.NodeKeeper.
func (b *Backend) AddNode(c core.NodeConfig) (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return "", core.ErrClosed
	}
	for _, v := range b.nodes {
		if v.Alive && v.ID == c.Name {
			return "", fmt.Errorf("ray: AddNode: node %q is there; choose another name, or none", c.Name)
		}
	}
	return b.addNode(c), nil
}

// RemoveNode implements core.NodeKeeper. Goroutines cannot be killed: contexts end, results are
// dropped, and what may be retried runs elsewhere. Objects are not lost: there is one memory.
func (b *Backend) RemoveNode(id string, drain bool) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	i := slices.IndexFunc(b.nodes, func(v *virtual) bool { return v.Alive && v.ID == id })
	if i < 0 {
		return fmt.Errorf("ray: RemoveNode: there is no node %q; ray.Nodes() lists them", id)
	}
	v := b.nodes[i]
	if drain {
		b.sched.DrainNode(v.id)
		b.act()
		return nil
	}
	v.Alive = false
	var lost []*task
	for w, t := range b.busy {
		if core.TaskFrom(t.ctx).NodeID == id {
			lost = append(lost, t)
			delete(b.busy, w)
		}
	}
	slices.SortFunc(lost, func(x, y *task) int { return int(x.spec.ID) - int(y.spec.ID) })
	b.sched.RemoveNode(v.id)
	for _, t := range lost {
		b.sched.WorkerLost(t.worker)
		b.lose(t)
	}
	b.lookLater()
	b.act()
	return nil
}

// lose goes on with a task whose node is gone.
func (b *Backend) lose(t *task) {
	t.cancel()
	t.worker = 0
	const how = "its node was removed"
	switch {
	case t.actor != nil:
		t.actor.die(&core.Failure{Kind: core.ActorDied, Text: how, Func: t.spec.Label()})
	case t.spec.MaxRetries >= 0 && t.attempt >= t.spec.MaxRetries:
		b.finish(t, core.Value{Failure: &core.Failure{Kind: core.WorkerCrashed, Text: how, Func: t.spec.Label(), Attempt: t.attempt}})
	default:
		b.again(t)
	}
}
