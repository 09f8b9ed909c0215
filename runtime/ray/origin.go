package ray

import (
	"runtime"
	"sync/atomic"
	"unsafe"
	"weak"
)

// origin is what is known of the goroutines with one set of profiler labels: the cell that they belong
// to. It keeps the labels while the cell runs. Afterwards it is there as long as they are: until the
// last goroutine that has them has ended.
type origin struct {
	cell *cell
	held atomic.Pointer[labels]
	left weak.Pointer[labels]
}

// labels stands for what runtime/pprof points at; it has pointers, as a block of its own has to.
type labels struct{ _ []string }

// is says whether these are the labels, and not others that were at their address before.
func (o *origin) is(p unsafe.Pointer) bool {
	return o.held.Load() == (*labels)(p) || o.left.Value() == (*labels)(p)
}

// cellOf is the cell of the labels at p; nil for unknown ones.
func (s *cellSource) cellOf(p unsafe.Pointer) *cell {
	if v, ok := s.byOrigin.Load(uintptr(p)); ok {
		if o := v.(*origin); o.is(p) {
			return o.cell
		}
	}
	return nil
}

// keep remembers that the labels at p are of c, unless they are of another cell already.
func (s *cellSource) keep(p unsafe.Pointer, c *cell) *cell {
	o := &origin{cell: c, left: weak.Make((*labels)(p))}
	o.held.Store((*labels)(p))
	for {
		v, loaded := s.byOrigin.LoadOrStore(uintptr(p), o)
		if !loaded {
			break
		}
		if old := v.(*origin); old.is(p) {
			return old.cell
		}
		s.byOrigin.CompareAndDelete(uintptr(p), v)
	}
	runtime.AddCleanup((*labels)(p), func(at uintptr) { s.byOrigin.CompareAndDelete(at, o) }, uintptr(p))
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over {
		o.held.Store(nil)
	} else {
		c.origins = append(c.origins, o)
	}
	return c
}
