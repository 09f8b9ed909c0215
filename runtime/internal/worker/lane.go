package worker

import (
	"sync"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/transport"
)

// lanes are the queues of an actor's concurrency groups, by name. Calls in no group are in
// Process.queue.
type lanes map[string]*lane

// lane is the queue of a concurrency group. Process.mu guards it.
type lane struct {
	queue   []*job
	arrived sync.Cond
}

// openLanes starts the goroutines of an actor's concurrency groups, under Process.mu.
func (p *Process) openLanes(groups map[string]int) {
	for name, limit := range groups {
		l := &lane{}
		l.arrived.L = &p.mu
		if p.lanes == nil {
			p.lanes = lanes{}
		}
		p.lanes[name] = l
		for range limit {
			go p.serve(l)
		}
	}
}

// inLane puts a call into the lane of its group; false: it has none. It is called under Process.mu.
func (p *Process) inLane(j *job) bool {
	if j.spec.Kind != core.ActorCall || p.home == nil {
		return false
	}
	group := p.home.GroupOf(j.spec)
	if group == core.SystemGroup {
		p.begin(j)
		go p.alone(j)
		return true
	}
	l := p.lanes[group]
	if l == nil {
		return false
	}
	l.queue = append(l.queue, j)
	l.arrived.Signal()
	return true
}

// alone runs a call of the runtime's own, which waits for no other.
func (p *Process) alone(j *job) {
	finished := false
	defer func() {
		if !finished {
			p.fail(j, "a method ended its goroutine with runtime.Goexit; return instead")
		}
	}()
	p.do(j, 0)
	finished = true
}

// serve runs the calls of a lane, one after the other.
func (p *Process) serve(l *lane) {
	finished := false
	var j *job
	defer func() {
		if !finished { // the call ended this goroutine: runtime.Goexit
			go p.serve(l)
			p.fail(j, "it ended its goroutine with runtime.Goexit; return instead")
		}
	}()
	for {
		j = p.nextOf(l)
		p.do(j, 0)
	}
}

func (p *Process) nextOf(l *lane) *job {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(l.queue) == 0 || p.ending {
		l.arrived.Wait()
	}
	j := l.queue[0]
	l.queue[0] = nil
	l.queue = l.queue[1:]
	p.begin(j)
	return j
}

// take takes a call that has not begun out of its lane; nil: it is in none.
func (ls lanes) take(id core.ID) *job {
	for _, l := range ls {
		for i, j := range l.queue {
			if j.spec.ID == id {
				l.queue = append(l.queue[:i:i], l.queue[i+1:]...)
				return j
			}
		}
	}
	return nil
}

// ExitActor implements core.ActorExiter: nothing begins any more, and with the last of the running
// calls the actor is over.
func (p *Process) ExitActor(core.ID) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ending, p.exiting = true, true
	return nil
}

// exited tells the driver that the actor has ended itself, after what its last call has said.
func (p *Process) exited() {
	p.mu.Lock()
	over := p.exiting && len(p.running) == 0
	p.mu.Unlock()
	if over {
		p.conn.Send(transport.Exited, uint64(p.actor), nil)
		p.conn.Flush()
	}
}
