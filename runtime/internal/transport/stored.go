package transport

import (
	"bytes"
	"fmt"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/marshal"
	"github.com/goray/goray/runtime/internal/store"
)

// InlineLimit is the size up to which a value travels inside its frame.
const InlineLimit = 100 << 10

// Stored is a value at rest: flat bytes, a place in shared memory, or a failure.
type Stored struct {
	Flat    []byte
	Refs    []core.ID
	Failure *core.Failure
	Any     bool
	Shared  bool // the value is at its Place
	*Place
}

// Place is where a value lies in shared memory, and as which object. Most values are small and have none:
// there may be millions of them.
type Place struct {
	Location store.Location
	Object   core.ID
}

// Store brings a value to rest, copying its memory. Large values go where create says; nil: they stay in line.
func Store(v *core.Value, create func(size int64) (*store.Draft, error)) (*Stored, error) {
	s := &Stored{Any: v.Any, Refs: v.Refs, Failure: v.Failure}
	if v.Failure != nil {
		return s, nil
	}
	size := marshal.FlatSize(v)
	if size <= InlineLimit || create == nil {
		s.Flat = marshal.Flatten(v)
		return s, nil
	}
	draft, err := create(int64(size))
	if err != nil {
		return nil, err
	}
	defer draft.Abort()
	if err := marshal.CopyFlat(v, draft.Copy); err != nil {
		return nil, err
	}
	s.Shared, s.Place = true, &Place{Location: draft.Seal()}
	return s, nil
}

// Size is the number of bytes that the value takes.
func (s *Stored) Size() int64 {
	if s.Shared {
		return s.Location.Size
	}
	return int64(len(s.Flat))
}

// Value returns the value for decoding. open finds shared memory, which stays valid while Hold is
// reachable.
func (s *Stored) Value(open func(s *Stored) (*store.Buffer, error)) (core.Value, error) {
	if s.Failure != nil {
		return core.Value{Failure: s.Failure}, nil
	}
	flat, hold := s.Flat, any(nil)
	if s.Shared {
		b, err := open(s)
		if err != nil {
			return core.Value{}, err
		}
		flat, hold = b.Bytes(), b
	}
	v, err := marshal.Unflatten(flat)
	if err != nil {
		if s.Shared {
			err = fmt.Errorf("object %s: %w", s.Object, err)
		}
		return core.Value{}, err
	}
	v.Any, v.Refs, v.Hold = s.Any, s.Refs, hold
	return v, nil
}

// How a value lies in a payload.
const (
	storedInline = iota
	storedShared
	storedFailure
)

// Stored appends a value at rest.
func (w *Writer) Stored(v *Stored) {
	switch {
	case v.Failure != nil:
		w.b = append(w.b, storedFailure)
		w.JSON(v.Failure)
		return
	case v.Shared:
		w.b = append(w.b, storedShared)
		w.ID(v.Object)
		w.Location(v.Location)
	default:
		w.b = append(w.b, storedInline)
		w.Bytes(v.Flat)
	}
	w.Bool(v.Any)
	w.IDs(v.Refs)
}

// roomy is a value with room for the bytes of a small one: both come with one allocation.
type roomy struct {
	Stored
	room [24]byte
}

// None is what functions without a result return. There is one for all of them: it is not to be changed.
var None = &Stored{Flat: marshal.Flatten(new(marshal.None())), Any: true}

// Stored reads a value at rest into memory of its own; or None.
func (r *Reader) Stored() *Stored {
	if len(r.b) == 0 {
		r.fail("a value")
		return &Stored{}
	}
	how := r.b[0]
	r.b = r.b[1:]
	if how == storedInline {
		flat := r.view()
		if bytes.Equal(flat, None.Flat) && len(r.b) >= 2 && r.b[0] == 1 && r.b[1] == 0 { // of its type, without references
			r.b = r.b[2:]
			return None
		}
		var v *Stored
		if len(flat) <= len(roomy{}.room) {
			small := new(roomy)
			v = &small.Stored
			v.Flat = small.room[:copy(small.room[:], flat):len(flat)]
		} else {
			v = &Stored{Flat: append([]byte(nil), flat...)}
		}
		v.Any = r.Bool()
		v.Refs = r.IDs()
		return v
	}
	v := &Stored{}
	if how == storedFailure {
		v.Failure = &core.Failure{}
		r.JSON(v.Failure)
		return v
	}
	v.Shared, v.Place = true, &Place{Object: r.ID(), Location: r.Location()}
	v.Any = r.Bool()
	v.Refs = r.IDs()
	return v
}

// Location appends a place in shared memory.
func (w *Writer) Location(l store.Location) {
	w.Uint(uint64(l.Segment))
	w.Uint(uint64(l.Offset))
	w.Uint(uint64(l.Size))
}

// Location reads a place in shared memory.
func (r *Reader) Location() store.Location {
	return store.Location{Segment: uint32(r.Uint()), Offset: int64(r.Uint()), Size: int64(r.Uint())}
}

// Grant appends a range that a worker may write to.
func (w *Writer) Grant(g store.Grant) {
	w.Location(store.Location{Segment: g.Segment, Offset: g.Offset, Size: g.Size})
	w.Uint(uint64(g.Warm))
}

// Grant reads a range.
func (r *Reader) Grant() store.Grant {
	l := r.Location()
	return store.Grant{Segment: l.Segment, Offset: l.Offset, Size: l.Size, Warm: int64(r.Uint())}
}
