// Package wire is what a driver and the workers of a Ray cluster say to each other about tasks,
// values and failures: the contract of package rayclient, as types.
//
// Mental model:
//
//   - A TaskSpec travels without its arguments (EncodeSpec); they are values of their own, so that
//     Ray resolves and counts them.
//   - Options are Ray's options, by Ray's names, made once from core.Options and written as a
//     pickle by the driver and as JSON by a worker.
//   - Exception is any Python exception as far as we read it, and says which Failure it is.
package wire
