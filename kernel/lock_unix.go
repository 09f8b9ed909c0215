//go:build unix

package kernel

import (
	"os"
	"syscall"
)

// lock keeps other kernels out until f is closed.
func lock(f *os.File) error { return syscall.Flock(int(f.Fd()), syscall.LOCK_EX) }
