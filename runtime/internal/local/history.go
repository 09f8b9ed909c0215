package local

import (
	"time"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/transport"
)

// history remembers the last finished tasks, for people who look.
type history struct {
	ring     [historySize]record
	next     int
	finished int64
	failed   int64
}

const historySize = 256

// record is a finished task.
type record struct {
	id      core.ID
	name    string
	failure core.FailureKind
	pid     int
	attempt int
	begun   time.Time
	ended   time.Time
}

func (h *history) add(t *task, v *transport.Stored) {
	h.finished++
	r := record{id: t.spec.ID, attempt: t.attempt, begun: t.begun}
	if v.Failure != nil {
		h.failed++
		r.failure = v.Failure.Kind
	}
	if t.spec.Func != nil {
		r.name = t.spec.Func.Name
	} else {
		r.name = t.spec.Method
	}
	if t.proc != nil {
		r.pid = t.proc.pid
	}
	if !t.begun.IsZero() {
		r.ended = time.Now()
	}
	h.ring[h.next] = r
	h.next = (h.next + 1) % historySize
}
