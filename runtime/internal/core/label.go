package core

import "unsafe"

// GoroutineOrigin identifies what started the calling goroutine, through any number of others:
// engines give each execution of a cell its own profiler labels, which goroutines inherit. It is
// nil where nobody did.
func GoroutineOrigin() unsafe.Pointer { return profLabel() }

// The Go linker allows this entry point by name.
//
//go:linkname profLabel runtime/pprof.runtime_getProfLabel
func profLabel() unsafe.Pointer
