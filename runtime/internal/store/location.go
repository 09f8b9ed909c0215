package store

import "fmt"

// Alignment of every object, enough for Arrow and for any vector instruction.
const Alignment = 64

// Location names an object's memory in every process of the node.
type Location struct {
	Segment      uint32
	Offset, Size int64
}

// segmentBits is how much of a segment's id counts within its store.
const segmentBits = 20

// Store is the number of the store that has the object.
func (l Location) Store() uint32 { return l.Segment >> segmentBits }

func (l Location) String() string {
	return fmt.Sprintf("segment %d, bytes %d to %d", l.Segment, l.Offset, l.Offset+l.Size)
}

// Grant is a range of a segment that another process may cut into objects.
type Grant struct {
	Segment      uint32
	Offset, Size int64
	// Warm is how many bytes from Offset on were touched before.
	Warm int64
}

func aligned(n int64) int64 { return (n + Alignment - 1) &^ (Alignment - 1) }
