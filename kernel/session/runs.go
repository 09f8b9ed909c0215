package session

import (
	"context"
	"io"
	"maps"

	"github.com/goray/goray/kernel/engine"
)

// active is a run that has not ended.
type active struct {
	ctx        context.Context
	stop       context.CancelCauseFunc
	allowStdin bool
	side       bool // not of the main shell
}

// begin registers a run. The process's own streams belong to the newest run of the main shell, or
// of any while the main shell is idle; the kernel is told before the run begins and after all that
// was printed before, and what other runs print goes there by itself.
func (c *child) begin(r Request) *active {
	a := &active{allowStdin: r.AllowStdin, side: r.Side}
	a.ctx, a.stop = context.WithCancelCause(context.Background())
	c.mu.Lock()
	defer c.mu.Unlock()
	owns := r.Run != 0
	for _, other := range c.active {
		owns = owns && (!r.Side || other.side)
	}
	c.active[r.Run] = a
	if c.interrupted[r.Run] {
		a.stop(nil)
	}
	// An interrupt may also have come after the end of its run.
	maps.DeleteFunc(c.interrupted, func(run uint64, _ bool) bool { return run == r.Run || run+100 < r.Run })
	if owns {
		c.owner.Store(0)
		c.peer.call(context.Background(), "begin", begun{r.Run}, nil)
		c.owner.Store(r.Run)
	}
	return a
}

func (c *child) end(run uint64, a *active) {
	c.mu.Lock()
	delete(c.active, run)
	c.mu.Unlock()
	a.stop(nil)
}

// interrupt stops a run, which may not have begun; run 0 is everything.
func (c *child) interrupt(run uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if a := c.active[run]; a != nil {
		a.stop(nil)
	} else if run != 0 {
		c.interrupted[run] = true
	}
	for _, a := range c.active {
		if run == 0 {
			a.stop(nil)
		}
	}
}

// current is the run that the calling goroutine works for, as far as one can tell.
func (c *child) current() uint64 {
	if e, ok := c.local.Engine().(engine.Concurrent); ok {
		if cell, ok := e.Current(); ok && cell.Run != 0 {
			return cell.Run
		}
	}
	return c.owner.Load()
}

// output is where a cell prints; nil is the process's own stream.
func (c *child) output(cell engine.Cell, stream string) io.Writer {
	if cell.Run == 0 || cell.Run == c.owner.Load() {
		return nil
	}
	return printer{c, cell.Run, stream}
}

// printer prints for a run that does not own the process's streams.
type printer struct {
	c      *child
	run    uint64
	stream string
}

func (p printer) Write(b []byte) (int, error) {
	if err := p.c.peer.call(context.Background(), "print", printed{p.run, p.stream, b}, nil); err != nil {
		return 0, err
	}
	return len(b), nil
}
