package local

import (
	"runtime"
	"runtime/metrics"
	"strings"
	"sync"
)

const (
	// headroom is how much a driver's heap may grow, at least, before Go's collector runs: it is often
	// so small that it would run all the time while tasks come and go.
	headroom     = 32 << 20
	ballastPiece = 4 << 20
)

// ballast is memory that nobody touches, so that it takes none of the machine's: it makes the
// collector start later. There is as much of it as the rest of the heap lacks to the headroom: a heap
// that is large enough itself would only collect more garbage with it.
type ballast struct {
	mu     sync.Mutex
	pieces []string
	closed bool
}

// newBallast begins with all of it, and looks again after each collection.
func newBallast() *ballast {
	b := &ballast{}
	b.fit(0)
	b.watch()
	return b
}

// bell is garbage, and rings when that is found.
type bell struct {
	ballast *ballast
}

func (b *ballast) watch() {
	runtime.SetFinalizer(&bell{b}, func(r *bell) {
		live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		metrics.Read(live)
		if r.ballast.fit(int64(live[0].Value.Uint64())) {
			r.ballast.watch()
		}
	})
}

// fit makes the ballast as large as a heap of so many bytes, ballast included, needs it. It reports
// false when there is none any more.
func (b *ballast) fit(live int64) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return false
	}
	rest := max(0, live-int64(len(b.pieces))*ballastPiece)
	want := int(max(0, headroom-rest) / ballastPiece)
	if want < len(b.pieces) {
		clear(b.pieces[want:])
		b.pieces = b.pieces[:want]
	}
	if want == len(b.pieces)+1 && rest > 0 {
		return true // it would come and go with every collection
	}
	for len(b.pieces) < want {
		var piece strings.Builder // make would write zeros where there was something before
		piece.Grow(ballastPiece)
		piece.WriteByte(0)
		b.pieces = append(b.pieces, piece.String())
	}
	return true
}

// size is how many bytes it has.
func (b *ballast) size() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.pieces) * ballastPiece
}

func (b *ballast) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed, b.pieces = true, nil
}
