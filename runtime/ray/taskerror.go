package ray

import (
	"fmt"
	"strings"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/marshal"
)

// TaskError is an error that your function returned, or a panic of it, as it happened in the
// worker. Unwrap gives the function's own error: errors.Is matches sentinels by type and text,
// errors.As finds values of types that can be encoded.
type TaskError struct {
	Func    string // "main.square"
	Cell    string // "In[3]", or the source file of compiled code
	Line    int    // where it panicked, else where the function is declared
	Node    string
	PID     int    // of the worker
	Attempt int    // 0 is the first
	Panic   bool   // the function panicked
	Message string // the text of the error or of the panic's value
	Stack   string // of a panic
	cause   error
}

func newTaskError(f *core.Failure) *TaskError {
	return &TaskError{
		Func: f.Func, Cell: f.Cell, Line: f.Line, Node: f.Node, PID: f.PID, Attempt: f.Attempt,
		Panic: f.Kind == core.UserPanic, Message: f.Text, Stack: f.Stack, cause: taskCause(f),
	}
}

func taskCause(f *core.Failure) error {
	if f.Cause == nil {
		return nil
	}
	return marshal.Error(f.Cause)
}

// Error tells what failed, where, and the cause.
func (e *TaskError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "ray: task %s", strings.TrimSuffix(e.Func, " in "+e.Cell))
	if e.Cell != "" {
		fmt.Fprintf(&b, " (%s:%d)", e.Cell, e.Line)
	}
	if e.Panic {
		b.WriteString(" panicked")
	} else {
		b.WriteString(" failed")
	}
	if e.PID != 0 {
		fmt.Fprintf(&b, " in pid %d", e.PID)
	}
	fmt.Fprintf(&b, ": %s", e.Message)
	if e.Panic {
		b.WriteString("; the worker survived, see TaskError.Stack for the trace")
	}
	return b.String()
}

// Unwrap gives the function's own error; nil for a panic with a value that is no error.
func (e *TaskError) Unwrap() error { return e.cause }
