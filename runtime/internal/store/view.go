package store

import (
	"fmt"
	"os"
	"sync"
)

// View is how a process reads, and under a grant writes, the segments of another process's store.
type View struct {
	// Borrowed is of a process that may outlive the owner's trust: when the connection between them
	// ends, the owner gives the memory to others, so that values must be copies (see Buffer.Window).
	Borrowed bool

	mu       sync.Mutex
	segments map[uint32]*attached
}

type attached struct {
	*segment
	users    int
	detached bool
}

// NewView returns a view of nothing.
func NewView() *View { return &View{segments: map[uint32]*attached{}} }

// Attach makes a segment known by the descriptor that the owner sent. The view owns f from then on.
func (v *View) Attach(id uint32, f *os.File, size int64) error {
	file, err := sharedFrom(f)
	if err != nil {
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if old := v.segments[id]; old != nil {
		// A second descriptor may be the one that allows writing.
		old.mu.Lock()
		old.file.close()
		old.file = file
		old.mu.Unlock()
		return nil
	}
	v.segments[id] = &attached{segment: &segment{id: id, size: size, file: file}}
	return nil
}

// Has reports whether a segment is attached.
func (v *View) Has(id uint32) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.segments[id] != nil
}

// Detach forgets a segment that the owner dropped. Its memory is unmapped when no buffer is open.
func (v *View) Detach(id uint32) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if a := v.segments[id]; a != nil {
		delete(v.segments, id)
		if a.detached = true; a.users == 0 {
			a.close()
		}
	}
}

func (v *View) use(id uint32, end int64) (*attached, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	a := v.segments[id]
	if a == nil {
		return nil, fmt.Errorf("store: segment %d is not attached; ask its owner for the descriptor", id)
	}
	if end < 0 || end > a.size {
		return nil, fmt.Errorf("store: segment %d has %d bytes, not %d; the location is of another store", id, a.size, end)
	}
	a.users++
	return a, nil
}

func (v *View) leave(a *attached) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if a.users--; a.users == 0 && a.detached {
		a.close()
	}
}

// Open returns the memory of an object that the owner keeps for this process. released, which may
// be nil, runs once when the buffer is released or unreachable: tell the owner then.
func (v *View) Open(loc Location, released func()) (*Buffer, error) {
	if loc.Offset < 0 || loc.Size < 0 {
		return nil, unknown(loc)
	}
	a, err := v.use(loc.Segment, loc.Offset+loc.Size)
	if err != nil {
		return nil, err
	}
	m, err := a.reader()
	if err != nil {
		v.leave(a)
		return nil, err
	}
	b := NewBuffer(m[loc.Offset:loc.Offset+loc.Size:loc.Offset+loc.Size], func() {
		v.leave(a)
		if released != nil {
			released()
		}
	})
	if !v.Borrowed {
		b.seg, b.off = a.segment, loc.Offset
	}
	return b, nil
}

// Arena begins to write a range that the owner granted. The segment must have been attached with
// a descriptor that allows writing. The owner keeps the segment at least until the grant ends.
func (v *View) Arena(g Grant) (*Arena, error) {
	a, err := v.use(g.Segment, g.Offset+g.Size)
	if err != nil {
		return nil, err
	}
	defer v.leave(a)
	return &Arena{seg: a.segment, grant: g}, nil
}

// Close detaches everything.
func (v *View) Close() {
	v.mu.Lock()
	ids := make([]uint32, 0, len(v.segments))
	for id := range v.segments {
		ids = append(ids, id)
	}
	v.mu.Unlock()
	for _, id := range ids {
		v.Detach(id)
	}
}
