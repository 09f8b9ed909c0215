// Package modules finds the source of third-party packages with the ordinary Go tool, so that a
// session can interpret them.
//
//	l := modules.New("")                                       // the user's pinned versions
//	set, err := l.Resolve(ctx, dir, "github.com/google/uuid", compiled)
//	// set has the package and all that it imports and nobody has compiled, dependencies first
//
// How it works, in ten lines:
//
//   - A [Loader] keeps a go.mod and go.sum of its own. The first import of a module takes its
//     latest version, and that is what later sessions of the user see too; [Loader.Get] chooses
//     another. Below a folder with go.mod or go.work, that module's versions come first.
//   - "go list -deps" selects files as a build does, with cgo off and the build tags by which
//     packages offer portable code instead of assembly. Its answer is kept on disk under the hash
//     of go.mod and go.sum: a second session needs neither the tool nor the network.
//   - What cannot be interpreted (cgo, functions without a body) is refused with
//     the package, the file and the reason. For the few functions of golang.org/x/sys and
//     x/net that most programs need, there are stand-ins in Go.
//   - A [Package] has its files' text. Packed it is small enough to travel with a function.
package modules
