package simulate

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/goray/goray/runtime/internal/sched"
)

// span is the simulated time in which things are made up.
const span = int64(500 * time.Millisecond)

// some returns a number from least to most.
func (w *world) some(least, most int) int { return least + w.rng.IntN(most-least+1) }

// choose returns one of the values.
func choose[T any](w *world, values ...T) T { return values[w.rng.IntN(len(values))] }

// soon makes something happen at some time of the span.
func (w *world) soon(do func()) { w.at(w.rng.Int64N(span), do) }

// populate makes up nodes, tasks, groups and accidents.
func (w *world) populate() {
	nodes := w.o.Nodes
	if nodes == 0 {
		nodes = w.some(1, 5)
	}
	for range nodes {
		w.addNode(w.nodeConfig())
	}
	kinds := make([]*kind, w.some(2, 6))
	for i := range kinds {
		kinds[i] = w.kindOf(w.resources(), w.strategy())
	}
	tasks := w.o.Tasks
	if tasks == 0 {
		tasks = w.some(40, 200)
	}
	w.arrivals(tasks, func() *kind { return choose(w, kinds...) })
	groups := w.o.Groups
	if groups == 0 {
		groups = w.some(-1, 4)
	}
	for range max(0, groups) {
		w.soon(w.liveOfGroup)
	}
	w.accidents()
}

// arrivals submits tasks, some of them many at once.
func (w *world) arrivals(tasks int, of func() *kind) {
	for tasks > 0 {
		burst := min(tasks, choose(w, 1, 1, 5, 30))
		tasks -= burst
		kd := of()
		w.soon(func() {
			for range burst {
				w.create(w.taskOf(kd))
			}
		})
	}
}

// taskOf makes a task with what tasks may have.
func (w *world) taskOf(kd *kind) *task {
	t := w.newTask(kd)
	if len(w.taskOrder) > 10 && w.rng.IntN(4) == 0 {
		for range w.some(1, 3) {
			d := w.taskOrder[len(w.taskOrder)-2-w.rng.IntN(min(30, len(w.taskOrder)-2))]
			if d != t && !d.kind.actor {
				t.after = append(t.after, d)
			}
		}
	}
	if w.rng.IntN(6) == 0 && !kd.actor && len(kd.strategy.Hard) == 0 && kd.strategy.Kind != sched.Affinity {
		t.child = w.newTask(kd)
		if w.rng.IntN(3) == 0 {
			t.child.child = w.newTask(kd)
		}
	}
	if w.rng.IntN(5) == 0 {
		t.prefer = choose(w, w.nodeOrder...).id
	}
	if w.fails(30) {
		t.flaky = w.some(1, 2)
	}
	if w.rng.IntN(20) == 0 {
		w.after(w.rng.Int64N(int64(20*time.Millisecond)), func() { w.cancel(t) })
	}
	return t
}

func (w *world) nodeConfig() sched.NodeConfig {
	c := sched.NodeConfig{
		Name:     fmt.Sprintf("n%d", len(w.nodeOrder)+1),
		Total:    map[string]float64{"CPU": float64(w.some(1, 6))},
		Labels:   map[string]string{},
		Prestart: w.some(0, 3),
	}
	if w.rng.IntN(2) == 0 {
		c.Total["GPU"] = float64(w.some(1, 4))
	}
	if w.rng.IntN(2) == 0 {
		c.Total["disk"] = choose(w, 0.5, 1, 3)
	}
	if zone := choose(w, "", "a", "b"); zone != "" {
		c.Labels["zone"] = zone
	}
	return c
}

func (w *world) resources() map[string]float64 {
	r := map[string]float64{}
	if cpus := choose(w, 0, 0.1, 0.5, 1, 1, 1, 2, 3); cpus > 0 {
		r["CPU"] = cpus
	}
	if gpus := choose(w, 0, 0, 0, 0, 0.3, 0.5, 1, 2); gpus > 0 {
		r["GPU"] = gpus
	}
	if w.rng.IntN(6) == 0 {
		r["disk"] = choose(w, 0.1, 0.5, 1)
	}
	return r
}

func (w *world) strategy() sched.Strategy {
	zone := func() []sched.Match {
		return []sched.Match{{Key: "zone", Op: choose(w, sched.In, sched.NotIn, sched.Exists, sched.NotExists), Values: []string{choose(w, "a", "b")}}}
	}
	switch w.rng.IntN(10) {
	case 0:
		return sched.Strategy{Kind: sched.Spread}
	case 1:
		return sched.Strategy{Kind: sched.Affinity, Node: choose(w, w.nodeOrder...).config.Name, Soft: w.rng.IntN(2) == 0}
	case 2:
		return sched.Strategy{Hard: zone()}
	case 3:
		return sched.Strategy{Prefer: zone()}
	case 4:
		return sched.Strategy{FailFast: true}
	}
	return sched.Strategy{}
}

func (w *world) kindOf(resources map[string]float64, s sched.Strategy) *kind {
	kd := &kind{resources: resources, need: map[string]int64{}, strategy: s}
	for name, amount := range resources {
		kd.need[name] = parts(amount)
	}
	kd.names = slices.Sorted(maps.Keys(kd.need))
	kd.nanos = int64(choose(w, 20*time.Microsecond, 100*time.Microsecond, time.Millisecond, 20*time.Millisecond))
	if kd.actor = w.rng.IntN(5) == 0; kd.actor {
		kd.nanos = int64(100 * time.Millisecond)
	}
	kd.shape = w.s.ShapeOf(sched.Request{Resources: resources, Strategy: s})
	return kd
}

// liveOfGroup makes a group, runs tasks in it, and removes it.
func (w *world) liveOfGroup() {
	var bundles []map[string]float64
	for range w.some(1, 4) {
		b := w.resources()
		if len(b) == 0 {
			b["CPU"] = 1
		}
		bundles = append(bundles, b)
	}
	g := w.addGroup(bundles, choose(w, sched.Pack, sched.SpreadOut, sched.StrictPack, sched.StrictSpreadOut))
	for i, b := range bundles {
		r := map[string]float64{}
		for _, name := range slices.Sorted(maps.Keys(b)) {
			amount := b[name]
			if name != "GPU" && w.rng.IntN(2) == 0 {
				amount /= 2
			}
			r[name] = amount
		}
		kd := w.kindOf(r, sched.Strategy{Kind: sched.InGroup, Group: g.id, Bundle: choose(w, i, i, -1)})
		kd.group = g
		for range w.some(1, 8) {
			w.after(w.rng.Int64N(span/4), func() { w.create(w.taskOf(kd)) })
		}
	}
	if w.rng.IntN(3) > 0 {
		w.after(span/8+w.rng.Int64N(span/2), func() { w.removeGroup(g) })
	}
}

// accidents makes nodes come, go and be drained, and workers die.
func (w *world) accidents() {
	often := func(times float64) int { return int(w.failures*times + w.rng.Float64()) }
	for range often(1) {
		w.soon(func() { w.addNode(w.nodeConfig()) })
	}
	for range often(0.7) {
		w.soon(func() { w.loseNode(choose(w, w.nodeOrder...)) })
	}
	for range often(0.4) {
		w.soon(func() {
			if n := choose(w, w.nodeOrder...); !n.gone && !n.draining {
				w.note('D', uint64(n.id), 0, "node %d is to be drained", n.id)
				n.draining = true
				w.displacing(func() { w.s.DrainNode(n.id) })
			}
		})
	}
	for range often(2) {
		w.soon(func() {
			if ids := w.workerIDs(); len(ids) > 0 {
				if k := w.workers[choose(w, ids...)]; !k.forgotten {
					w.kill(k)
				}
			}
		})
	}
}

// mend makes the world kind: nothing fails any more, and there are nodes for everything.
func (w *world) mend() {
	w.kind = true
	for _, zone := range []string{"a", "b", "c", "", ""} {
		c := sched.NodeConfig{
			Name: fmt.Sprintf("large%d", len(w.nodeOrder)+1), Prestart: 1,
			Total:  map[string]float64{"CPU": 1000, "GPU": 64, "disk": 1000},
			Labels: map[string]string{"zone": zone},
		}
		if zone == "" {
			delete(c.Labels, "zone")
		}
		w.addNode(c)
	}
	// Later, so that the tasks of groups that are left have had their time.
	w.after(int64(time.Second), func() {
		for _, g := range w.groupOrder {
			if state, _ := w.s.GroupNodes(g.id); !g.removed && state != sched.GroupCreated {
				w.violated("group %d is %s, although there is room for it", g.id, state)
			}
			w.removeGroup(g)
		}
	})
	w.after(int64(2*time.Second), func() {
		for _, t := range w.taskOrder {
			if g := &t.kind.strategy; g.Kind == sched.Affinity && !t.over() {
				w.cancel(t) // its node may be too small for it, for ever
			}
		}
	})
}

// end checks that nothing is left.
func (w *world) end() {
	for _, t := range w.taskOrder {
		if !t.over() && t.state != unborn {
			w.violated("task %d never ended: state %d, given to %v", t.id, t.state, t.worker != nil)
			break
		}
	}
	if n := w.s.Queued(); n != 0 {
		w.violated("%d tasks are queued at the end", n)
	}
	total, available := w.s.Total(), w.s.Available()
	for _, name := range slices.Sorted(maps.Keys(total)) {
		if parts(total[name]) != parts(available[name]) {
			w.violated("%s: %g of %g is free at the end", name, available[name], total[name])
		}
	}
}
