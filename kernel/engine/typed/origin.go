package typed

import (
	"runtime"
	"sync"
	"sync/atomic"
	"unsafe"
	"weak"
)

// origins finds runs by the profiler labels of goroutines. It keeps the labels of a run until that is
// released, and the run as long as any goroutine has its labels, or holds them for others.
type origins struct{ entries sync.Map } // address of the labels → *origin

// labels stands for what runtime/pprof points at; it has pointers, as a block of its own has to.
type labels struct{ _ []string }

type origin struct {
	run  *run
	held atomic.Pointer[labels] // nil once the run is released
	left weak.Pointer[labels]
}

// is says whether the entry is of these labels, and not of some that were at their address before.
func (o *origin) is(p *labels) bool { return o.held.Load() == p || o.left.Value() == p }

// store remembers the run of the labels at p.
func (m *origins) store(p unsafe.Pointer, r *run) {
	o := &origin{run: r, left: weak.Make((*labels)(p))}
	o.held.Store((*labels)(p))
	m.entries.Store(uintptr(p), o)
	runtime.AddCleanup((*labels)(p), func(at uintptr) { m.entries.CompareAndDelete(at, o) }, uintptr(p))
}

// load is the run of the labels at p, or nil.
func (m *origins) load(p unsafe.Pointer) *run {
	if v, ok := m.entries.Load(uintptr(p)); ok {
		if o := v.(*origin); o.is((*labels)(p)) {
			return o.run
		}
	}
	return nil
}

// release lets the labels at p go, and with the last goroutine that has them their run.
func (m *origins) release(p unsafe.Pointer) {
	if v, ok := m.entries.Load(uintptr(p)); ok {
		v.(*origin).held.CompareAndSwap((*labels)(p), nil)
	}
}
