package node

import (
	"unsafe"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/worker"
)

// Code moves functions and types declared in cells between processes.
type Code = core.Code

// Definition is imported code, ready to be given its captures.
type Definition = core.Definition

// Snapshot is a function or type with all that it refers to.
type Snapshot = core.Snapshot

// Part is source that many snapshots share.
type Part = core.Part

// Capture is a captured variable and its value at the time of Export.
type Capture = core.Capture

// Frame is one call in the trace of a panic.
type Frame = core.Frame

// Options are what a worker process knows besides its own functions.
type Options struct {
	// Code reads functions of cells; nil where there are none.
	Code Code
	// Trace finds the frames of a recovered panic, innermost first; nil leaves it to Go.
	Trace func(recovered any) []Frame
	// Warm runs once in the background, at low priority, when the worker has nothing to do: it
	// prepares what the first task would wait for. nil calls the method Warm of Code, if it has
	// one.
	Warm func()
}

// EnvWorker is the environment variable that makes a process a worker.
const EnvWorker = core.EnvWorker

// IsWorker reports whether this process was started as a worker.
func IsWorker() bool { return worker.IsWorker() }

// Main runs a worker process until its driver ends; it does not return.
func Main(o Options) { worker.Main(worker.Options{Code: o.Code, Trace: o.Trace, Warm: o.Warm}) }

// SetCode sets what this process knows of code declared in cells; nil forgets it.
func SetCode(c Code) { core.SetCode(c) }

// SetCallSite sets how the line of a cell is found that is calling, as "In[7]:3", by what the profiler
// labels of its goroutine point at.
func SetCallSite(site func(origin unsafe.Pointer) string) { core.SetCallSite(site) }

// SetTrace sets how the frames of a recovered panic are found.
func SetTrace(trace func(recovered any) []Frame) { core.SetTrace(trace) }
