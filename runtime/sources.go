package sources

import "embed"

// FS has the folders internal and ray.
//
//go:embed internal ray
var FS embed.FS
