// Package native is the seam of the native tier: it turns the source of a function that was
// declared in a cell into a compiled worker, in the background, while the interpreter runs it.
//
//	native.Register(builder)            // whoever can compile does it once, at start
//	artifact, err := native.Build(ctx, native.Source{Hash: hash, Text: text})
//
// Mental model:
//
//   - The key of an artifact is the hash of its source, of the Go release, the platform and the
//     build flags; captured values are not part of it.
//   - A build never decides whether a function runs, only how fast: its failure is remembered, told
//     once, and the function stays interpreted.
//   - No builder is part of this package yet.
package native
