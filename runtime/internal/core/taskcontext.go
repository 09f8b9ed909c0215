package core

import "context"

// TaskContext is what a running task may know about itself.
type TaskContext struct {
	TaskID, ActorID ID
	Attempt         int
	Name            string
	NodeID          string
	Namespace       string
	JobID           string
	GPUIDs          []int
	Resources       Resources
	Strategy        Strategy // of the task, or of its actor
	Backend         Backend  // through which this task submits and gets
}

type taskContextKey struct{}

// WithTask returns a context that carries t.
func WithTask(ctx context.Context, t *TaskContext) context.Context {
	return context.WithValue(ctx, taskContextKey{}, t)
}

// TaskFrom returns the task that ctx belongs to; nil in the driver.
func TaskFrom(ctx context.Context) *TaskContext {
	t, _ := ctx.Value(taskContextKey{}).(*TaskContext)
	return t
}
