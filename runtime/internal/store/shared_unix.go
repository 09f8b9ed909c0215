//go:build unix

package store

import (
	"errors"
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// sharedFile is memory that has a descriptor and no name.
type sharedFile struct {
	fd    int
	where string // the directory of a file on disk; empty for memory
}

func supported() error { return nil }

func newShared(size int64) (*sharedFile, error) {
	fd, err := anonymousFile()
	if err != nil {
		return nil, err
	}
	if err := unix.Ftruncate(fd, size); err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("size of shared memory: %w", err)
	}
	s := &sharedFile{fd: fd}
	if err := s.seal(); err != nil {
		s.close()
		return nil, fmt.Errorf("seal shared memory: %w", err)
	}
	return s, nil
}

// newOnDisk is like newShared, with pages that the system can write to a file in dir when it needs
// their memory. The file has no name, and ends with the processes as memory does.
func newOnDisk(dir string, size int64) (*sharedFile, error) {
	f, err := os.CreateTemp(dir, "object")
	if err != nil {
		return nil, spillError(dir, err)
	}
	os.Remove(f.Name())
	s, err := sharedFrom(f)
	if err != nil {
		return nil, err
	}
	s.where = dir
	if err := unix.Ftruncate(s.fd, size); err != nil {
		s.close()
		return nil, spillError(dir, err)
	}
	return s, nil
}

// sharedFrom takes over the descriptor of f.
func sharedFrom(f *os.File) (*sharedFile, error) {
	fd, err := unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	f.Close()
	if err != nil {
		return nil, fmt.Errorf("store: duplicate a descriptor: %w", err)
	}
	return &sharedFile{fd: fd}, nil
}

func (s *sharedFile) mapped(size int64, write bool) ([]byte, error) {
	prot := unix.PROT_READ
	if write {
		prot |= unix.PROT_WRITE
	}
	m, err := unix.Mmap(s.fd, 0, int(size), prot, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("store: map %s of shared memory: %w; raise the limit of address space (ulimit -v) or of mappings (vm.max_map_count)", Bytes(size), err)
	}
	return m, nil
}

func unmap(m []byte) error {
	if m == nil {
		return nil
	}
	return unix.Munmap(m)
}

func (s *sharedFile) writeAt(b []byte, off int64) error {
	for len(b) > 0 {
		n, err := unix.Pwrite(s.fd, b, off)
		if err != nil && !errors.Is(err, unix.EINTR) {
			return fmt.Errorf("write to shared memory: %w", err)
		}
		if n > 0 {
			b, off = b[n:], off+int64(n)
		}
	}
	return nil
}

// duplicate opens the memory anew, so that the rights of the copy are its own.
func (s *sharedFile) duplicate(write bool) (*os.File, error) {
	mode := unix.O_RDONLY
	if write {
		mode = unix.O_RDWR
	}
	name := "/proc/self/fd/" + strconv.Itoa(s.fd)
	fd, err := unix.Open(name, mode|unix.O_CLOEXEC, 0)
	if err != nil { // no /proc: the same rights
		if fd, err = unix.FcntlInt(uintptr(s.fd), unix.F_DUPFD_CLOEXEC, 0); err != nil {
			return nil, fmt.Errorf("store: duplicate a descriptor: %w; raise the limit of open files (ulimit -n)", err)
		}
	}
	return os.NewFile(uintptr(fd), "shared memory"), nil
}

func (s *sharedFile) close() error {
	if s.fd < 0 {
		return nil
	}
	fd := s.fd
	s.fd = -1
	return unix.Close(fd)
}

func isNoMemory(err error) bool {
	return errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.ENOMEM) || errors.Is(err, unix.EFBIG) || errors.Is(err, unix.EDQUOT)
}
