package wire

import (
	"strings"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/python"
)

// FailureTag is the first argument of an exception that carries a core.Failure as JSON in its
// second.
const FailureTag = "goray"

// PythonTag is the first argument of an exception that stands for one of a Python function, which its
// second describes as package python reads it.
const PythonTag = "goray-python"

// Exception is a Python exception as far as we read it.
type Exception struct {
	Class string `json:"class"` // "ray.exceptions.RayTaskError", "builtins.ZeroDivisionError"
	Text  string `json:"text,omitempty"`
	// Traceback is Python's.
	Traceback string `json:"traceback,omitempty"`
	// Failure is that of a Go function, where the exception carries one.
	Failure *core.Failure `json:"failure,omitempty"`
	// Python describes the exception of a Python function, where this one carries it.
	Python string `json:"python,omitempty"`
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
	if f := e.carried(); f != nil {
		return f
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
		if e.Vague() {
			f.Kind = core.ActorUnavailable
		}
		if dead && (strings.Contains(f.Text, "INTENDED_USER_EXIT") || strings.Contains(f.Text, "exit_actor() is called")) {
			f.Kind, f.Text = core.ActorDied, core.Exited(label).Text
		}
		if name == "ActorUnschedulableError" && strings.Contains(f.Text, "placement group was removed") {
			f.Kind, f.Text = core.ActorDied, "its placement group has been removed"
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

// Vague reports whether the exception says that an actor died, but not for good: Ray before 2.10 has no
// exception for actors that are about to be restarted, but knows nothing of their death, which it waits for
// a second. AsFailure takes that for core.ActorUnavailable.
func (e *Exception) Vague() bool {
	return e.Class == "ray.exceptions.RayActorError" && strings.Contains(e.Text, "\tclass_name: \n")
}

// carried is the failure that the exception carries.
func (e *Exception) carried() *core.Failure {
	if e.Python == "" {
		return e.Failure
	}
	f, err := python.ReadFailure([]byte(e.Python))
	if err != nil {
		return &core.Failure{Kind: core.UserError, Text: err.Error()}
	}
	return f
}

// ofTask says which failure a task's own exception is; outer is Ray's, around it.
func (e *Exception) ofTask(outer *Exception, label string) *core.Failure {
	if f := e.carried(); f != nil {
		return f
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
