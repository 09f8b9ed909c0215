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

// originLabels are the labels that an origin points at, as runtime/pprof lays them out. It offers
// no way to read those of a goroutine whose context is not at hand; a test compares the two.
type originLabels struct {
	list []struct{ key, value string }
}

// OriginLabel is the value of a profiler label of an origin; empty where it has none.
func OriginLabel(origin unsafe.Pointer, key string) string {
	if origin == nil {
		return ""
	}
	for _, l := range (*originLabels)(origin).list {
		if l.key == key {
			return l.value
		}
	}
	return ""
}
