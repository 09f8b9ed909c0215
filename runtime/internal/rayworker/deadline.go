package rayworker

import (
	"sync"
	"time"

	"github.com/goray/goray/runtime/internal/core"
)

// deadlines are those of the tasks that were submitted here. Ray has none: they are cancelled when
// their time is over.
type deadlines struct {
	mu   sync.Mutex
	late map[core.ID]time.Duration // that were cancelled, and their limits
}

// grace is what a task that runs may take to end at its deadline by itself.
const grace = 100 * time.Millisecond

// begin starts the time of a task.
func (d *deadlines) begin(l *link, spec *core.TaskSpec) {
	if spec.Timeout <= 0 {
		return
	}
	id, limit := spec.ID, spec.Timeout
	time.AfterFunc(limit+grace, func() {
		f, err := l.ask(nil, &message{Op: "wait", Refs: []core.ID{id}, N: 1})
		if err != nil || len(f.Ready) == 1 && f.Ready[0] {
			return
		}
		d.mu.Lock()
		if d.late == nil {
			d.late = map[core.ID]time.Duration{}
		}
		d.late[id] = limit
		d.mu.Unlock()
		_ = l.tell(&message{Op: "cancel", Ref: id}, nil)
	})
}

// explain says of a task that was cancelled that it was late.
func (d *deadlines) explain(id core.ID, f *core.Failure) *core.Failure {
	if f == nil || f.Kind != core.Cancelled {
		return f
	}
	d.mu.Lock()
	limit, late := d.late[id]
	d.mu.Unlock()
	if !late {
		return f
	}
	g := *f
	g.Kind, g.Text = core.DeadlinePassed, core.Late(limit, f.PID != 0)
	return &g
}
