package store

import (
	"errors"
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

// anonymousFile: a memfd is not limited by the size of /dev/shm, which containers keep small.
func anonymousFile() (int, error) {
	fd, err := unix.MemfdCreate("goray-objects", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err != nil {
		return 0, fmt.Errorf("shared memory: %w", err)
	}
	return fd, nil
}

// seal fixes the size: nobody can shrink the file under a reader, which would end it with SIGBUS.
func (s *sharedFile) seal() error {
	_, err := unix.FcntlInt(uintptr(s.fd), unix.F_ADD_SEALS, unix.F_SEAL_SHRINK|unix.F_SEAL_GROW|unix.F_SEAL_SEAL)
	return err
}

// reserve makes sure that pages exist, so that touching them cannot fail.
func (s *sharedFile) reserve(off, size int64) error {
	for {
		err := unix.Fallocate(s.fd, 0, off, size)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return fmt.Errorf("reserve shared memory: %w", err)
		}
		return nil
	}
}

// discard gives the pages back. Mappings of the file stay valid and read as zeros.
func (s *sharedFile) discard(size int64) error {
	return unix.Fallocate(s.fd, unix.FALLOC_FL_PUNCH_HOLE|unix.FALLOC_FL_KEEP_SIZE, 0, size)
}

// populate maps the pages of m at once, instead of one fault for each 4 KiB. It is a matter of
// speed only: kernels before 5.14 do not know it.
func populate(m []byte) {
	start := uintptr(unsafe.Pointer(unsafe.SliceData(m))) & (pageSize - 1)
	if whole := len(m) - int(pageSize-start); start > 0 && whole > 0 {
		m = m[pageSize-start:]
	}
	if len(m) >= pageSize {
		unix.Madvise(m[:len(m)&^(pageSize-1)], unix.MADV_POPULATE_WRITE)
	}
}
