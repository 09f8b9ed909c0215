package display

import "embed"

// Source is the source of this package, from which cells learn its types and documentation.
//
//go:embed bundle.go data.go doc.go render.go screen.go text.go value.go
var Source embed.FS
