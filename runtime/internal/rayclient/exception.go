package rayclient

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/rayclient/conn"
	"github.com/goray/goray/runtime/internal/rayclient/pickle"
	"github.com/goray/goray/runtime/internal/rayclient/wire"
)

// exception reads a Python exception; nil for objects of other classes.
func exception(o *pickle.Object) *wire.Exception {
	name := o.Class.Name
	ours := o.Class.Module == "ray.exceptions"
	builtin := o.Class.Module == "builtins" && (strings.HasSuffix(name, "Error") || strings.HasSuffix(name, "Exception") || name == "KeyboardInterrupt" || name == "SystemExit")
	if !ours && !builtin {
		return nil
	}
	x := &wire.Exception{Class: o.Class.String()}
	state, _ := o.State.(*pickle.Dict)
	switch {
	case ours && name == "RayTaskError" && len(o.Args) >= 3:
		x.Func, _ = o.Args[0].(string)
		x.Traceback, _ = o.Args[1].(string)
		if len(o.Args) >= 5 {
			x.PID, _ = o.Args[4].(int)
		}
		x.Cause = cause(o.Args[2])
	case len(o.Args) == 2 && o.Args[0] == wire.FailureTag:
		f := new(core.Failure)
		if text, ok := o.Args[1].(string); ok && json.Unmarshal([]byte(text), f) == nil {
			x.Failure = f
		}
	case len(o.Args) == 2 && o.Args[0] == wire.PythonTag:
		x.Python, _ = o.Args[1].(string)
	case ours && len(o.Args) == 1:
		if c, ok := o.Args[0].(*pickle.Object); ok && c.Class.Name == "RayTaskError" {
			x.Cause = exception(c)
		}
	}
	for _, key := range []string{"error_msg", "error_message", "message", "reason_message"} {
		if x.Text == "" {
			x.Text = state.Text(key)
		}
	}
	if x.Text == "" {
		x.Text = said[name]
	}
	if x.Text == "" {
		x.Text = texts(o.Args)
	}
	return x
}

// failed is the failure that an exception means for an entry.
func (e *entry) failed(x *wire.Exception) *core.Failure {
	f := x.AsFailure(e.label)
	limit := time.Duration(e.late.Load())
	switch {
	case limit > 0 && f.Kind == core.Cancelled:
		late := *f
		late.Kind, late.Text = core.DeadlinePassed, core.Late(limit, x.Class == "ray.exceptions.RayTaskError")
		return &late
	case f.Kind == core.WorkerCrashed && e.task().forced.Load(): // which is how Ray before 2.10 cancels
		f.Kind, f.Text = core.Cancelled, said["TaskCancelledError"]
	case x.Vague() && e.mortal:
		f.Kind = core.ActorDied
	}
	return f
}

// task is the entry of the first result of the same task.
func (e *entry) task() *entry {
	if e.first != nil {
		return e.first
	}
	return e
}

// neverRestarts reports whether an entry is an actor of which this process knows that Ray does not restart it.
func (e *entry) neverRestarts() bool { return e.options != nil && e.options.MaxRestarts == 0 }

// said is what exceptions say that have no text of their own.
var said = map[string]string{
	"WorkerCrashedError":         "the worker's process ended while it ran the task; the logs of the node say why",
	"LocalRayletDiedError":       "Ray's process on the task's node ended",
	"TaskPlacementGroupRemoved":  "its placement group was removed",
	"ActorPlacementGroupRemoved": "the placement group of its actor was removed",
	"OwnerDiedError":             "the process that made the object has ended",
	"ObjectLostError":            "all copies of the object were on nodes that are gone",
	"ObjectStoreFullError":       "the object store of a node is full of objects that are in use",
	"OutOfDiskError":             "the disk of a node is full",
	"TaskCancelledError":         "it was cancelled",
}

// cause reads the exception inside another; what is no exception that we read keeps its class.
func cause(v any) *wire.Exception {
	o, ok := v.(*pickle.Object)
	if !ok {
		return &wire.Exception{Class: "builtins.Exception", Text: fmt.Sprint(v)}
	}
	if x := exception(o); x != nil {
		return x
	}
	return &wire.Exception{Class: o.Class.String(), Text: texts(o.Args)}
}

func texts(args []any) string {
	var out []string
	for _, a := range args {
		switch a := a.(type) {
		case string, int, float64, bool:
			out = append(out, fmt.Sprint(a))
		}
	}
	return strings.Join(out, ", ")
}

// refused is the failure that an error of a request means.
func refused(err error, label string) *core.Failure {
	var remote *conn.RemoteError
	if !errors.As(err, &remote) {
		return &core.Failure{Kind: core.SessionClosed, Text: err.Error(), Func: label}
	}
	x := raised(remote)
	switch {
	case strings.Contains(x.Text, "already taken"):
		return &core.Failure{Kind: core.ActorExists, Text: x.Text, Func: label}
	case x.Class == "ray.exceptions.PendingCallsLimitExceeded" || x.Class == "builtins.KeyboardInterrupt":
		return x.AsFailure(label)
	}
	return &core.Failure{Kind: core.BadCall, Text: "Ray refused it: " + strings.TrimPrefix(x.Class, "builtins.") + ": " + x.Text, Func: label}
}

// raised reads the exception that the server answered with.
func raised(e *conn.RemoteError) *wire.Exception {
	v, err := pickle.Load(e.Pickle, nil)
	if err != nil {
		return &wire.Exception{Class: "builtins.Exception", Text: "an exception that cannot be read: " + err.Error()}
	}
	return cause(v)
}

// plain makes an error of an exception that the server answered with.
func plain(err error) error {
	var remote *conn.RemoteError
	if errors.As(err, &remote) {
		x := raised(remote)
		return fmt.Errorf("%s: %s", strings.TrimPrefix(x.Class, "builtins."), x.Text)
	}
	return err
}
