package store

import (
	"encoding/binary"
	"os"
	"slices"
	"sync"
)

// Idle windows are kept for the next objects, as a rule of the same size and often at the same place
// of the same segment: a task that is called again and again with large arguments would else
// allocate, map, fault in and unmap for each of them.
const (
	maxIdle      = 8
	maxIdleBytes = 128 << 20
)

// idleWindow is memory of Go's heap that nobody uses.
type idleWindow struct {
	memory  []byte
	segment *segment // whose pages from offset on it shows, all unchanged; nil when it is blank
	offset  int64
}

var idleWindows struct {
	sync.Mutex
	list []idleWindow // the oldest first
}

// keepIdle takes over the memory of a window that has ended.
func keepIdle(m []byte, seg *segment, off int64) {
	w := idleWindow{m, seg, off}
	if seg != nil && written(m) {
		w.segment = nil
		if !blank(m) {
			loseMemory(m)
			return
		}
	}
	idleWindows.Lock()
	defer idleWindows.Unlock()
	idleWindows.list = append(idleWindows.list, w)
	for bytes := idleBytes(); len(idleWindows.list) > maxIdle || bytes > maxIdleBytes; bytes = idleBytes() {
		idleWindows.list[0].free()
		idleWindows.list = slices.Delete(idleWindows.list, 0, 1)
	}
}

func idleBytes() (n int) {
	for _, w := range idleWindows.list {
		n += len(w.memory)
	}
	return n
}

// free leaves the memory to the collector.
func (w *idleWindow) free() {
	if w.segment != nil && !blank(w.memory) {
		loseMemory(w.memory)
	}
}

// takeIdle returns memory of size bytes, and whether it shows the segment from off on already; nil
// when there is none.
func takeIdle(size int, seg *segment, off int64) (m []byte, mapped bool) {
	idleWindows.Lock()
	defer idleWindows.Unlock()
	found := -1
	for i, w := range idleWindows.list {
		if len(w.memory) != size {
			continue
		}
		mapped = w.segment == seg && w.offset == off
		if found < 0 || mapped {
			found = i
		}
		if mapped {
			break
		}
	}
	if found < 0 {
		return nil, false
	}
	m = idleWindows.list[found].memory
	idleWindows.list = slices.Delete(idleWindows.list, found, found+1)
	return m, mapped
}

// ForgetIdle leaves the memory that is kept for windows to the collector.
func ForgetIdle() { forgetIdle(nil) }

// forgetIdle frees the idle windows of a segment, or all for nil.
func forgetIdle(seg *segment) {
	idleWindows.Lock()
	defer idleWindows.Unlock()
	idleWindows.list = slices.DeleteFunc(idleWindows.list, func(w idleWindow) bool {
		if seg != nil && w.segment != seg {
			return false
		}
		w.free()
		return true
	})
}

// pagemap tells of each page whether it is there and whose it is.
var pagemap = sync.OnceValue(func() *os.File {
	f, _ := os.Open("/proc/self/pagemap") // without it every window counts as written to
	return f
})

const (
	pageIsFile    = 1 << 61
	pageIsSwapped = 1 << 62
	pageIsThere   = 1 << 63
)

// written reports whether this process has pages of its own in m, which shows a segment.
func written(m []byte) bool {
	f := pagemap()
	if f == nil {
		return true
	}
	var buf [8 << 10]byte
	at := int64(addressOf(m)) / systemPage * 8
	for left := int64(len(m)) / systemPage * 8; left > 0; {
		b := buf[:min(left, int64(len(buf)))]
		if _, err := f.ReadAt(b, at); err != nil {
			return true
		}
		at, left = at+int64(len(b)), left-int64(len(b))
		for ; len(b) > 0; b = b[8:] {
			if p := binary.LittleEndian.Uint64(b); p&(pageIsThere|pageIsSwapped) != 0 && p&pageIsFile == 0 {
				return true
			}
		}
	}
	return false
}
