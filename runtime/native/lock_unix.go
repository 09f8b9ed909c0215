//go:build unix

package native

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// lock waits until no other process holds the file's lock. A process that dies lets it go.
func lock(file string) (unlock func(), err error) {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return nil, fmt.Errorf("native: %w", err)
	}
	f, err := os.OpenFile(file, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("native: %w", err)
	}
	for {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX)
		if err != syscall.EINTR {
			break
		}
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("native: lock of %s: %w", file, err)
	}
	return func() { f.Close() }, nil
}
