package engine

import "context"

// Debugger is an engine whose cells can be stopped, looked into and stepped through. Where nobody
// debugs, cells run as if the engine could not.
type Debugger interface {
	Engine
	// Debug begins to debug: what cells call from now on can stop. One debugging at a time; a
	// second one is an error. told is called for every event, from the goroutine that makes it,
	// and must not wait for a Debugging.
	Debug(told func(DebugEvent)) (Debugging, error)
	// StopLines lists the lines of source at which a cell with that source can stop, in order;
	// none when it does not parse.
	StopLines(source string) []int
}

// Debugging controls the cells of a Debugger. Its methods may be called at any time; frames and
// what is read from them are valid while their thread is stopped.
type Debugging interface {
	// Close ends it: everything that is stopped goes on.
	Close()
	// SetBreakpoints replaces the breakpoints of the cells with a Path. Lines are those of
	// StopLines. An error belongs to the breakpoint in its place; such a one never stops.
	SetBreakpoints(path string, points []Breakpoint) []error
	// SetPanics says which panics stop: all when they are raised, or those that nothing on
	// their way up could recover, since no deferred call waits there.
	SetPanics(all, uncaught bool)
	// Threads lists the goroutines of cells that have been seen.
	Threads() []DebugThread
	// Stack lists the calls of a stopped thread, innermost first.
	Stack(thread int) ([]DebugFrame, error)
	// Evaluate computes expr, or executes it when it is an assignment or a call without a value,
	// in the place of a frame; frame nil is the top level of the session.
	Evaluate(ctx context.Context, frame DebugFrame, expr string) ([]Value, error)
	// Declare makes a session variable of the type and with the value of expr.
	Declare(ctx context.Context, frame DebugFrame, name, expr string) error
	// Quietly runs f, which may call functions of cells: nothing stops them. It returns when f
	// does, or when ctx ends, and f's panic as an error.
	Quietly(ctx context.Context, f func()) error
	// Resume lets a stopped thread, and those that stopped with it, go on.
	Resume(thread int, how Resumption) error
	// Pause stops a thread at its next statement; 0 stops all.
	Pause(thread int)
}

// Resumption says how far a thread goes.
type Resumption string

const (
	Continue Resumption = "continue"
	StepOver Resumption = "next"
	StepIn   Resumption = "stepIn"
	StepOut  Resumption = "stepOut"
)

// Breakpoint is a line at which a cell stops. With a Condition, a Go expression of type bool in
// the place of the line, only where that holds; with Hit, only when that is true for how often it
// has been reached by now, from 1; with a Log it does not stop, but tells the text, in which
// {expressions} are replaced.
type Breakpoint struct {
	Line      int
	Condition string
	Hit       func(n int) bool
	Log       string
}

// DebugThread is a goroutine of a cell.
type DebugThread struct {
	ID      int
	Name    string
	Stopped bool
}

// DebugFrame is a call of a stopped thread.
type DebugFrame interface {
	Place() DebugPlace
	// Variables are those of the function that are visible here, in the order of their
	// declaration; the values are addressable. Own is false for code that no cell contains.
	Variables() (vars []Variable, own bool)
}

// DebugPlace is where a call is.
type DebugPlace struct {
	Function string
	Cell     string // "In[3]"; empty for compiled code
	Path     string // Cell.Path of that cell
	Line     int
	Column   int
	Top      bool // the statements of a cell
}

// DebugEvent tells what has happened.
type DebugEvent struct {
	Kind   string // "stopped", "continued", "exited" (a thread), "output"
	Thread int
	Reason string // of a stop: "breakpoint", "step", "pause", "exception"
	Text   string // of an output or of a panic
	Panic  any    // of a stop for a panic
	Cell   Cell   // that the thread belongs to
}
