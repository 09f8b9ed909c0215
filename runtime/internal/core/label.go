package core

import (
	"strings"
	"sync/atomic"
	"unsafe"
)

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

var callSite atomic.Pointer[func(origin unsafe.Pointer) string]

// SetCallSite sets how the place in a cell is found that is calling.
func SetCallSite(site func(origin unsafe.Pointer) string) { callSite.Store(&site) }

// CallSite is the place in a cell that is calling, as "In[7]:3"; empty where it is not known.
func CallSite(origin unsafe.Pointer) string {
	if site := callSite.Load(); site != nil && origin != nil {
		return (*site)(origin)
	}
	return ""
}

// CellText tells people where a cell made something: "In[7]:3", or "In[7] In[3]:5" when
// the line is of a function from another cell.
func CellText(cell, site string) string {
	switch {
	case site == "":
		return cell
	case strings.HasPrefix(site, cell+":"):
		return site
	}
	return cell + " " + site
}
