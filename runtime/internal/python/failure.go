package python

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync/atomic"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/marshal"
)

// Error is an exception of Python's.
type Error struct {
	Type      string   // "ValueError", "sklearn.exceptions.NotFittedError"
	Bases     []string // of the class, the nearest first
	Message   string
	Traceback string // as Python prints it
	File      string // where it was raised, of the innermost frame
	Line      int
	Advice    string // what to do about it, where that is known
}

// Error is the type and the message, as Python prints them.
func (e *Error) Error() string {
	text := e.Type
	if e.Message != "" {
		text += ": " + e.Message
	}
	if e.Advice != "" {
		text += "; " + e.Advice
	}
	return text
}

// IsA reports whether the exception is of a class, or of one that is derived from it, by its name.
func (e *Error) IsA(class string) bool {
	if e.Type == class {
		return true
	}
	for _, b := range e.Bases {
		if b == class {
			return true
		}
	}
	return false
}

// Trace is what a task's failure shows: the traceback and the innermost place.
func (e *Error) Trace() (stack, file string, line int) { return e.Traceback, e.File, e.Line }

// failure is an exception on the wire.
type failure struct {
	Type, Text, Traceback, File, Python string
	Bases                               []string
	Line                                int
	Missing                             *string
	Unknown, Cancelled                  bool
	Func                                string // the call, where the process is not ours
	PID                                 int
}

// shown makes the error that users see of an exception.
var shown atomic.Pointer[func(*Error) error]

// SetShown says what users see of an exception.
func SetShown(f func(*Error) error) { shown.Store(&f) }

// ReadFailure is the failure of a task that was an exception, of what values.py's failure has written.
func ReadFailure(text []byte) (*core.Failure, error) {
	var f failure
	if err := json.Unmarshal(text, &f); err != nil {
		return nil, fmt.Errorf("a failure of Python's: %w", err)
	}
	e := f.err(nil)
	var err error = e
	if show := shown.Load(); show != nil {
		err = (*show)(e)
	}
	return &core.Failure{Kind: core.UserError, Text: err.Error(), Func: f.Func, PID: f.PID, Stack: e.Traceback, Cell: e.File, Line: e.Line,
		Cause: marshal.ErrorTree(err)}, nil
}

// packages are those whose name for pip is not that of their module.
var packages = map[string]string{
	"sklearn": "scikit-learn", "cv2": "opencv-python", "PIL": "pillow", "yaml": "pyyaml", "bs4": "beautifulsoup4",
	"skimage": "scikit-image", "dateutil": "python-dateutil", "google.protobuf": "protobuf",
}

func (f *failure) err(path []string) *Error {
	e := &Error{Type: f.Type, Bases: f.Bases, Message: f.Text, Traceback: f.Traceback, File: f.File, Line: f.Line}
	if f.Missing != nil && *f.Missing != "" {
		top, _, _ := strings.Cut(*f.Missing, ".")
		name := top
		if known := packages[top]; known != "" {
			name = known
		}
		e.Advice = fmt.Sprintf("%s has no module %s: run %s -m pip install %s, or name the folder of your own module in PythonEnv.Path (now %q)", f.Python, *f.Missing, f.Python, name, path)
	}
	return e
}
