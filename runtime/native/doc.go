// Package native compiles functions that were declared in cells. The interpreter runs them at once;
// their native form takes over when the Go toolchain has made it, in the background.
//
//	tier, err := native.New(native.Options{Program: program}) // program writes a function as Go
//	file := tier.Want(ref, source)                            // what ray.Remote does
//	tier.Status()                                             // function, state, build time, reason
//
// Mental model:
//
//   - A native program is one function, or one actor, with all that it needs and the worker's own
//     protocol: a child of a worker process, which gives it its calls. Nested tasks, objects and
//     cancellation work in it as in a worker.
//   - The key of a program is a hash of its text, the Go release, the platform, the runtime's own
//     source and the flags. Layout, comments and captured values are no part of the text.
//   - compile and link run directly on archives that are prepared once for each Go release; go build
//     does it where these tools have changed.
//   - A build never decides whether a function runs, only how fast. A failure is remembered, and the
//     function stays interpreted. Without a toolchain everything does, which is said once.
package native
