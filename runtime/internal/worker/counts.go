package worker

import (
	"sync"
	"time"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/transport"
)

// counts are the reference counts of this process. The driver knows one count per object that is
// referred to here, and one per buffer of shared memory; changes are sent in batches.
type counts struct {
	conn *transport.Conn

	mu      sync.Mutex
	local   map[core.ID]int
	changes map[core.ID]int
	ended   map[core.ID]int // buffers that are not used any more
	timer   *time.Timer     // flushes what no task flushes
	fresh   bool            // references were made since they were last looked for
	tidying bool            // they will be looked for
}

// flushDelay is how long a change may wait when no task ends.
const flushDelay = 20 * time.Millisecond

func (c *counts) init(conn *transport.Conn) {
	c.conn, c.local, c.changes, c.ended = conn, map[core.ID]int{}, map[core.ID]int{}, map[core.ID]int{}
	c.timer = time.AfterFunc(time.Hour, func() {
		c.flush()
		c.conn.Flush()
	})
	c.timer.Stop()
}

// given says that the driver has already counted a reference that is made now.
func (c *counts) given(id core.ID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fresh = true
	if c.local[id]++; c.local[id] > 1 {
		c.change(id, -1) // one count is enough for all references of a process
	}
}

// retain counts a reference made from an id.
func (c *counts) retain(id core.ID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fresh = true
	if c.local[id]++; c.local[id] == 1 {
		c.change(id, 1)
	}
}

// release forgets a reference.
func (c *counts) release(id core.ID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.local[id]--; c.local[id] <= 0 {
		delete(c.local, id)
		c.change(id, -1)
	}
}

// add changes the count of an object directly.
func (c *counts) add(id core.ID, n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.change(id, n)
}

// unmapped says that memory of an object is not used any more.
func (c *counts) unmapped(id core.ID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.changes)+len(c.ended) == 0 {
		c.timer.Reset(flushDelay)
	}
	c.ended[id]++
}

func (c *counts) change(id core.ID, n int) {
	if len(c.changes)+len(c.ended) == 0 {
		c.timer.Reset(flushDelay)
	}
	if c.changes[id] += n; c.changes[id] == 0 {
		delete(c.changes, id)
	}
}

// flush sends the changes.
func (c *counts) flush() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.changes)+len(c.ended) == 0 {
		return
	}
	c.timer.Stop()
	if len(c.changes) > 0 {
		c.conn.Send(transport.Counts, 0, func(w *transport.Writer) {
			w.Uint(uint64(len(c.changes)))
			for id, n := range c.changes {
				w.ID(id)
				w.Int(int64(n))
			}
		})
	}
	if len(c.ended) > 0 { // after the references that were made of them
		c.conn.Send(transport.Unmapped, 0, func(w *transport.Writer) {
			w.Uint(uint64(len(c.ended)))
			for id, n := range c.ended {
				w.ID(id)
				w.Uint(uint64(n))
			}
		})
	}
	clear(c.changes)
	clear(c.ended)
}
