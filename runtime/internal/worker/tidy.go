package worker

import "time"

const (
	// tidyAfter is when a worker that has nothing to do looks for references that nobody uses any
	// more. It does not wait for Go's collector, which a process that does nothing runs every two
	// minutes: an actor ends with its last handle, wherever that was.
	tidyAfter = 500 * time.Millisecond
	// tidyShare is how much longer a worker waits than its last collection took.
	tidyShare = 20
)

// tidyLater makes a worker that a task has left references in look for them, and for memory of
// objects, which is the store's as long as values that nobody uses are mapped to it.
func (p *Process) tidyLater(after time.Duration) {
	c := &p.counts
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.tidying || (!c.fresh || len(c.local) == 0) && p.opened.Load() == 0 {
		return
	}
	c.tidying = true
	time.AfterFunc(after, p.tidy)
}

func (p *Process) tidy() {
	p.mu.Lock()
	idle := len(p.running) == 0
	p.mu.Unlock()
	c := &p.counts
	took := time.Duration(0)
	if idle {
		c.mu.Lock()
		c.fresh = false
		c.mu.Unlock()
		began := time.Now()
		p.collect()
		took = time.Since(began)
	}
	c.mu.Lock()
	c.tidying = false
	c.mu.Unlock()
	p.tidyLater(max(tidyAfter, tidyShare*took))
}
