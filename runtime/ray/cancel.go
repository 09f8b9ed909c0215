package ray

import "runtime"

// CancelOption changes what Cancel does.
type CancelOption struct {
	apply func(*cancelOptions)
}

type cancelOptions struct{ force, recursive bool }

// Force kills the worker process when the task is running; without it the task's context ends
// and the function has to return by itself. Actor calls cannot be forced.
func Force() CancelOption { return CancelOption{func(o *cancelOptions) { o.force = true }} }

// Recursive cancels the tasks that the task submitted, too.
func Recursive() CancelOption { return CancelOption{func(o *cancelOptions) { o.recursive = true }} }

// Cancel stops a task: a waiting one never starts, a running one sees its context end. Get of its
// reference returns ErrTaskCancelled. A task that has finished is left alone.
func Cancel[T any](ref ObjectRef[T], opts ...CancelOption) error {
	return CancelRef(ref.Ref(), opts...)
}

// CancelRef is Cancel without a type.
func CancelRef(ref *Ref, opts ...CancelOption) error {
	if err := ref.check(); err != nil {
		return err
	}
	var o cancelOptions
	for _, opt := range opts {
		if opt.apply != nil {
			opt.apply(&o)
		}
	}
	defer runtime.KeepAlive(ref)
	return ref.session.backend.Cancel(ref.id, o.force, o.recursive)
}
