package simulate_test

import (
	"slices"

	"github.com/goray/goray/runtime/internal/sched"
)

// changed passes the actions through a function.
func changed(s *sched.Sched, change func(sched.Action) []sched.Action) []sched.Action {
	var list []sched.Action
	for _, a := range s.Actions() {
		list = append(list, change(a)...)
	}
	return list
}

// losesTask forgets to start the twentieth task.
type losesTask struct {
	*sched.Sched
	starts int
}

func (l *losesTask) Actions() []sched.Action {
	return changed(l.Sched, func(a sched.Action) []sched.Action {
		if a.Kind == sched.Start {
			if l.starts++; l.starts == 20 {
				return nil
			}
		}
		return []sched.Action{a}
	})
}

// startsTwice starts the tenth task twice.
type startsTwice struct {
	*sched.Sched
	starts int
}

func (s *startsTwice) Actions() []sched.Action {
	return changed(s.Sched, func(a sched.Action) []sched.Action {
		if a.Kind == sched.Start {
			if s.starts++; s.starts == 10 {
				return []sched.Action{a, a}
			}
		}
		return []sched.Action{a}
	})
}

// oversubscribes tells everybody that a node has more CPUs than it has.
type oversubscribes struct{ *sched.Sched }

func (o *oversubscribes) AddNode(c sched.NodeConfig) sched.Node {
	c.Total = map[string]float64{"CPU": c.Total["CPU"] + 0.5, "GPU": c.Total["GPU"], "disk": c.Total["disk"]}
	return o.Sched.AddNode(c)
}

// forgetsDeath does not hear of every third worker's end.
type forgetsDeath struct {
	*sched.Sched
	deaths int
}

func (f *forgetsDeath) WorkerLost(w sched.Worker) (sched.Task, []sched.Task) {
	if f.deaths++; f.deaths%3 == 0 {
		return 0, nil
	}
	return f.Sched.WorkerLost(w)
}

// lastInFirstOut hands out what is ready at the same time in the wrong order.
type lastInFirstOut struct {
	*sched.Sched
	held []sched.Submission
}

func (l *lastInFirstOut) Submit(s sched.Submission) { l.held = append(l.held, s) }

func (l *lastInFirstOut) Remove(t sched.Task, s sched.Shape) {
	l.held = slices.DeleteFunc(l.held, func(h sched.Submission) bool { return h.Task == t })
	l.Sched.Remove(t, s)
}

func (l *lastInFirstOut) Actions() []sched.Action {
	for _, s := range slices.Backward(l.held) {
		l.Sched.Submit(s)
	}
	l.held = nil
	return l.Sched.Actions()
}

// splitsGroups says that groups are ready before all bundles are.
type splitsGroups struct{ *sched.Sched }

func (s *splitsGroups) Actions() []sched.Action {
	return changed(s.Sched, func(a sched.Action) []sched.Action {
		if a.Kind == sched.GroupReady && len(a.Nodes) > 1 {
			a.Nodes = append(slices.Clone(a.Nodes[:len(a.Nodes)-1]), 0)
		}
		return []sched.Action{a}
	})
}

// missesSettled does not hear of every tenth result.
type missesSettled struct {
	*sched.Sched
	results int
}

func (m *missesSettled) Settled(t sched.Task) {
	if m.results++; m.results%10 != 0 {
		m.Sched.Settled(t)
	}
}

// ignoresLabels does not look at hard conditions.
type ignoresLabels struct{ *sched.Sched }

func (i *ignoresLabels) ShapeOf(r sched.Request) sched.Shape {
	if len(r.Strategy.Hard) > 0 {
		r.Strategy = sched.Strategy{Prefer: r.Strategy.Hard}
	}
	return i.Sched.ShapeOf(r)
}
