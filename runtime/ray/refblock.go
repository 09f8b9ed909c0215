package ray

import (
	"sync"
	"unsafe"
)

// refBlock is a stock of references that nobody has yet.
//
// Go keeps the cleanups of a span of memory in a list in the order of addresses, and walks through it
// for each one that is added. References that are handed out in the order in which they were allocated
// would each walk to its end, which took longer than all else that makes a reference. So those of one
// span are allocated together, and the last of them is handed out first.
type refBlock struct {
	refs []*Ref
	next *Ref // lies in another span, and is the first of the next block
}

// refBlocks are those that nobody takes from at the moment.
var refBlocks = sync.Pool{New: func() any { return new(refBlock) }}

// blankRef returns a reference to be filled in.
func blankRef() *Ref {
	b := refBlocks.Get().(*refBlock)
	if len(b.refs) == 0 {
		b.fill()
	}
	last := len(b.refs) - 1
	r := b.refs[last]
	b.refs[last] = nil
	b.refs = b.refs[:last]
	refBlocks.Put(b)
	return r
}

// spanBits is how large Go's spans of small objects are. Where it is not, there is more to walk through.
const spanBits = 13

func (b *refBlock) fill() {
	if b.next == nil {
		b.next = new(Ref)
	}
	span := uintptr(unsafe.Pointer(b.next)) >> spanBits
	for {
		b.refs = append(b.refs, b.next)
		b.next = new(Ref)
		if uintptr(unsafe.Pointer(b.next))>>spanBits != span || len(b.refs) >= 1<<spanBits/int(unsafe.Sizeof(Ref{})) {
			return
		}
	}
}
