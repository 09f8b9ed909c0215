package engine

import (
	"errors"
	"fmt"
	"strings"
)

// ErrInterrupted is returned by Execute when its context ended before the cell did.
var ErrInterrupted = errors.New("interrupted")

// CompileError says why a cell does not compile; nothing of it ran.
type CompileError struct {
	Diagnostics []Diagnostic // in source order, at least one
}

// Diagnostic is one complaint of the parser or the type checker.
type Diagnostic struct {
	Cell              string // "In[3]", or a file name
	Line, Column, End int    // 1-based; columns in bytes; End is 0 when unknown
	Text              string // the source line
	Message, Hint     string
}

func (e *CompileError) Error() string {
	var b strings.Builder
	for i, d := range e.Diagnostics {
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "%s:%d:%d: %s", d.Cell, d.Line, d.Column, d.Message)
		if d.Hint != "" {
			fmt.Fprintf(&b, " (%s)", d.Hint)
		}
	}
	return b.String()
}

// PanicError is a panic of user code that reached the top of its cell or goroutine.
type PanicError struct {
	Value  any     // what was given to panic, or the runtime.Error
	Frames []Frame // innermost first; frames of cells, then Go's below them
}

// Frame is one call in a trace.
type Frame struct {
	Function string // "square", "(*T).Method", "strings.Repeat"
	Cell     string // "In[3]" or a file name; empty for compiled code
	Line     int
}

func (e *PanicError) Error() string {
	switch v := e.Value.(type) {
	case error:
		return "panic: " + v.Error()
	case fmt.Stringer:
		return "panic: " + v.String()
	case string:
		return "panic: " + v
	}
	return fmt.Sprintf("panic: %#v", e.Value)
}

// Unwrap gives the error that was passed to panic, if it was one.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}
