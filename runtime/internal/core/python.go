package core

// PythonTarget names what a task calls in Python, on backends whose workers are Python themselves
// (PythonRunner). Its arguments are then values that PythonValue made, or references.
type PythonTarget struct {
	Module string   `json:"module,omitempty"` // "" for a method of an actor
	Name   string   `json:"name"`
	Path   []string `json:"path,omitempty"`   // more folders that modules are imported from
	Kwargs bool     `json:"kwargs,omitempty"` // the last argument is a dict of keyword arguments
}

// PythonRunner is implemented by backends whose workers are Python: they run TaskSpec.Python themselves,
// without a Go process.
type PythonRunner interface {
	// PythonValue makes an argument of a value in the neutral form of package python.
	PythonValue(neutral any) (Value, error)
}

// ArrowStream is a table as an Arrow IPC stream. Package ray has the type that users see.
type ArrowStream interface{ ArrowStream() []byte }

// ArrowIPC is the ArrowStream where package ray is not part of the program.
type ArrowIPC []byte

// ArrowStream implements ArrowStream.
func (a ArrowIPC) ArrowStream() []byte { return a }

// NewArrow makes the ArrowStream that users see. Package ray sets it when it is initialised.
var NewArrow = func(stream []byte) ArrowStream { return ArrowIPC(stream) }

// Array is numbers in several dimensions, the last of which varies fastest.
type Array struct {
	Shape []int
	Data  any // []float64, []int32 …
}
