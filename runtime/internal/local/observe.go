package local

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/goray/goray/runtime/internal/core"
)

var _ core.Observer = (*Backend)(nil)

// state is a task that has not finished, as others see it.
func (t *task) describe(b *Backend) core.TaskState {
	s := core.TaskState{
		ID: t.spec.ID, Name: t.spec.Label(), State: stateNames[t.state], Attempt: t.attempt(), Started: b.at(t.begun),
		Kind: kindNames[t.spec.Kind], Actor: t.spec.Actor, Parent: t.spec.Parent, Submitted: b.at(t.submitted),
		Job: core.JobName(t.spec.Job),
	}
	if t.actor != nil {
		s.Actor = t.actor.id
	}
	if t.spec.Func != nil {
		s.Cell, s.Line = t.spec.Func.Cell, t.spec.Func.Line
	}
	if t.proc != nil {
		s.PID, s.Node = t.proc.pid, t.proc.node.config.Name
	}
	return s
}

// EachTask implements core.Observer.
func (b *Backend) EachTask(f func(*core.TaskState)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	pending := make([]*task, 0, b.pending.len())
	for _, t := range b.pending.all() {
		pending = append(pending, t)
	}
	slices.SortFunc(pending, func(x, y *task) int { return cmp.Compare(x.spec.ID, y.spec.ID) })
	for _, t := range pending {
		s := t.describe(b)
		f(&s)
	}
	b.history.eachBack(func(r *record) bool {
		if r.final {
			s := r.state(b)
			f(&s)
		}
		return true
	})
}

// EachAttempt implements core.Observer.
func (b *Backend) EachAttempt(f func(*core.Attempt)) (forgotten int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.history.each(func(r *record) {
		f(&core.Attempt{
			TaskState: r.state(b), Final: r.final, Concurrent: r.concurrent,
			Sent: b.at(r.begun), Ended: b.at(r.ended), Ran: time.Duration(r.ran),
		})
	})
	return b.history.total - int64(len(b.history.ring))
}

// EachObject implements core.Observer.
func (b *Backend) EachObject(f func(*core.ObjectState)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	makers := map[core.ID]*record{}
	b.history.each(func(r *record) { makers[r.id] = r })
	holders := b.holders()
	for id, o := range b.objects.all() {
		s := b.describe(id, o)
		s.Holders = holders[id]
		maker := id
		if o.behind != 0 {
			maker = o.maker()
		}
		if t := b.pending.at(maker); t != nil {
			ts := t.describe(b)
			s.Maker = makerText(ts.Name, ts.Cell, ts.Line)
		} else if r := makers[maker]; r != nil {
			s.Maker = makerText(r.name, r.cell, int(r.line))
		}
		f(&s)
	}
}

func makerText(name, cell string, line int) string {
	if cell == "" {
		return name
	}
	return fmt.Sprintf("%s at %s:%d", name, cell, line)
}

var originNames = [...]string{fromTask: "TASK_RESULT", fromPut: "PUT", fromCall: "ACTOR_RESULT", fromArgument: "ARGUMENT"}

// describe is an object as others see it.
func (b *Backend) describe(id core.ID, o *object) core.ObjectState {
	s := core.ObjectState{ID: id, Refs: int(o.refs), Kind: originNames[o.origin], Site: b.sites.text(o.site)}
	if b.actors[id] != nil {
		s.Kind = "ACTOR"
	}
	if o.value != nil {
		s.Ready, s.Bytes, s.Shared = true, o.value.Size(), o.value.Shared
	}
	if o.shelf != nil {
		for _, r := range o.copies {
			s.Nodes = append(s.Nodes, r.node.config.Name)
		}
		if o.file != nil {
			s.File = o.file.Path
		}
	}
	return s
}

// AllActors implements core.Observer.
func (b *Backend) AllActors() []core.ActorInfo {
	b.mu.Lock()
	defer b.mu.Unlock()
	list := slices.Clone(b.history.graves)
	for _, a := range b.actors {
		if a.dead == nil {
			list = append(list, a.info())
		}
	}
	slices.SortFunc(list, func(x, y core.ActorInfo) int { return cmp.Compare(x.ID, y.ID) })
	return list
}

// AllWorkers implements core.Observer.
func (b *Backend) AllWorkers() []core.WorkerState { return b.Inspect().Cluster.Workers }

// Output implements core.Observer.
func (b *Backend) Output(id core.ID, pid int) (lines []core.OutputLine, known bool) {
	if pid != 0 {
		return b.journals.of(pid)
	}
	b.mu.Lock()
	known = b.pending.at(id) != nil || b.actors[id] != nil || slices.ContainsFunc(b.history.graves, func(a core.ActorInfo) bool { return a.ID == id })
	if !known {
		b.history.eachBack(func(r *record) bool { known = r.id == id; return !known })
	}
	b.mu.Unlock()
	lines = b.journals.by(id)
	return lines, known || len(lines) > 0
}
