// Package linked holds the packages that a build of goray has compiled in besides its own, for
// cells to import. A file that "goray build-kernel" writes adds them when the program starts:
//
//	linked.Add(packages)
//
// Every session of the process sees them, as it sees the standard library.
package linked

import (
	"slices"
	"sync"

	"github.com/goray/goray/kernel/engine"
)

var (
	mu  sync.Mutex
	all []engine.Package
)

// Add makes packages importable in the sessions that start from now on.
func Add(packages []engine.Package) {
	mu.Lock()
	defer mu.Unlock()
	all = append(all, packages...)
}

// Packages lists what was added.
func Packages() []engine.Package {
	mu.Lock()
	defer mu.Unlock()
	return slices.Clone(all)
}
