package simulate

import (
	"fmt"
	"math"
	"slices"

	"github.com/goray/goray/runtime/internal/sched"
)

// unit is how many parts an amount has.
const unit = 10_000

func parts(amount float64) int64 { return int64(math.Round(amount * unit)) }

// lease notes that a worker uses what its first task asks for, and checks that it was free.
func (w *world) lease(k *worker, kd *kind, gpus []int) {
	k.shape, k.gpus = kd, gpus
	n := k.node
	for _, name := range kd.names {
		need := kd.need[name]
		if name == "CPU" && n.resumed == w.result.Events+1 {
			continue
		}
		if kd.group != nil && !kd.group.removed { // whether the bundles fit was seen when they were reserved
			if name == "CPU" && kd.group.resumed {
				continue
			}
			if used, reserved := w.usedOf(kd.group, kd.strategy.Bundle, n, name), kd.group.reservedOn(n, kd.strategy.Bundle, name); used > reserved {
				w.violated("bundles of group %d on node %d: %s %d of %d is in use", kd.group.id, n.id, name, used, reserved)
			}
			continue
		}
		if used, total := w.used(n, name), parts(n.config.Total[name]); used > total {
			w.violated("node %d: %s %d of %d is in use after worker %d got %d:%s", n.id, name, used, total, k.id, need, w.users(n, name))
		}
	}
	w.checkGPUs(k)
}

// release notes that a worker uses nothing.
func (w *world) release(k *worker) {
	k.shape, k.gpus = nil, nil
	if k.blocked {
		k.blocked = false
		w.blocked--
	}
}

// counts reports whether the worker uses a resource: a blocked one lends its CPUs.
func (k *worker) counts(name string) int64 {
	if k.shape == nil || k.blocked && name == "CPU" {
		return 0
	}
	return k.shape.need[name]
}

// used is how much of a resource of a node is in use or reserved.
func (w *world) used(n *node, name string) int64 {
	sum := int64(0)
	for _, k := range w.workers {
		if k.node == n && k.shape != nil && (k.shape.group == nil || k.shape.group.removed) {
			sum += k.counts(name)
		}
	}
	for _, g := range w.groupOrder {
		if !g.removed {
			sum += g.reservedOn(n, -1, name)
		}
	}
	return sum
}

// users tells who uses a resource of a node.
func (w *world) users(n *node, name string) string {
	text := ""
	for _, id := range w.workerIDs() {
		if k := w.workers[id]; k.node == n && k.shape != nil && k.shape.need[name] > 0 {
			text += fmt.Sprintf(" worker %d %d", id, k.shape.need[name])
			if k.blocked {
				text += " (lent)"
			}
			if k.shape.group != nil {
				text += fmt.Sprintf(" (group %d)", k.shape.group.id)
			}
		}
	}
	for _, g := range w.groupOrder {
		if r := g.reservedOn(n, -1, name); !g.removed && r > 0 {
			text += fmt.Sprintf(" group %d %d", g.id, r)
		}
	}
	return text
}

// usedOf is how much of a group's reservation on a node is in use by tasks that asked for the
// bundle; any bundle is all of them.
func (w *world) usedOf(g *group, bundle int, n *node, name string) int64 {
	sum := int64(0)
	for _, k := range w.workers {
		if k.node == n && k.shape != nil && k.shape.group == g && (bundle == -1 || k.shape.strategy.Bundle == bundle) {
			sum += k.counts(name)
		}
	}
	return sum
}

// checkGPUs checks that a worker has as many GPUs as it asked for, and that nobody has too much
// of one.
func (w *world) checkGPUs(k *worker) {
	need := k.shape.need["GPU"]
	want := int((need + unit - 1) / unit)
	if len(k.gpus) != want {
		w.violated("worker %d has GPUs %v, it asked for %d parts", k.id, k.gpus, need)
		return
	}
	if need == 0 {
		return
	}
	shares := w.gpuShares(k.node)
	for _, g := range k.gpus {
		if g >= len(shares) || shares[g] > unit {
			w.violated("GPU %d of node %d is given to more than one", g, k.node.id)
		}
	}
}

func (w *world) gpuShares(n *node) []int64 {
	shares := make([]int64, n.gpus)
	for _, k := range w.workers {
		if k.node == n && k.shape != nil {
			for _, g := range k.gpus {
				if g < len(shares) {
					shares[g] += min(k.shape.need["GPU"], unit)
				}
			}
		}
	}
	return shares
}

// compareLost compares what the scheduler says a lost worker had with what it was given.
func (w *world) compareLost(k *worker, running sched.Task, waiting []sched.Task, stopped bool) {
	var had []sched.Task
	if running != 0 {
		had = append([]sched.Task{running}, waiting...)
	}
	var given []sched.Task
	for _, t := range k.given {
		given = append(given, t.id)
	}
	if !slices.Equal(had, given) && !stopped {
		w.violated("worker %d had %v, the scheduler says %v", k.id, given, had)
	}
}

// patienceNow is how many blocked workers there may be before the scheduler turns its queues
// around.
func (w *world) patienceNow() int {
	p := 4
	for _, n := range w.nodeOrder {
		if !n.gone && !n.draining {
			p += 2 * n.config.Prestart
		}
	}
	return p
}

// checkOrder checks that tasks of one shape start in the order in which they became ready.
func (w *world) checkOrder(t *task) {
	q := w.queues[t.kind.shape]
	for len(q) > 0 && (q[0].state != queued || q[0].exempt) {
		q = q[1:]
	}
	w.queues[t.kind.shape] = q
	if w.peak > w.patience {
		w.turned = w.result.Events
	}
	if t.exempt || w.turned >= t.ready {
		return // the newest may come first
	}
	for _, u := range q {
		if u.order >= t.order {
			return
		}
		if u.state != queued || u.exempt {
			continue
		}
		if _, _, placed, known := w.s.Waits(u.id); known && !placed { // or it is about to be started, too
			w.violated("task %d starts before task %d of the same shape, which was ready earlier", t.id, u.id)
			return
		}
	}
}

// displacing does something that may take tasks off a node where they were to start: they are the
// first of their queue again, after others that were placed later.
func (w *world) displacing(do func()) {
	var placed []*task
	for _, q := range w.queues {
		for _, t := range q {
			if _, _, is, _ := w.s.Waits(t.id); is {
				placed = append(placed, t)
			}
		}
	}
	do()
	for _, t := range placed {
		if _, _, is, _ := w.s.Waits(t.id); !is {
			t.exempt = true
		}
	}
}

// checkPlace checks that a task may run on a node.
func (w *world) checkPlace(t *task, n *node) {
	g := &t.kind.strategy
	switch {
	case n.gone:
		w.violated("task %d starts on node %d, which is gone", t.id, n.id)
	case n.draining && t.kind.group == nil:
		w.violated("task %d starts on node %d, which is drained", t.id, n.id)
	case g.Kind == sched.Affinity && !g.Soft && g.Node != n.config.Name:
		w.violated("task %d starts on node %d and not on %s", t.id, n.id, g.Node)
	case !allowed(g, n):
		w.violated("task %d starts on node %d, whose labels do not match", t.id, n.id)
	case t.kind.group != nil && (t.kind.group.removed || !t.kind.group.isOn(n, g.Bundle)):
		w.violated("task %d starts on node %d, where its bundle is not", t.id, n.id)
	}
}

// allowed is our own reading of label conditions.
func allowed(g *sched.Strategy, n *node) bool {
	for _, m := range g.Hard {
		value, has := n.config.Labels[m.Key]
		in := has && slices.Contains(m.Values, value)
		if m.Op == sched.In && !in || m.Op == sched.NotIn && in || m.Op == sched.Exists && !has || m.Op == sched.NotExists && has {
			return false
		}
	}
	return true
}

// quiet checks, when nothing happens any more, that what waits has to.
func (w *world) quiet() {
	for _, t := range w.taskOrder {
		if t.state != queued {
			continue
		}
		if n := w.couldRunOn(t); n != nil {
			w.violated("task %d waits for ever, although node %d is free", t.id, n.id)
			return
		}
	}
}

// couldRunOn finds a node where nothing keeps a task from running.
func (w *world) couldRunOn(t *task) *node {
	kd := t.kind
	g := &kd.strategy
	for _, n := range w.nodeOrder {
		switch {
		case n.gone || n.draining && kd.group == nil || !allowed(g, n):
			continue
		case g.Kind == sched.Affinity && g.Node != n.config.Name:
			continue // a soft one may wait for its node: that much is enough here
		case kd.group != nil && !kd.group.isOn(n, g.Bundle):
			continue
		}
		if w.isFree(n, kd) {
			return n
		}
	}
	return nil
}

func (w *world) isFree(n *node, kd *kind) bool {
	for name, need := range kd.need {
		free := parts(n.config.Total[name]) - w.used(n, name)
		if kd.group != nil {
			if kd.strategy.Bundle == -1 {
				return false // which bundle has room is not told here
			}
			free = kd.group.reservedOn(n, kd.strategy.Bundle, name) - w.usedOf(kd.group, -1, n, name)
		}
		if free < need {
			return false
		}
		if name == "GPU" {
			if kd.group != nil || len(w.groupOrder) > 0 {
				return false // which GPUs are reserved is not told here
			}
			whole, part := int64(0), false
			for _, share := range w.gpuShares(n) {
				if share == 0 {
					whole++
				}
				part = part || unit-share >= need
			}
			if need >= unit && whole < need/unit || need < unit && !part {
				return false
			}
		}
	}
	return true
}
