package ray

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"github.com/goray/goray/runtime/internal/core"
)

// cell is one execution of a notebook cell: what waits and what was submitted on its behalf ends
// when it is interrupted, and goes on when it has simply come to its end.
type cell struct {
	host   context.Context // the kernel's; it ends with the execution, for whatever reason
	ctx    context.Context // ends when the cell is interrupted
	cancel context.CancelCauseFunc

	mu          sync.Mutex
	over        bool
	interrupted bool
	session     *session // of tasks
	tasks       []core.ID
	origins     []*origin
}

// cellSource is the kernel, as far as this package knows it.
type cellSource struct {
	running func() context.Context

	mu     sync.Mutex
	latest *cell
	// byOrigin remembers to which cell a goroutine belongs: what an earlier cell has left running
	// must not be taken for a part of the one that runs now.
	byOrigin sync.Map // address of the goroutine's labels → *origin
}

var cellContext atomic.Pointer[cellSource]

// SetCellContext tells how to find the context of the running cell, which ends when the cell does
// or is interrupted. Calls without a context, and the tasks and actor calls that the cell
// submitted, obey an interrupt. The notebook sets it once; nil takes it back.
func SetCellContext(f func() context.Context) {
	if f == nil {
		cellContext.Store(nil)
		return
	}
	cellContext.Store(&cellSource{running: f})
}

// ambient is the context of blocking calls that were given none.
func ambient() context.Context {
	if c := currentCell(); c != nil {
		return c.ctx
	}
	return context.Background()
}

// currentCell is the cell that the calling goroutine belongs to; nil outside of notebooks.
func currentCell() *cell {
	source := cellContext.Load()
	if source == nil {
		return nil
	}
	origin := core.GoroutineOrigin()
	if origin == nil {
		return source.current()
	}
	if c := source.cellOf(origin); c != nil {
		return c
	}
	c := source.current()
	if c == nil {
		return nil
	}
	return source.keep(origin, c)
}

// current is the cell that runs now.
func (s *cellSource) current() *cell {
	host := s.running()
	if host == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.latest != nil && s.latest.host == host {
		return s.latest
	}
	c := &cell{host: host}
	c.ctx, c.cancel = context.WithCancelCause(context.WithoutCancel(host))
	s.latest = c
	context.AfterFunc(host, func() {
		// A cell that has come to its end is not the running one any more.
		c.end(s.running() == host || !errors.Is(context.Cause(host), context.Canceled))
	})
	return c
}

// end lets the cell's tasks go on, or cancels them.
func (c *cell) end(interrupted bool) {
	c.mu.Lock()
	tasks, s := c.tasks, c.session
	c.tasks, c.session = nil, nil
	c.over, c.interrupted = true, interrupted
	for _, o := range c.origins {
		o.held.Store(nil)
	}
	c.origins = nil
	c.mu.Unlock()
	if !interrupted {
		return
	}
	c.cancel(errCellInterrupted)
	if s != nil && s == currentSession() {
		core.CancelAll(s.backend, tasks)
	}
}

// submitted remembers a task of the cell. A task that comes after the interrupt ends at once; a
// call of an actor does not, as that is how libraries tidy up behind an interrupted cell.
func (c *cell) submitted(s *session, id core.ID, kind core.Kind) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.interrupted && kind == core.ActorCall:
	case c.interrupted:
		go core.CancelAll(s.backend, []core.ID{id})
	case c.over:
	case c.session != s:
		c.session, c.tasks = s, []core.ID{id}
	default:
		c.tasks = append(c.tasks, id)
	}
}
