package store

import "fmt"

// Open returns the memory of a sealed object. released, which may be nil, runs once when the
// buffer is released or unreachable; it must not block.
func (s *Store) Open(loc Location, released func()) (*Buffer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, ErrClosed
	}
	at := place{loc.Segment, loc.Offset}
	o := s.objects[at]
	if o == nil || o.freed || o.size != loc.Size {
		return nil, unknown(loc)
	}
	seg := s.segments[loc.Segment]
	m, err := seg.reader()
	if err != nil {
		return nil, err
	}
	o.readers++
	b := NewBuffer(m[loc.Offset:loc.Offset+loc.Size:loc.Offset+loc.Size], func() {
		s.mu.Lock()
		if o.readers--; o.readers == 0 && o.freed {
			s.remove(at, o)
		}
		s.mu.Unlock()
		if released != nil {
			released()
		}
	})
	b.seg, b.off = seg, loc.Offset
	return b, nil
}

func unknown(loc Location) error {
	return fmt.Errorf("store: no object at %s; it was freed or never sealed", loc)
}

// Busy reports whether this process has an object open: its memory would not return if it were
// freed now.
func (s *Store) Busy(loc Location) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.objects[place{loc.Segment, loc.Offset}]
	return o != nil && o.readers > 0
}

// Free gives up an object. Buffers that this process has open keep its memory until they end; for
// other processes the caller has to know that nobody reads any more.
func (s *Store) Free(loc Location) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := place{loc.Segment, loc.Offset}
	o := s.objects[at]
	if o == nil || o.freed || o.size != loc.Size {
		return unknown(loc)
	}
	o.freed = true
	if o.readers == 0 {
		s.remove(at, o)
	}
	return nil
}

func (s *Store) remove(at place, o *object) {
	delete(s.objects, at)
	if seg := s.segments[at.segment]; seg != nil {
		s.giveBack(seg, at.offset, o.size)
	}
}

// Stats describes a store at one moment.
type Stats struct {
	Capacity int64
	Segments int
	Reserved int64 // bytes of all segments
	Used     int64 // of it by objects, drafts and grants
	Objects  int
	Open     int   // buffers
	Warm     int64 // bytes of empty segments kept for reuse, with pages
}

// Stats returns the present figures.
func (s *Store) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := Stats{Capacity: s.cfg.Capacity, Segments: len(s.segments), Reserved: s.total, Used: s.used, Objects: len(s.objects)}
	for _, o := range s.objects {
		st.Open += o.readers
	}
	for _, seg := range s.segments {
		if seg.objects == 0 {
			st.Warm += seg.warmth()
		}
	}
	return st
}

// Trim drops the empty segments that were kept for reuse and returns how many bytes they had.
func (s *Store) Trim() (bytes int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, seg := range s.segments {
		if seg.objects == 0 {
			bytes += seg.size
			s.drop(seg)
		}
	}
	return bytes
}

// Cool gives the pages of empty segments back to the system, also those that other processes have
// mapped. The segments stay, cold. It returns how many bytes of them had pages.
func (s *Store) Cool() (bytes int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, seg := range s.segments {
		if n := seg.warmth(); seg.objects == 0 && n > 0 && seg.cool() == nil {
			bytes += n
		}
	}
	return bytes
}

// Close gives all memory back. Segments with buffers that are still open go when these end.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	if s.idle != nil {
		s.idle.Stop()
	}
	for at, o := range s.objects {
		if !o.freed {
			o.freed = true
			if o.readers == 0 {
				s.remove(at, o)
			}
		}
	}
	for at, g := range s.grants {
		delete(s.grants, at)
		s.endGrant(g)
	}
	for _, seg := range s.segments {
		if seg.objects == 0 {
			s.drop(seg)
		}
	}
	return nil
}
