// Package core holds the nouns that every part of the runtime shares: ids, resources, values,
// task specifications, failures, and Backend, the one interface through which runtime/ray sees
// whatever executes tasks.
//
// A backend registers a scheme, as database/sql drivers do, and ray.Init opens it:
//
//	func init() { core.Register("", Open) } // "" is the embedded runtime
//
// Mental model:
//
//   - An ID names a task, an object or an actor. A task and its result share one ID, and so do an
//     actor and the object that its constructor yields: while somebody refers to it, it lives.
//   - A Value is a Go value at rest: encoded bytes, segments kept out of line, ids of the
//     references nested in it, or the Failure that stands in its place.
//   - A TaskSpec is all that a process needs to run a function: where its code is, its arguments
//     (values, or ids to be resolved), and what it asks of the machine.
//   - A Backend runs specs and keeps values. Driver and worker processes use the same interface;
//     a worker's backend forwards to the driver that owns everything.
package core
