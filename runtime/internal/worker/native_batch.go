package worker

import (
	"slices"
	"time"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/transport"
)

// A call of a native program is a way there and back, of which a function that does next to nothing
// consists. Such calls that wait one behind the other are given to the program together: it runs them in
// their order, as a worker does with the tasks of its queue, and what it has not begun it gives back.

const (
	// minBatch and maxBatch are how many calls go together.
	minBatch, maxBatch = 8, 128
	// batchTime is how long those may take that go together, as far as is known.
	batchTime = time.Millisecond
)

// together is what the program and this process know of calls that were given to it together.
type together struct {
	results chan nativeResult
	// cancelled is told that one of the calls was.
	cancelled chan struct{}
}

// batch takes calls out of the queue that go with j; none when j goes alone.
func (n *natives) batch(c *nativeChild, j *job) []*job {
	most := n.batchSize(j.spec)
	if most < minBatch || !j.goesTogether() {
		return nil
	}
	p := n.p
	p.mu.Lock()
	defer p.mu.Unlock()
	k := 0
	for k < len(p.queue) && k+1 < most && j.resembles(p.queue[k]) && p.queue[k].spec.Options == j.spec.Options && p.queue[k].spec.Job == j.spec.Job && p.queue[k].goesTogether() {
		k++
	}
	if k+1 < minBatch || p.ending || len(p.running) > 1 {
		return nil
	}
	jobs := append([]*job{j}, p.queue[:k]...)
	clear(p.queue[:k])
	p.queue = p.queue[k:]
	t := &together{results: make(chan nativeResult, 2*len(jobs)+64), cancelled: make(chan struct{}, 1)}
	for i, j := range jobs {
		if j.away = c; i > 0 {
			p.begin(j)
		}
	}
	p.away, p.together = c, t
	return jobs
}

// goesTogether says whether a call has nothing that only a call by itself is given.
func (j *job) goesTogether() bool {
	return j.spec.Kind == core.Task && len(j.gpus) == 0 && j.expires.IsZero() && !shared(j.values)
}

// runTogether runs calls that batch has returned.
func (n *natives) runTogether(b *core.NativeBuild, c *nativeChild, jobs []*job) {
	p, t, count, start := n.p, n.p.together, len(jobs), time.Now()
	file := jobs[0].spec.Func.Native
	n.mu.Lock()
	c.together = t.results
	for _, j := range jobs {
		c.tasks[j.spec.ID] = t.results
	}
	n.mu.Unlock()
	c.tellJob(jobs[0].spec.Job)
	for _, j := range jobs {
		c.queueTask(j)
	}
	c.conn.Flush()
	p.readNow() // what the driver says to the program passes through here
	var patience <-chan time.Time
	var warned *job // was told that it is cancelled
	var inside time.Duration
	for len(jobs) > 0 {
		var r nativeResult
		select {
		case r = <-t.results:
		default:
			p.conn.Flush() // nothing more at the moment
			if first := jobs[0]; first != warned && first.ctx.Err() != nil {
				warned, patience = first, time.After(stopNative)
				c.cancel(first.spec.ID, transport.EndContext)
			}
			select {
			case r = <-t.results:
			case <-t.cancelled:
				continue
			case <-patience:
				_ = c.cmd.Process.Kill() // it may have ended by itself
				patience = nil
				continue
			case <-c.gone:
				select { // what it said last
				case r = <-t.results:
				default:
					n.goneTogether(c, jobs, warned)
					jobs = nil
					continue
				}
			}
		}
		if r.recalled {
			jobs = n.givenBack(c, jobs, r.ids)
			continue
		}
		at := slices.IndexFunc(jobs, func(j *job) bool { return j.spec.ID == r.id }) // nearly always the first
		if at < 0 {
			continue
		}
		j := jobs[at]
		jobs = slices.Delete(jobs, at, at+1)
		if r.first.Failure != nil && r.first.Failure.Kind == core.BadCall {
			n.giveUp(j, b, r.first.Failure.Text)
			continue
		}
		inside += time.Duration(max(r.nanos, 0))
		p.report(j, r.nanos, r.first, r.more...)
	}
	n.mu.Lock()
	c.together = nil
	n.mu.Unlock()
	for more := true; more; {
		select {
		case r := <-t.results: // the answer of a program that had nothing left to give back
			n.givenBack(c, nil, r.ids)
		default:
			more = false
		}
	}
	p.mu.Lock()
	p.away, p.together = nil, nil
	idle := len(p.queue) == 0
	p.mu.Unlock()
	p.conn.FlushNow()
	p.rest(idle)
	n.pacedTogether(file, count, time.Since(start), inside)
}

// givenBack tells the driver of calls that the program has not begun.
func (n *natives) givenBack(c *nativeChild, jobs []*job, ids []core.ID) []*job {
	p := n.p
	p.mu.Lock()
	for _, id := range ids {
		if j := p.running.of(id); j != nil && j.away == c {
			p.running.drop(j)
			j.ctx.cancel()
		}
	}
	all := append(c.recalled, ids...)
	c.recalled = nil
	p.mu.Unlock()
	p.counts.flush()
	p.conn.Send(transport.Returned, 0, func(w *transport.Writer) { w.IDs(all) })
	p.conn.Flush()
	return slices.DeleteFunc(jobs, func(j *job) bool { return slices.Contains(ids, j.spec.ID) })
}

// goneTogether goes on when the program has ended. If that was for the sake of a cancelled call, it was
// the first of those that are left: the others have not begun, and another program runs them.
func (n *natives) goneTogether(c *nativeChild, jobs []*job, cancelled *job) {
	if cancelled != jobs[0] {
		c.follow()
	}
	p := n.p
	call := Call{Spec: cancelled.spec, Attempt: cancelled.attempt, Node: p.info.NodeID}
	p.report(cancelled, 1, &transport.Stored{Failure: call.failure(core.Cancelled, "the task was cancelled while it ran")})
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, j := range jobs[1:] {
		p.running.drop(j)
		j.away = nil
	}
	p.queue = append(slices.Clone(jobs[1:]), p.queue...)
}

// cancelAway passes the end of a call on to the program that has it, under Process.mu.
func (p *Process) cancelAway(j *job, how uint64) {
	if how != transport.EndIfRunning {
		j.ctx.cancel()
	}
	j.away.cancel(j.spec.ID, how)
	if p.together != nil {
		select {
		case p.together.cancelled <- struct{}{}:
		default: // it is known
		}
	}
}
