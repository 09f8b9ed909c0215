package worker

import (
	"time"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/transport"
)

// delivery is all that most jobs need: it comes with one allocation, or from a job that is done.
type delivery struct {
	job
	spec  core.TaskSpec
	small small
}

// small is a result with its bytes.
type small struct {
	transport.Stored
	room [24]byte
}

// incoming is what whoever reads has and no other: jobs that have come together are queued together.
type incoming struct {
	arrivals []*job
	fresh    []*delivery // for the next ones
}

const (
	// maxIncoming is how many jobs may come before those are queued.
	maxIncoming = 64
	// maxEmptied is how many jobs a queue may have room for that is used again.
	maxEmptied = 1 << 14
	// maxSpare is how many deliveries wait to be used again.
	maxSpare = 512
)

// enqueue takes a job; it is queued with the next call of admit.
func (p *Process) enqueue(id core.ID, r *transport.Reader) {
	d := p.delivery()
	j := &d.job
	j.attempt = int(r.Uint())
	for range r.Uint() {
		j.gpus = append(j.gpus, int(r.Uint()))
	}
	j.spec, j.small, j.room = &d.spec, &d.small, d
	j.values = r.SpecInto(j.spec, id)
	if j.spec.Timeout > 0 {
		j.expires = time.Now().Add(j.spec.Left)
	}
	if p.arrivals = append(p.arrivals, j); len(p.arrivals) == maxIncoming {
		p.admit()
	}
}

// delivery returns an empty one.
func (p *Process) delivery() *delivery {
	if len(p.fresh) == 0 {
		p.mu.Lock()
		p.fresh, p.spare = p.spare, p.fresh
		p.mu.Unlock()
	}
	last := len(p.fresh) - 1
	if last < 0 {
		return new(delivery)
	}
	d := p.fresh[last]
	p.fresh = p.fresh[:last]
	*d = delivery{}
	return d
}

// admit queues the jobs that have come.
func (p *Process) admit() {
	if len(p.arrivals) == 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	empty := len(p.queue) == 0
	if empty {
		p.queue = p.emptied[:0]
	}
	for i, j := range p.arrivals {
		p.arrivals[i] = nil
		if p.inLane(j) {
			continue
		}
		p.queue = append(p.queue, j)
		if p.idle > 0 {
			p.arrived.Signal()
		}
	}
	p.arrivals = p.arrivals[:0]
	if empty && cap(p.queue) <= maxEmptied {
		p.emptied = p.queue
	}
}

// used takes the memory of a job that is done, under Process.mu.
func (p *Process) used(j *job) {
	if j != nil && j.usual && !j.lent && len(p.spare) < maxSpare {
		p.spare = append(p.spare, j.room)
	}
}
