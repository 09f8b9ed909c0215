package wire

import (
	"strings"

	"github.com/goray/goray/runtime/internal/core"
)

// FailureTag is the first argument of an exception that carries a core.Failure as JSON in its
// second.
const FailureTag = "goray"

// Exception is a Python exception as far as we read it.
type Exception struct {
	Class string `json:"class"` // "ray.exceptions.RayTaskError", "builtins.ZeroDivisionError"
	Text  string `json:"text,omitempty"`
	// Traceback is Python's.
	Traceback string `json:"traceback,omitempty"`
	// Failure is that of a Go function, where the exception carries one.
	Failure *core.Failure `json:"failure,omitempty"`
	// Cause is the exception of the task, where Ray wraps it (RayTaskError, ActorDiedError).
	Cause *Exception `json:"cause,omitempty"`
	// Func is the name of the task that failed, where Ray says it.
	Func string `json:"func,omitempty"`
	PID  int    `json:"pid,omitempty"`
}

// kinds are the failures that Ray's own exceptions mean, without "ray.exceptions.".
var kinds = map[string]core.FailureKind{
	"TaskCancelledError": core.Cancelled, "AsyncioActorExit": core.ActorDied,
	"WorkerCrashedError": core.WorkerCrashed, "LocalRayletDiedError": core.WorkerCrashed, "NodeDiedError": core.WorkerCrashed,
	"RayActorError": core.ActorDied, "ActorDiedError": core.ActorDied, "ActorUnavailableError": core.ActorUnavailable,
	"ObjectLostError": core.ObjectLost, "ObjectFetchTimedOutError": core.ObjectLost, "ReferenceCountingAssertionError": core.ObjectLost,
	"ObjectFreedError": core.ObjectLost, "OwnerDiedError": core.ObjectLost, "ObjectReconstructionFailedError": core.ObjectLost,
	"ObjectReconstructionFailedMaxAttemptsExceededError": core.ObjectLost, "ObjectReconstructionFailedLineageEvictedError": core.ObjectLost,
	"OutOfMemoryError": core.OutOfMemory, "ObjectStoreFullError": core.OutOfMemory, "OutOfDiskError": core.OutOfDisk,
	"TaskPlacementGroupRemoved": core.GroupRemoved, "ActorPlacementGroupRemoved": core.GroupRemoved,
	"PendingCallsLimitExceeded": core.PendingCalls,
	"TaskUnschedulableError":    core.Infeasible, "ActorUnschedulableError": core.Infeasible,
	"RuntimeEnvSetupError": core.BadCall,
}

// AsFailure says which failure the exception is; label names the task where Ray does not.
func (e *Exception) AsFailure(label string) *core.Failure {
	name, ours := strings.CutPrefix(e.Class, "ray.exceptions.")
	// Ray makes classes of its own of a task's exception: "RayTaskError(ValueError)".
	if ours && (name == "RayTaskError" || strings.HasPrefix(name, "RayTaskError(")) && e.Cause != nil {
		return e.Cause.ofTask(e, label)
	}
	if e.Failure != nil {
		return e.Failure
	}
	f := &core.Failure{Kind: core.UserError, Text: e.Text, Func: label, PID: e.PID, Stack: e.Traceback}
	if kind, ok := kinds[name]; ours && ok {
		f.Kind = kind
		if e.Cause != nil { // the constructor's own failure is the death of the actor
			first := e.Cause.AsFailure(label)
			f.Cause, f.Func, f.Cell, f.Line, f.Stack = first.Cause, first.Func, first.Cell, first.Line, first.Stack
			f.Text = "its constructor failed: " + first.Text
		}
		dead := f.Kind == core.ActorDied || f.Kind == core.ActorUnavailable
		if dead && (strings.Contains(f.Text, "INTENDED_USER_EXIT") || strings.Contains(f.Text, "exit_actor() is called")) {
			f.Kind, f.Text = core.ActorDied, core.Exited(label).Text
		}
		if f.Kind == core.Cancelled && f.Text == "" {
			f.Text = "it was cancelled"
		}
		return f
	}
	f.Cause = &core.ErrorTree{Type: e.Class, Text: e.Text}
	f.Text = strings.TrimPrefix(e.Class, "builtins.") + ": " + e.Text
	return f
}

// ofTask says which failure a task's own exception is; outer is Ray's, around it.
func (e *Exception) ofTask(outer *Exception, label string) *core.Failure {
	if e.Failure != nil {
		return e.Failure
	}
	if outer.Func != "" {
		label = outer.Func
	}
	if e.Class == "builtins.KeyboardInterrupt" { // ray.cancel reached the shim
		return &core.Failure{Kind: core.Cancelled, Text: "the task was cancelled while it ran", Func: label, PID: outer.PID}
	}
	f := e.AsFailure(label)
	if f.Stack == "" {
		f.Stack = outer.Traceback
	}
	if f.PID == 0 {
		f.PID = outer.PID
	}
	return f
}
