package rayworker

import (
	"fmt"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/goray/goray/runtime/internal/store"
)

// slots is shared memory in which the shim lays large values. A slot is the shim's again when
// nobody here uses the value any more.
type slots struct {
	mu     sync.Mutex
	mapped map[int]*slot
	free   func(n int) // tells the shim
}

type slot struct {
	memory []byte
	used   bool
}

// attach maps a slot and closes its descriptor.
func (s *slots) attach(n, fd int, size int64) error {
	defer unix.Close(fd)
	memory, err := unix.Mmap(fd, 0, int(size), unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return fmt.Errorf("shared memory of %d bytes: %w", size, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mapped[n] = &slot{memory: memory}
	return nil
}

// detach forgets a slot that the shim dropped; it does so only with those that are not in use.
func (s *slots) detach(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if m := s.mapped[n]; m != nil && !m.used {
		delete(s.mapped, n)
		_ = unix.Munmap(m.memory)
	}
}

// open returns the value in a slot.
func (s *slots) open(n int, size int) (*store.Buffer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.mapped[n]
	if m == nil || size > len(m.memory) {
		return nil, fmt.Errorf("there is no shared memory %d of %d bytes", n, size)
	}
	m.used = true
	return store.NewBuffer(m.memory[:size:size], func() {
		s.mu.Lock()
		m.used = false
		s.mu.Unlock()
		go s.free(n) // it must not block here
	}), nil
}
