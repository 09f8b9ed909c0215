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
