package worker

import (
	"context"
	"sync"
	"time"

	"github.com/goray/goray/runtime/internal/core"
)

// jobContext is the context of a task. What is behind it is made when somebody asks: most functions
// take no context, and making one costs more than they do.
type jobContext struct {
	p *Process
	j *job

	mu     sync.Mutex
	made   context.Context
	end    context.CancelFunc
	ended  bool
	expiry time.Time // zero without a deadline
}

// Made is the context for the function.
func (c *jobContext) Made() context.Context {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.made != nil {
		return c.made
	}
	base := core.WithTask(context.Background(), c.p.taskContext(c.j))
	if c.expiry.IsZero() {
		c.made, c.end = context.WithCancel(base)
	} else {
		c.made, c.end = context.WithDeadline(base, c.expiry)
	}
	if c.ended {
		c.end()
	}
	return c.made
}

// cancel ends the context, also if it is not made yet.
func (c *jobContext) cancel() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = true
	if c.end != nil {
		c.end()
	}
}

// Err implements context.Context.
func (c *jobContext) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.made != nil:
		return c.made.Err()
	case !c.expiry.IsZero() && !time.Now().Before(c.expiry):
		return context.DeadlineExceeded
	case c.ended:
		return context.Canceled
	}
	return nil
}

// Deadline implements context.Context.
func (c *jobContext) Deadline() (time.Time, bool) { return c.Made().Deadline() }

// Done implements context.Context.
func (c *jobContext) Done() <-chan struct{} { return c.Made().Done() }

// Value implements context.Context.
func (c *jobContext) Value(key any) any { return c.Made().Value(key) }

// taskContext is what the task may know about itself.
func (p *Process) taskContext(j *job) *core.TaskContext {
	actor := j.spec.Actor
	if j.spec.Kind == core.ActorStart {
		actor = j.spec.ID
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	o := j.spec.Options
	if p.home != nil {
		o = p.home
	}
	return &core.TaskContext{
		TaskID: j.spec.ID, ActorID: actor, Attempt: j.attempt, Name: j.spec.Label(), NodeID: p.info.NodeID,
		Namespace: p.namespaceOf(j.spec.Job), JobID: core.JobName(j.spec.Job), GPUIDs: j.gpus, Resources: o.Resources, Strategy: o.Strategy, Backend: p,
	}
}
