package store

import (
	"runtime"
	"strings"
	"sync"
	"unsafe"
)

// windowBytes is from which size on a part of an object is mapped and not copied. A fault for
// every page that is read costs about as much as the copy of a page into memory that is not there
// yet; a copy reads all of them.
const windowBytes = 1 << 20

// window is memory of Go's heap whose pages are those of an object, copied by the system when they
// are written to. Go's collector sees it as what it is: an allocation, which stays while anything
// points into it. Its finalizer takes it back (see idleWindow) before it is free for others: memory that
// the collector gets again has no pages of an object.
type window struct {
	addr uintptr // not a pointer: the list of windows must not keep the memory
	size int
	// first is where in the segment its pages begin.
	first int64

	mu   sync.Mutex
	hold *Buffer // nil when the pages are this process's own
}

var windows struct {
	mu   sync.Mutex
	all  map[*window]struct{}
	lost [][]byte // memory that could not be made ordinary again
}

// Window returns part, which is memory of b, as memory that may be written to: others do not see
// that. The object stays at least until the result is unreachable, whatever becomes of b. It
// reports false where the part is small or the system does not do it: then part has to be copied.
func (b *Buffer) Window(part []byte) ([]byte, bool) {
	if b == nil || b.seg == nil || len(part) < windowBytes {
		return nil, false
	}
	at := int64(addressOf(part) - addressOf(b.data))
	if at < 0 || at+int64(len(part)) > int64(len(b.data)) {
		return nil, false
	}
	from := b.off + at
	first := from &^ (systemPage - 1)
	size := int((from + int64(len(part)) - first + systemPage - 1) &^ (systemPage - 1))
	m, mapped := takeIdle(size, b.seg, first)
	if m == nil {
		m = uncleared(size)
	}
	if addressOf(m)%uintptr(systemPage) != 0 || !mapped && !b.seg.overlay(m, first) {
		return nil, false
	}
	w := &window{addr: addressOf(m), size: size, first: first, hold: b.Retain()}
	windows.mu.Lock()
	if windows.all == nil {
		windows.all = map[*window]struct{}{}
	}
	windows.all[w] = struct{}{}
	windows.mu.Unlock()
	runtime.SetFinalizer(unsafe.SliceData(m), func(p *byte) { w.end(unsafe.Slice(p, w.size)) })
	m = m[from-first:]
	return m[:len(part):len(part)], true
}

// uncleared allocates memory that nobody has touched: the pages that are put in its place are not
// worth a fault each.
func uncleared(n int) []byte {
	var b strings.Builder
	b.Grow(n)
	b.WriteByte(0) // so that there is something to point at
	return unsafe.Slice(unsafe.StringData(b.String()), n)
}

func addressOf(m []byte) uintptr { return uintptr(unsafe.Pointer(unsafe.SliceData(m))) }

// end takes the memory back, which nobody refers to, and which is not free before this returns.
func (w *window) end(m []byte) {
	windows.mu.Lock()
	delete(windows.all, w)
	windows.mu.Unlock()
	w.mu.Lock()
	hold := w.hold
	w.hold = nil
	w.mu.Unlock()
	if hold == nil { // they are pages of its own, which the next use has to give up anyway
		if !blank(m) {
			loseMemory(m)
		}
		return
	}
	keepIdle(m, hold.seg, w.first)
	hold.Release()
}

// loseMemory keeps what could not be made ordinary memory from being used for anything else.
func loseMemory(m []byte) {
	windows.mu.Lock()
	defer windows.mu.Unlock()
	windows.lost = append(windows.lost, m)
}

// OwnWindows gives this process its own copy of all that it has mapped by Window, so that the
// objects may go while their values stay. It returns how many bytes were copied.
func OwnWindows() (bytes int64) {
	windows.mu.Lock()
	list := make([]*window, 0, len(windows.all))
	for w := range windows.all {
		list = append(list, w)
	}
	windows.mu.Unlock()
	forgetIdle(nil)
	for _, w := range list {
		// While hold is there the finalizer has not run, so that the memory is still this window's.
		w.mu.Lock()
		hold := w.hold
		if hold != nil && detach(w.addr, w.size) {
			w.hold = nil
			bytes += int64(w.size)
		} else {
			hold = nil
		}
		w.mu.Unlock()
		if hold != nil {
			hold.Release()
		}
	}
	return bytes
}

// Windows returns how many windows this process has, and their bytes.
func Windows() (n int, bytes int64) {
	windows.mu.Lock()
	defer windows.mu.Unlock()
	for w := range windows.all {
		bytes += int64(w.size)
	}
	return len(windows.all), bytes
}
