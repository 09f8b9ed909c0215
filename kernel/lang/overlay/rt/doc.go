// Package rt is the compiled support of the overlay: functions without type parameters that the
// overlay's source calls where the standard library uses the run-time system, link names or
// unsafe arithmetic. The trick is to instantiate the compiled generic function once, at any:
//
//	next, stop := rt.Pull(func(yield func(any) bool) { … })
//
// Cells never import it themselves.
package rt
