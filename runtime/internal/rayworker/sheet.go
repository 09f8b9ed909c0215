package rayworker

import (
	"fmt"
	"math/bits"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// sheets is shared memory in which this process lays large values for the shim, the other way round
// than slots. The shim says when a sheet is free again: its pages are there already, at both ends,
// and to make pages is most of what a large value costs.
type sheets struct {
	mu   sync.Mutex
	last int
	used map[int]*sheet
	idle []*sheet
	drop func(n int) // tells the shim that there is no such sheet any more
}

// sheet is a file without a name.
type sheet struct {
	n    int
	size int64
	file *os.File
}

const (
	sheetSize = 4 << 20   // of the smallest
	sheetRoom = 256 << 20 // what idle sheets may have together
)

// take returns a sheet with room for size bytes, and whether the shim does not know it yet.
func (s *sheets) take(size int64) (taken *sheet, isNew bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	best := -1
	for i, idle := range s.idle {
		if idle.size >= size && (best < 0 || idle.size < s.idle[best].size) {
			best = i
		}
	}
	if best >= 0 {
		taken = s.idle[best]
		s.idle = append(s.idle[:best], s.idle[best+1:]...)
		s.used[taken.n] = taken
		return taken, false, nil
	}
	fd, err := unix.MemfdCreate("goray-values", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, false, fmt.Errorf("shared memory: %w", err)
	}
	// Of a size that fits the next value, too; what is not written takes no memory.
	taken = &sheet{size: max(sheetSize, int64(1)<<bits.Len64(uint64(size-1))), file: os.NewFile(uintptr(fd), "values")}
	if err := taken.file.Truncate(taken.size); err != nil {
		taken.file.Close()
		return nil, false, fmt.Errorf("shared memory of %d bytes: %w", taken.size, err)
	}
	s.last++
	taken.n = s.last
	s.used[taken.n] = taken
	return taken, true, nil
}

// free takes a sheet back that the shim does not need any more.
func (s *sheets) free(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	back := s.used[n]
	if back == nil {
		return
	}
	delete(s.used, n)
	room := back.size
	for _, idle := range s.idle {
		room += idle.size
	}
	if room <= sheetRoom {
		s.idle = append(s.idle, back)
		return
	}
	back.file.Close()
	go s.drop(n) // not here: this is the goroutine that reads
}

// forget drops a sheet of which the shim was never told.
func (s *sheets) forget(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.used[n].file.Close()
	delete(s.used, n)
}

// close gives all memory back; nothing can be sent any more.
func (s *sheets) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, idle := range s.idle {
		idle.file.Close()
	}
	for _, used := range s.used {
		used.file.Close()
	}
	s.idle, s.used = nil, map[int]*sheet{}
}
