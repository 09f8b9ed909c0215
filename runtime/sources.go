// Package sources holds the source text of the runtime, from which programs of a few functions are
// built on machines that have a Go toolchain and not this repository.
package sources

import "embed"

// FS has the folders internal and ray.
//
//go:embed internal ray
var FS embed.FS
