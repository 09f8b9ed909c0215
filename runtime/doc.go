// Package sources holds the source text of the runtime. Native programs, which are made of a few
// functions of a notebook, are linked with a part of it, on machines that have a Go toolchain and
// not this repository.
//
//	data, err := sources.FS.ReadFile("internal/worker/main.go")
//
// Mental model:
//
//   - The text is embedded, so that it is always that of the program which holds it.
//   - Whoever uses it takes what runtime/internal/worker and runtime/ray import, without tests.
package sources
