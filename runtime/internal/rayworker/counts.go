package rayworker

import (
	"sync"
	"time"

	"github.com/goray/goray/runtime/internal/core"
)

// counts are the changes of reference counts that the shim does not know yet. What is counted up is
// sent before anything else, what is let go a little later: a reference may be encoded, and gone,
// before the value that it is nested in has been sent.
type counts struct {
	mu    sync.Mutex
	plus  map[core.ID]int
	minus map[core.ID]int
	timer *time.Timer
	armed bool // the timer runs
	send  func(changes map[core.ID]int)
}

// letGoAfter is how long a release waits for others.
const letGoAfter = 20 * time.Millisecond

func (c *counts) init(send func(map[core.ID]int)) {
	c.plus, c.minus, c.send = map[core.ID]int{}, map[core.ID]int{}, send
	c.timer = time.AfterFunc(time.Hour, c.letGo)
	c.timer.Stop()
}

// add changes the count of an object.
func (c *counts) add(id core.ID, n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	mine, other := c.plus, c.minus
	if n < 0 {
		mine, other, n = c.minus, c.plus, -n
	}
	both := min(n, other[id])
	if other[id] -= both; other[id] == 0 {
		delete(other, id)
	}
	if n -= both; n == 0 {
		return
	}
	mine[id] += n
	// A timer that runs is left alone: who lets something go again and again would put it off for ever.
	if len(c.minus) > 0 && !c.armed {
		c.armed = true
		c.timer.Reset(letGoAfter)
	}
}

// up sends what was counted up.
func (c *counts) up() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.plus) > 0 {
		c.send(c.plus)
		c.plus = map[core.ID]int{}
	}
}

// letGo sends all changes.
func (c *counts) letGo() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.armed = false
	for id, n := range c.minus {
		c.plus[id] -= n
	}
	if len(c.plus) > 0 {
		c.send(c.plus)
	}
	c.plus, c.minus = map[core.ID]int{}, map[core.ID]int{}
}

// settle sends what was let go of ids: who asks for an object that nobody refers to any more must
// not find it.
func (c *counts) settle(ids []core.ID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var changes map[core.ID]int
	for _, id := range ids {
		if n := c.minus[id]; n > 0 {
			if changes == nil {
				changes = map[core.ID]int{}
			}
			changes[id] = c.plus[id] - n
			delete(c.minus, id)
			delete(c.plus, id)
		}
	}
	if changes != nil {
		c.send(changes)
	}
}
