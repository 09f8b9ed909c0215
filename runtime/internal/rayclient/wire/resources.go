package wire

import (
	"strings"

	"github.com/goray/goray/runtime/internal/core"
)

// IsPin reports whether a resource is Ray's own, by which it pins tasks to nodes and bundles.
func IsPin(name string) bool {
	return strings.HasPrefix(name, "node:") || strings.Contains(name, "_group_")
}

// Amounts takes Ray's own resources out of r, which it returns.
func Amounts(r core.Resources) core.Resources {
	for name := range r {
		if IsPin(name) {
			delete(r, name)
		}
	}
	return r
}
