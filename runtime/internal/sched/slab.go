package sched

import "math/bits"

// slab holds the tasks that have not been given to a worker, and the objects that tasks wait
// for. It has no pointers inside its chunks: the garbage collector never looks into them, however
// many tasks are queued.
type slab struct {
	chunks [][]slot
	free   uint32 // first free slot, linked by next
	made   uint32 // slots that were ever used; slot 0 is none
	count  int

	// index finds slots by id: open addressing with linear probing, 0 is empty.
	index []uint32
	shift uint8 // 64 less the bits of the number of a line of the index

	edges    [][]edge
	freeEdge uint32
	madeEdge uint32
}

// slot is a task that waits, or an object that tasks wait for. 32 bytes.
type slot struct {
	id         uint64
	next, prev uint32 // in the queue of the shape
	waiters    uint32 // first edge of the tasks that wait for this
	shape      uint32
	missing    uint32 // what it waits for
	prefer     uint16 // the node that it is best run on, 0 is none
	flags      uint8
}

// edge is one task in a list of waiters. 8 bytes.
type edge struct{ slot, next uint32 }

// Flags of slots.
const (
	isTask    = 1 << iota // and not only something that is waited for
	isQueued              // in the queue of its shape
	dedicated             // its worker runs nothing else
)

const (
	chunkBits = 12
	chunkSize = 1 << chunkBits
	minIndex  = 64
	lineBits  = 4
)

func (s *slab) at(i uint32) *slot { return &s.chunks[i>>chunkBits][i&(chunkSize-1)] }

func (s *slab) edge(i uint32) *edge { return &s.edges[i>>chunkBits][i&(chunkSize-1)] }

// home is where the index looks for id first. Ids are consecutive: sixteen of them share a line of
// the cache, and those lines are spread evenly by Fibonacci hashing.
func (s *slab) home(id uint64) uint32 {
	return uint32(id>>lineBits*0x9E3779B97F4A7C15>>s.shift)<<lineBits | uint32(id&(1<<lineBits-1))
}

// find returns the slot of id, 0 if there is none.
func (s *slab) find(id uint64) uint32 {
	if len(s.index) == 0 {
		return 0
	}
	for at := s.home(id); ; at = (at + 1) & uint32(len(s.index)-1) {
		i := s.index[at]
		if i == 0 || s.at(i).id == id {
			return i
		}
	}
}

// obtain returns the slot of id, a new one if there is none.
func (s *slab) obtain(id uint64) uint32 {
	if i := s.find(id); i != 0 {
		return i
	}
	if (s.count+1)*4 > len(s.index)*3 {
		s.reindex(max(minIndex, 2*len(s.index)))
	}
	i := s.free
	if i != 0 {
		s.free = s.at(i).next
	} else {
		s.made++
		i = s.made
		if int(i>>chunkBits) == len(s.chunks) || len(s.chunks) == 0 {
			s.chunks = append(s.chunks, make([]slot, chunkSize))
		}
	}
	*s.at(i) = slot{id: id}
	s.count++
	s.enter(i)
	return i
}

func (s *slab) enter(i uint32) {
	at := s.home(s.at(i).id)
	for s.index[at] != 0 {
		at = (at + 1) & uint32(len(s.index)-1)
	}
	s.index[at] = i
}

func (s *slab) reindex(size int) {
	old := s.index
	s.index = make([]uint32, size)
	s.shift = uint8(64 + lineBits - bits.TrailingZeros(uint(size)))
	for _, i := range old {
		if i != 0 {
			s.enter(i)
		}
	}
}

// drop forgets a slot that nothing waits for.
func (s *slab) drop(i uint32) {
	mask := uint32(len(s.index) - 1)
	hole := s.home(s.at(i).id)
	for s.index[hole] != i {
		hole = (hole + 1) & mask
	}
	// Move back what was pushed beyond the hole.
	for at := (hole + 1) & mask; s.index[at] != 0; at = (at + 1) & mask {
		if home := s.home(s.at(s.index[at]).id); (at-home)&mask >= (at-hole)&mask {
			s.index[hole] = s.index[at]
			hole = at
		}
	}
	s.index[hole] = 0
	s.at(i).next = s.free
	s.free = i
	if s.count--; s.count == 0 {
		s.shrink()
	}
}

// shrink lets go what a burst has needed.
func (s *slab) shrink() {
	if len(s.chunks) > 4 || len(s.edges) > 4 {
		*s = slab{}
	}
}

// await makes the task in slot i wait for the object in slot of.
func (s *slab) await(i, of uint32) {
	e := s.freeEdge
	if e != 0 {
		s.freeEdge = s.edge(e).next
	} else {
		s.madeEdge++
		e = s.madeEdge
		if int(e>>chunkBits) == len(s.edges) || len(s.edges) == 0 {
			s.edges = append(s.edges, make([]edge, chunkSize))
		}
	}
	awaited := s.at(of)
	*s.edge(e) = edge{slot: i, next: awaited.waiters}
	awaited.waiters = e
	s.at(i).missing++
}

// freed takes the first edge off a list of waiters.
func (s *slab) freed(e uint32) (waiter, next uint32) {
	at := s.edge(e)
	waiter, next = at.slot, at.next
	at.next = s.freeEdge
	s.freeEdge = e
	return waiter, next
}

// bytes is what the slab has allocated.
func (s *slab) bytes() int {
	return len(s.chunks)*chunkSize*32 + len(s.edges)*chunkSize*8 + len(s.index)*4
}
