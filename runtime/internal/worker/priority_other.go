//go:build !linux

package worker

// lowerPriority does nothing where threads have no priority of their own.
func lowerPriority() {}
