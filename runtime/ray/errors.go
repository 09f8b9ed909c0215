package ray

import (
	"context"
	"errors"
	"fmt"

	"github.com/goray/goray/runtime/internal/core"
)

// Sentinels; errors.Is finds them in what Get, Wait, Call … return. Every message says what to do.
var (
	// ErrNotInitialized: there is no session.
	ErrNotInitialized = errors.New("ray: not initialized; call ray.Init() first")
	// ErrAlreadyInitialized: Init was called twice.
	ErrAlreadyInitialized = errors.New("ray: already initialized; call ray.Shutdown() first, or set Config.IgnoreReinitError")
	// ErrSessionClosed: the reference belongs to a session that has ended.
	ErrSessionClosed = errors.New("ray: the session of this reference is closed; run the task again in the present session")
	// ErrInvalidCall: arguments, options or function do not fit; nothing ran.
	ErrInvalidCall = errors.New("ray: invalid call")
	// ErrGetTimeout: the deadline of a Get or Wait passed; the task goes on. It is also
	// context.DeadlineExceeded.
	ErrGetTimeout = errors.New("ray: no result within the deadline; the task goes on, call Get again or ray.Cancel it")
	// ErrTaskCancelled: ray.Cancel stopped the task, or the one it waited for.
	ErrTaskCancelled = errors.New("ray: task cancelled")
	// ErrTaskTimeout: the task did not finish within ray.TaskTimeout. It is also context.DeadlineExceeded.
	ErrTaskTimeout = errors.New("ray: task timeout")
	// ErrWorkerCrashed: the worker process ended while it ran the task, in every attempt.
	ErrWorkerCrashed = errors.New("ray: worker crashed")
	// ErrActorDied: the actor was killed, crashed for good, or its constructor failed.
	ErrActorDied = errors.New("ray: actor died")
	// ErrActorUnavailable: the actor crashed during the call and is restarting; its effect is unknown.
	ErrActorUnavailable = errors.New("ray: actor unavailable")
	// ErrPendingCallsLimit: the actor has as many unfinished calls as MaxPendingCalls allows.
	ErrPendingCallsLimit = errors.New("ray: too many pending calls")
	// ErrActorExists: a live actor has that name.
	ErrActorExists = errors.New("ray: actor exists")
	// ErrActorNotFound: no live actor has that name.
	ErrActorNotFound = errors.New("ray: actor not found")
	// ErrObjectLost: the value is gone and cannot be computed again.
	ErrObjectLost = errors.New("ray: object lost")
	// ErrOwnerDied: the process that owned the object ended.
	ErrOwnerDied = errors.New("ray: owner died")
	// ErrOutOfMemory: the object store or the machine has no memory left.
	ErrOutOfMemory = errors.New("ray: out of memory")
	// ErrOutOfDisk: there is no room to spill objects.
	ErrOutOfDisk = errors.New("ray: out of disk")
	// ErrInfeasible: no node that is there can ever grant the resources, and FailIfInfeasible was
	// set, or the task must run where it cannot.
	ErrInfeasible = errors.New("ray: infeasible")
	// ErrPlacementGroupRemoved: the placement group was removed, and what was in it has ended.
	ErrPlacementGroupRemoved = errors.New("ray: placement group removed")
	// ErrPlacementGroupExists: a placement group has that name.
	ErrPlacementGroupExists = errors.New("ray: placement group exists")
	// ErrUnauthenticated: the cluster wants another token than the one that was found, or any.
	ErrUnauthenticated = core.ErrUnauthenticated
	// ErrPlacementGroupNotFound: no placement group has that name.
	ErrPlacementGroupNotFound = errors.New("ray: placement group not found")
)

// systemError is an error of a kind, with its own text.
type systemError struct {
	kind error
	text string
}

func (e *systemError) Error() string { return e.text }
func (e *systemError) Unwrap() error { return e.kind }

func invalidCall(format string, args ...any) error {
	return &systemError{ErrInvalidCall, fmt.Sprintf("ray: "+format, args...)}
}

// kinds gives each failure its sentinel, and the advice that ends its text.
var kinds = map[core.FailureKind]struct {
	sentinel error
	advice   string
}{
	core.BadCall:          {ErrInvalidCall, ""},
	core.Cancelled:        {ErrTaskCancelled, "submit it again if the result is needed"},
	core.DeadlinePassed:   {ErrTaskTimeout, "give it more time with ray.TaskTimeout(d), or submit it when less waits"},
	core.WorkerCrashed:    {ErrWorkerCrashed, "look at the worker's last output; more attempts: ray.MaxRetries(n)"},
	core.ActorDied:        {ErrActorDied, "create a new actor, or let it restart: ray.MaxRestarts(n)"},
	core.ActorUnavailable: {ErrActorUnavailable, "call again, or let the runtime do so: ray.MaxTaskRetries(n)"},
	core.PendingCalls:     {ErrPendingCallsLimit, "wait for some of them with ray.Wait, or raise ray.MaxPendingCalls(n)"},
	core.ObjectLost:       {ErrObjectLost, "compute it again"},
	core.Infeasible:       {ErrInfeasible, "ask for less, or start more: ray.Config{NumCPUs: …}; ray.Explain tells what each node has"},
	core.GroupRemoved:     {ErrPlacementGroupRemoved, "make a new one with ray.NewPlacementGroup, and submit again"},
	core.OutOfDisk:        {ErrOutOfDisk, "free some of the disk, or release references"},
	core.OutOfMemory:      {ErrOutOfMemory, "release references, raise ray.Config{ObjectStoreMemory: …}, or let fewer tasks run at once (ray.NumCPUs, ray.Memory)"},
	core.ActorExists:      {ErrActorExists, "use ray.GetActor, ray.GetIfExists(), or another name"},
	core.ActorNotFound:    {ErrActorNotFound, "check the name and the namespace"},
	core.SessionClosed:    {ErrSessionClosed, "run the task again in the present session"},
}

// failureError makes the public error of a failure.
func failureError(f *core.Failure) error {
	if f.IsUser() {
		return newTaskError(f)
	}
	kind, ok := kinds[f.Kind]
	if !ok {
		return fmt.Errorf("ray: %s: %s", f.Kind, f.Text)
	}
	text := "ray: "
	if f.Func != "" {
		text += f.Func + ": "
	}
	text += f.Text
	if kind.advice != "" {
		text += "; " + kind.advice
	}
	if f.Kind == core.DeadlinePassed {
		return &causedError{systemError{kind.sentinel, text}, context.DeadlineExceeded}
	}
	if f.Kind == core.ActorDied && f.Cause != nil {
		return &causedError{systemError{kind.sentinel, text}, taskCause(f)}
	}
	return &systemError{kind.sentinel, text}
}

// causedError is a system's error with another one: ErrActorDied with what the constructor returned.
type causedError struct {
	systemError
	cause error
}

func (e *causedError) Unwrap() []error { return []error{e.kind, e.cause} }

// waitError translates the errors of waiting.
func waitError(ctx context.Context, err error) error {
	switch {
	case err == core.ErrClosed:
		return ErrSessionClosed
	case errors.Is(err, core.ErrClosed): // it was lost, and the error says how
		return &systemError{ErrSessionClosed, "ray: " + err.Error()}
	case errors.Is(err, context.DeadlineExceeded):
		return &timeoutError{err}
	case errors.Is(err, context.Canceled):
		cause := context.Cause(ctx)
		if cause == errCellInterrupted {
			return cause
		}
		if cause != nil && cause != err {
			return fmt.Errorf("ray: waiting was interrupted; the tasks go on: %w", cause)
		}
		return fmt.Errorf("ray: waiting was interrupted; the tasks go on: %w", err)
	}
	return err
}

// errCellInterrupted is what calls return that waited for a cell which was interrupted.
var errCellInterrupted = fmt.Errorf("ray: the cell was interrupted, and its tasks are cancelled; run it again: %w", context.Canceled)

// timeoutError is both ErrGetTimeout and context.DeadlineExceeded.
type timeoutError struct{ err error }

func (e *timeoutError) Error() string   { return ErrGetTimeout.Error() }
func (e *timeoutError) Unwrap() []error { return []error{ErrGetTimeout, e.err} }
func (e *timeoutError) Timeout() bool   { return true }
