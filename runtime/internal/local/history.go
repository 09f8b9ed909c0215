package local

import (
	"time"

	"github.com/goray/goray/runtime/internal/core"
)

// moment is a time in nanoseconds since the session began. Tasks have several of them, and there
// may be millions of tasks: a time.Time is three times as large.
type moment int64

// now is the same during one hold of the mutex: what is handled together has the time of its first.
// Asking the system for each of a task's three moments took longer than recording it.
func (b *Backend) now() moment {
	if b.instant == 0 {
		b.instant = moment(time.Since(b.started))
	}
	return b.instant
}

// at is zero for the moment zero, which is that of nothing.
func (b *Backend) at(m moment) time.Time {
	if m == 0 {
		return time.Time{}
	}
	return b.started.Add(time.Duration(m))
}

// history remembers the last attempts that have ended, and the last actors that have died, for
// people who look.
type history struct {
	ring     []record // grows up to historySize
	next     int
	total    int64 // attempts, also forgotten ones
	finished int64
	failed   int64
	graves   []core.ActorInfo

	stacks    []stack // of the last failures
	nextStack int
}

const (
	// historySize is how many attempts are remembered: about 2 MB of them.
	historySize = 10000
	// maxGraves is how many dead actors are.
	maxGraves = 1000
)

// record is an attempt that has ended.
type record struct {
	id, parent, actor            core.ID
	name, cell                   string
	line                         int32
	attempt                      int32
	job                          uint32
	pid                          int32
	kind                         core.Kind
	final, concurrent            bool
	node                         *node
	failure                      core.FailureKind
	text                         string
	submitted, begun, ended, ran moment
}

func (h *history) add(b *Backend, t *task, failure *core.Failure, final bool) {
	r := record{
		id: t.spec.ID, parent: t.spec.Parent, actor: t.spec.Actor, name: t.spec.Label(), attempt: int32(t.attempt()),
		kind: t.spec.Kind, final: final, job: t.spec.Job, submitted: t.submitted, begun: t.begun, ended: b.now(), ran: t.ran,
	}
	if final {
		h.finished++
	}
	if failure != nil {
		r.failure, r.text = failure.Kind, failure.Text
		if failure.Stack != "" {
			h.keepStack(r.id, failure.Stack)
		}
		if final {
			h.failed++
		}
	}
	if t.spec.Func != nil {
		r.cell, r.line = t.spec.Func.Cell, int32(t.spec.Func.Line)
	}
	if t.actor != nil {
		r.actor, r.concurrent = t.actor.id, t.actor.spec.MaxConcurrency > 1 || len(t.actor.spec.Groups) > 0
	}
	if t.proc != nil {
		r.pid, r.node = int32(t.proc.pid), t.proc.node
	}
	h.total++
	if len(h.ring) < historySize {
		h.ring = append(h.ring, r)
		return
	}
	h.ring[h.next] = r
	h.next = (h.next + 1) % historySize
}

// died remembers an actor.
func (h *history) died(a *actor) {
	if len(h.graves) == maxGraves {
		h.graves = h.graves[1:]
	}
	h.graves = append(h.graves, a.info())
}

// each calls f for every record, the oldest first, until it returns false.
func (h *history) each(f func(*record)) {
	for i := range h.ring {
		f(&h.ring[(h.next+i)%len(h.ring)])
	}
}

// eachBack is each from the newest on.
func (h *history) eachBack(f func(*record) bool) {
	n := len(h.ring)
	for i := range n {
		if !f(&h.ring[(h.next-1-i+2*n)%n]) {
			return
		}
	}
}

var kindNames = [...]string{core.Task: "NORMAL_TASK", core.ActorStart: "ACTOR_CREATION_TASK", core.ActorCall: "ACTOR_TASK"}

// state is the record as others see it.
func (r *record) state(b *Backend) core.TaskState {
	t := core.TaskState{
		ID: r.id, Name: r.name, State: "FINISHED", Failure: string(r.failure), PID: int(r.pid), Attempt: int(r.attempt),
		Started: b.at(r.begun), Job: core.JobName(r.job), Kind: kindNames[r.kind], Actor: r.actor, Parent: r.parent, Cell: r.cell, Line: int(r.line),
		Error: r.text, Submitted: b.at(r.submitted), Duration: time.Duration(r.ran),
	}
	if r.failure != "" {
		t.State = "FAILED"
	}
	if r.node != nil {
		t.Node = r.node.config.Name
	}
	if r.begun != 0 {
		if r.ran == 0 {
			t.Duration = time.Duration(r.ended - r.begun)
		} else {
			t.Started = b.at(max(r.begun, r.ended-r.ran)) // before, it waited behind another one
		}
	}
	return t
}

// states lists the remembered tasks, the last one first.
func (h *history) states(b *Backend, most int) (list []core.TaskState) {
	h.eachBack(func(r *record) bool {
		if r.final {
			list = append(list, r.state(b))
		}
		return len(list) < most
	})
	return list
}
