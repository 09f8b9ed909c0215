package store

import (
	"fmt"
	"sync"
	"time"
)

// Config sizes a Store. The zero value gives 256 MiB.
type Config struct {
	Capacity    int64 // bytes of shared memory in all; 0 = 256 MiB
	SegmentSize int64 // bytes; 0 = 64 MiB
	// Number tells several stores of one session apart: the ids of their segments differ, and
	// Location.Store finds the number.
	Number uint32
	// Warm is how many bytes of empty segments are kept for reuse; 0 = half of Capacity,
	// negative = none.
	Warm int64
	// Idle is how long segments may stay empty before their pages go back to the system; 0 = 30 s,
	// negative = never.
	Idle time.Duration
	// Dropped is told which segments are gone, so that other processes detach them. It must not
	// call the store.
	Dropped func(segment uint32)
}

// Store is the owner's side. Its methods may be called by many goroutines.
type Store struct {
	cfg Config

	mu       sync.Mutex
	segments map[uint32]*segment
	objects  map[place]*object
	grants   map[place]*grantState
	next     uint32
	total    int64 // size of all segments
	used     int64 // of it by objects, drafts and grants
	closed   bool
	idle     *time.Timer // runs Cool; set again whenever a segment becomes empty
}

type place struct {
	segment uint32
	offset  int64
}

type object struct {
	size    int64
	readers int
	freed   bool
}

// New returns an empty store. It fails where the platform has no shared memory that this package
// can use.
func New(cfg Config) (*Store, error) {
	if err := supported(); err != nil {
		return nil, err
	}
	if cfg.Capacity <= 0 {
		cfg.Capacity = 256 << 20
	}
	if cfg.SegmentSize <= 0 {
		cfg.SegmentSize = 64 << 20
	}
	if cfg.Warm == 0 {
		cfg.Warm = cfg.Capacity / 2
	}
	if cfg.Idle == 0 {
		cfg.Idle = 30 * time.Second
	}
	return &Store{cfg: cfg, segments: map[uint32]*segment{}, objects: map[place]*object{}, grants: map[place]*grantState{}}, nil
}

// Create reserves space for an object of size bytes. The error is a *FullError when there is none.
func (s *Store) Create(size int64) (*Draft, error) {
	if size < 0 {
		return nil, fmt.Errorf("store: an object of %d bytes; sizes are ≥ 0", size)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	seg, off, err := s.allocate(size)
	if err != nil {
		return nil, err
	}
	return s.draft(seg, off, size), nil
}

// draft begins an object in a range that is taken. It is called with mu held.
func (s *Store) draft(seg *segment, off, size int64) *Draft {
	loc := Location{seg.id, off, size}
	d := &Draft{seg: seg, loc: loc, cold: off+size > seg.warmth()}
	d.done = func(sealed bool) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if sealed && !s.closed {
			s.objects[place{seg.id, off}] = &object{size: size}
			return
		}
		if d.cold {
			seg.untouched(off)
		}
		s.giveBack(seg, off, size)
	}
	return d
}

// Put copies the parts one after another into a new object.
func (s *Store) Put(parts ...[]byte) (Location, error) {
	var size int64
	for _, p := range parts {
		size += int64(len(p))
	}
	d, err := s.Create(size)
	if err != nil {
		return Location{}, err
	}
	defer d.Abort()
	var at int64
	for _, p := range parts {
		if err := d.Copy(at, p); err != nil {
			return Location{}, err
		}
		at += int64(len(p))
	}
	return d.Seal(), nil
}

// allocate finds a range, in an existing segment if one has it. It is called with mu held.
func (s *Store) allocate(size int64) (*segment, int64, error) {
	if s.closed {
		return nil, 0, ErrClosed
	}
	need := max(aligned(size), Alignment)
	var best *segment // the lowest id, so that others become empty
	for _, seg := range s.segments {
		if (best == nil || seg.id < best.id) && seg.free.largest() >= need {
			best = seg
		}
	}
	if best == nil {
		var err error
		if best, err = s.grow(need); err != nil {
			return nil, 0, err
		}
	}
	off, _ := best.free.take(need)
	best.objects++
	s.used += need
	return best, off, nil
}

// grow adds a segment with room for need bytes, in place of empty ones if it must.
func (s *Store) grow(need int64) (*segment, error) {
	for _, seg := range s.segments {
		if s.total+need <= s.cfg.Capacity {
			break
		}
		if seg.objects == 0 {
			s.drop(seg)
		}
	}
	room := s.cfg.Capacity - s.total
	if room < need {
		return nil, s.full(need, nil)
	}
	size := pages(max(need, min(s.cfg.SegmentSize, room)))
	file, err := newShared(size)
	if err != nil {
		return nil, s.full(need, err)
	}
	seg := &segment{id: s.segmentID(), size: size, file: file, free: extents{{0, size}}}
	s.segments[seg.id] = seg
	s.total += size
	return seg, nil
}

// segmentID returns an id that no segment has.
func (s *Store) segmentID() uint32 {
	for {
		s.next = (s.next + 1) & (1<<segmentBits - 1)
		if id := s.cfg.Number<<segmentBits | s.next; s.next != 0 && s.segments[id] == nil {
			return id
		}
	}
}

const pageSize = 4096

func pages(n int64) int64 { return (n + pageSize - 1) &^ (pageSize - 1) }

func (s *Store) full(need int64, cause error) error {
	e := &FullError{Need: need, Used: s.used, Capacity: s.cfg.Capacity, Objects: len(s.objects), LargestHole: s.cfg.Capacity - s.total, Cause: cause}
	for _, seg := range s.segments {
		e.LargestHole = max(e.LargestHole, seg.free.largest())
	}
	return e
}

// giveBack returns a range; an empty segment is kept warm or dropped.
func (s *Store) giveBack(seg *segment, off, size int64) {
	n := max(aligned(size), Alignment)
	if !seg.onDisk {
		seg.free.give(off, n)
		s.used -= n
	}
	s.vacate(seg)
}

// vacate takes one user from a segment.
func (s *Store) vacate(seg *segment) {
	if seg.objects--; seg.objects > 0 {
		return
	}
	var warm int64
	for _, other := range s.segments {
		if other.objects == 0 {
			warm += other.size
		}
	}
	if s.closed || seg.onDisk || warm > max(s.cfg.Warm, 0) {
		s.drop(seg)
		return
	}
	switch {
	case s.cfg.Idle < 0:
	case s.idle == nil:
		s.idle = time.AfterFunc(s.cfg.Idle, func() { s.Cool() })
	default:
		s.idle.Reset(s.cfg.Idle)
	}
}

func (s *Store) drop(seg *segment) {
	if s.segments[seg.id] != seg {
		return
	}
	delete(s.segments, seg.id)
	if !seg.onDisk {
		s.total -= seg.size
	}
	if !s.closed { // then others may still read; else a process that has it mapped would keep the pages
		_ = seg.cool()
	}
	seg.close()
	if s.cfg.Dropped != nil {
		s.cfg.Dropped(seg.id)
	}
}
