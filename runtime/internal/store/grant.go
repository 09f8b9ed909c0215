package store

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
)

// grantState is what the owner knows of a range that another process fills.
type grantState struct {
	Grant
	seg     *segment
	adopted []extent
}

// Grant reserves a range of size bytes for another process, which fills it through an Arena. Send
// it the descriptor of the segment (File) first.
func (s *Store) Grant(size int64) (Grant, error) {
	size = max(aligned(size), Alignment)
	s.mu.Lock()
	defer s.mu.Unlock()
	seg, off, err := s.allocate(size)
	if err != nil {
		return Grant{}, err
	}
	g := Grant{Segment: seg.id, Offset: off, Size: size, Warm: min(max(seg.warmth()-off, 0), size)}
	s.grants[place{seg.id, off}] = &grantState{Grant: g, seg: seg}
	return g, nil
}

// Adopt makes an object out of a part of a grant that its holder has sealed.
func (s *Store) Adopt(g Grant, loc Location) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	state := s.grants[place{g.Segment, g.Offset}]
	end := loc.Offset + aligned(loc.Size)
	if state == nil || loc.Segment != g.Segment || loc.Offset < g.Offset || loc.Size < 0 || end > g.Offset+g.Size || loc.Offset%Alignment != 0 {
		return fmt.Errorf("store: %s is not part of a grant; it was reclaimed or never given", loc)
	}
	piece := extent{loc.Offset, max(aligned(loc.Size), Alignment)}
	for _, a := range state.adopted {
		if piece.off < a.off+a.size && a.off < piece.off+piece.size {
			return fmt.Errorf("store: %s overlaps an object of the same grant; locations come from Arena.Create", loc)
		}
	}
	state.adopted = append(state.adopted, piece)
	s.objects[place{loc.Segment, loc.Offset}] = &object{size: loc.Size}
	state.seg.objects++
	state.seg.touched(loc.Offset + loc.Size)
	return nil
}

// Reclaim ends a grant: what was not adopted is free again. Its holder must not write any more.
func (s *Store) Reclaim(g Grant) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := place{g.Segment, g.Offset}
	if state := s.grants[at]; state != nil {
		delete(s.grants, at)
		s.endGrant(state)
	}
}

func (s *Store) endGrant(g *grantState) {
	slices.SortFunc(g.adopted, func(a, b extent) int { return int(min(max(a.off-b.off, -1), 1)) })
	at := g.Offset
	for _, a := range append(g.adopted, extent{g.Offset + g.Size, 0}) {
		if n := a.off - at; n > 0 {
			g.seg.untouched(max(at, g.Offset+g.Warm))
			g.seg.free.give(at, n)
			s.used -= n
		}
		at = a.off + a.size
	}
	s.vacate(g.seg)
}

// File returns a new descriptor of a segment and the segment's size, to be sent to another process
// and then closed. Without write it cannot be used to change the memory.
func (s *Store) File(id uint32, write bool) (*os.File, int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	seg := s.segments[id]
	if seg == nil {
		return nil, 0, fmt.Errorf("store: no segment %d; it was dropped when its last object was freed", id)
	}
	f, err := seg.file.duplicate(write)
	return f, seg.size, err
}

// ErrArenaFull says that a grant has no room for an object; ask the owner for another one.
var ErrArenaFull = errors.New("store: the granted range is used up; ask the owner for a new grant")

// Arena cuts a grant into objects, in the process that holds it.
type Arena struct {
	seg   *segment
	grant Grant

	mu   sync.Mutex
	used int64
	open int
}

// Grant returns what the arena cuts up.
func (a *Arena) Grant() Grant { return a.grant }

// Left returns how many bytes were not given out yet.
func (a *Arena) Left() int64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.grant.Size - a.used
}

// Idle reports whether no draft is open, so that the grant may be returned.
func (a *Arena) Idle() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.open == 0
}

// Create gives out space for an object. The owner has to adopt its location after Seal.
func (a *Arena) Create(size int64) (*Draft, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	n := max(aligned(size), Alignment)
	if size < 0 || n > a.grant.Size-a.used {
		return nil, ErrArenaFull
	}
	at := a.used
	a.used += n
	a.open++
	d := &Draft{seg: a.seg, loc: Location{a.grant.Segment, a.grant.Offset + at, size}, cold: at+n > a.grant.Warm}
	d.done = func(sealed bool) {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.open--
		if !sealed && a.used == at+n {
			a.used = at // the last one can be taken back
		}
	}
	return d, nil
}
