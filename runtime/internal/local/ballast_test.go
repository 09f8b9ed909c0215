package local

import (
	"runtime"
	"testing"
	"time"
)

// A large heap needs no ballast, and gets it back when it is small again.
func TestBallastFitsTheHeap(t *testing.T) {
	b := newBallast()
	defer b.close()
	if b.size() != headroom {
		t.Fatalf("it begins with %d bytes", b.size())
	}
	until := func(what string, holds func() bool) {
		t.Helper()
		for begun := time.Now(); !holds(); runtime.GC() {
			if time.Since(begun) > time.Minute {
				t.Fatalf("%s: not after a minute; it has %d bytes", what, b.size())
			}
			runtime.Gosched()
		}
	}
	heap := make([]byte, 2*headroom)
	until("a large heap is without it", func() bool { return b.size() == 0 })
	runtime.KeepAlive(heap)
	heap = nil
	until("a small heap has it again", func() bool { return b.size() > headroom/2 })
	b.close()
	if b.fit(0) || b.size() != 0 {
		t.Error("it is there after the end")
	}
}
