//go:build !linux

package doctor

// system has no checks yet where there is no Linux.
func system() []Check { return nil }
