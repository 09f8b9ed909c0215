package transport

import (
	"fmt"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// Segment is memory that processes share: an anonymous file, known by its descriptor. It lives
// while somebody retains it.
type Segment struct {
	fd   int
	size int
	refs atomic.Int32
}

func newSegment(fd, size int) *Segment {
	s := &Segment{fd: fd, size: size}
	s.refs.Store(1)
	return s
}

// CreateSegment reserves size bytes; what the machine does not have is an error here, and not a
// fault later.
func CreateSegment(size int) (*Segment, error) {
	fd, err := unix.MemfdCreate("goray", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err != nil {
		return nil, fmt.Errorf("no shared memory: %w; raise the limit of open files", err)
	}
	if err := unix.Fallocate(fd, 0, 0, int64(size)); err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("no %d bytes of shared memory: %w; release references", size, err)
	}
	return newSegment(fd, size), nil
}

// Fill lets write fill the memory, and seals it.
func (s *Segment) Fill(write func(b []byte)) error {
	b, err := unix.Mmap(s.fd, 0, s.size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return fmt.Errorf("map %d bytes: %w", s.size, err)
	}
	write(b)
	if err := unix.Munmap(b); err != nil {
		return err
	}
	_, err = unix.FcntlInt(uintptr(s.fd), unix.F_ADD_SEALS, unix.F_SEAL_SHRINK|unix.F_SEAL_GROW|unix.F_SEAL_WRITE)
	return err
}

// Open returns a copy of the memory.
func (s *Segment) Open() (b []byte, hold any, err error) {
	m, err := unix.Mmap(s.fd, 0, s.size, unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return nil, nil, fmt.Errorf("map %d bytes: %w", s.size, err)
	}
	b = append([]byte(nil), m...)
	return b, nil, unix.Munmap(m)
}

// FD is the descriptor; Size the number of bytes.
func (s *Segment) FD() int { return s.fd }

// Size is the number of bytes.
func (s *Segment) Size() int { return s.size }

// Retain adds a user.
func (s *Segment) Retain() { s.refs.Add(1) }

// Release takes one away; the last closes the descriptor.
func (s *Segment) Release() {
	if s.refs.Add(-1) == 0 {
		unix.Close(s.fd)
	}
}
