package store

import "sync"

// segment is shared memory behind a descriptor, mapped when first needed: writable only by who
// writes, read-only by who reads.
type segment struct {
	id   uint32
	size int64
	file *sharedFile

	mu       sync.Mutex
	readable []byte
	writable []byte
	// warm is up to where pages exist already, inMap up to where the writable mapping has them.
	warm, inMap int64

	free    extents // of the owner
	objects int     // and open drafts and grants
	onDisk  bool    // one object, beyond the capacity
}

func (s *segment) reader() ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.readable == nil {
		m, err := s.file.mapped(s.size, false)
		if err != nil {
			return nil, err
		}
		s.readable = m
	}
	return s.readable, nil
}

func (s *segment) writer() ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.writable == nil {
		m, err := s.file.mapped(s.size, true)
		if err != nil {
			return nil, err
		}
		s.writable = m
	}
	return s.writable, nil
}

// populated makes sure that the writable mapping m has the pages from off to end.
func (s *segment) populated(m []byte, off, end int64) {
	s.mu.Lock()
	missing := end > s.inMap
	s.mu.Unlock()
	if !missing {
		return
	}
	populate(m[off:end])
	s.mu.Lock()
	if off <= s.inMap {
		s.inMap = max(s.inMap, end)
	}
	s.mu.Unlock()
}

// touched records that pages up to end exist.
func (s *segment) touched(end int64) {
	s.mu.Lock()
	s.warm = max(s.warm, end)
	s.mu.Unlock()
}

// untouched records that the range from off on may have pages missing.
func (s *segment) untouched(off int64) {
	s.mu.Lock()
	s.warm = min(s.warm, off)
	s.mu.Unlock()
}

func (s *segment) warmth() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.warm
}

// cool gives all pages back; nothing in the segment is in use.
func (s *segment) cool() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.warm, s.inMap = 0, 0
	return s.file.discard(s.size)
}

// close unmaps and closes; nobody may use the memory any more.
func (s *segment) close() error {
	forgetIdle(s)
	s.mu.Lock()
	defer s.mu.Unlock()
	err := unmap(s.readable)
	if e := unmap(s.writable); err == nil {
		err = e
	}
	s.readable, s.writable = nil, nil
	if e := s.file.close(); err == nil {
		err = e
	}
	return err
}
