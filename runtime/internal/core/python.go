package core

// PythonTarget names what a task calls in Python, for backends whose workers are Python themselves.
// The task's Go function, for the others, has it as its first argument.
type PythonTarget struct {
	Module, Name string
	Class        bool // an actor's
}

// ArrowIPC is a table as an Arrow IPC stream.
type ArrowIPC []byte

// Array is numbers in several dimensions, the last of which varies fastest.
type Array struct {
	Shape []int
	Data  any // []float64, []int32 …
}
