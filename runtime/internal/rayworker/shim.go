package rayworker

import (
	_ "embed"

	"github.com/goray/goray/runtime/internal/python"
)

//go:embed shim.py
var shimSource string

//go:embed cancel.py
var cancelSource string

// shim is the text of the Python side: values of Python's are read and written as everywhere.
var shim = shimSource + "\n\n" + cancelSource + "\n\n" + python.Values()

// Shim is the Python text whose offer(text) yields task, Actor, python and PythonActor, as package
// rayclient describes them.
func Shim() string { return shim }

// Canceling is the Python text of cancel(refs, force, recursive), which is part of Shim too.
func Canceling() string { return cancelSource }
