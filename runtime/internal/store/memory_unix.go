//go:build unix && !linux

package store

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// anonymousFile is an unlinked temporary file: it is shared through the page cache.
func anonymousFile() (int, error) {
	f, err := os.CreateTemp("", "goray-objects-*")
	if err != nil {
		return 0, fmt.Errorf("shared memory: %w", err)
	}
	defer f.Close()
	os.Remove(f.Name())
	return unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 0)
}

func (s *sharedFile) seal() error { return nil }

// reserve writes zeros, as these systems have no call that allocates the blocks of a file.
func (s *sharedFile) reserve(off, size int64) error {
	zeros := make([]byte, min(size, 1<<20))
	for size > 0 {
		n := min(size, int64(len(zeros)))
		if err := s.writeAt(zeros[:n], off); err != nil {
			return err
		}
		off, size = off+n, size-n
	}
	return nil
}

// discard does nothing: these systems have no call for it that works with mapped files.
func (s *sharedFile) discard(int64) error { return nil }

func populate([]byte) {}
