package core

import (
	"fmt"
	"reflect"
	"time"
)

// FailureKind says why there is no value.
type FailureKind string

// The kinds of failures. All but UserError and UserPanic are the system's.
const (
	UserError        FailureKind = "error"             // the function returned an error
	UserPanic        FailureKind = "panic"             // the function panicked
	BadCall          FailureKind = "bad call"          // the call could not be submitted
	Cancelled        FailureKind = "cancelled"         // ray.Cancel, or the caller went away
	DeadlinePassed   FailureKind = "deadline passed"   // ray.TaskTimeout
	WorkerCrashed    FailureKind = "worker crashed"    // after all retries
	ActorDied        FailureKind = "actor died"        // killed, crashed, or its constructor failed
	ActorUnavailable FailureKind = "actor unavailable" // restarting while the call was running
	PendingCalls     FailureKind = "too many pending calls"
	ObjectLost       FailureKind = "object lost"
	Infeasible       FailureKind = "infeasible"
	GroupRemoved     FailureKind = "placement group removed"
	OutOfMemory      FailureKind = "out of memory"
	OutOfDisk        FailureKind = "out of disk"
	ActorExists      FailureKind = "actor exists"
	ActorNotFound    FailureKind = "actor not found"
	SessionClosed    FailureKind = "session closed"
)

// Failure is the reason why there is no value, in a form that travels.
type Failure struct {
	Kind    FailureKind
	Text    string // for people: the cause, without advice
	Func    string
	Cell    string
	Line    int
	Node    string
	PID     int
	Attempt int // 0 is the first
	Stack   string
	Cause   *ErrorTree `json:",omitempty"` // what the function returned or panicked with
}

// TooManyCalls is why an actor does not take a call.
func TooManyCalls(label, actor string, limit int) *Failure {
	return &Failure{Kind: PendingCalls, Func: label, Text: fmt.Sprintf("%d calls of the actor %s are pending, as many as it takes", limit, actor)}
}

// Late says that a task has not finished in time.
func Late(limit time.Duration, started bool) string {
	if started {
		return fmt.Sprintf("it did not finish within %v of its submission, and was cancelled", limit)
	}
	return fmt.Sprintf("it did not start within %v of its submission, and never will", limit)
}

// IsUser tells the function's own failures from the system's.
func (f *Failure) IsUser() bool { return f.Kind == UserError || f.Kind == UserPanic }

// ErrorTree is an error value with what it wraps.
type ErrorTree struct {
	Type    string // "*errors.errorString"
	Text    string
	Wraps   []*ErrorTree `json:",omitempty"`
	Encoded []byte       `json:",omitempty"` // the value itself, where it can be encoded; of the root only
	Refs    []ID         `json:",omitempty"` // nested in Encoded
}

// ErrorKey identifies an error across processes by its type and text.
func ErrorKey(err error) string { return ErrorType(err) + "\x00" + err.Error() }

// ErrorType names the dynamic type of err: "*fs.PathError".
func ErrorType(err error) string { return reflect.TypeOf(err).String() }

// Key is ErrorKey of the error that the tree describes.
func (t *ErrorTree) Key() string { return t.Type + "\x00" + t.Text }

// Matches reports whether the tree holds an error with one of the keys.
func (t *ErrorTree) Matches(keys []string) bool {
	if t == nil {
		return false
	}
	for _, k := range keys {
		if k == t.Key() {
			return true
		}
	}
	for _, w := range t.Wraps {
		if w.Matches(keys) {
			return true
		}
	}
	return false
}
