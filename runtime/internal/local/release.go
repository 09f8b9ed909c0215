package local

import (
	"slices"
	"sync"

	"github.com/goray/goray/runtime/internal/core"
)

var _ core.SoonReleaser = (*Backend)(nil)

// released are ids that the driver does not refer to any more.
type released struct {
	mu   sync.Mutex
	ids  []core.ID
	some chan struct{}
}

// ReleaseSoon implements core.SoonReleaser: after a collection there are many, for which one hold of
// the mutex is enough.
func (b *Backend) ReleaseSoon(id core.ID) {
	r := &b.released
	r.mu.Lock()
	r.ids = append(r.ids, id)
	first := len(r.ids) == 1
	r.mu.Unlock()
	if first {
		select {
		case r.some <- struct{}{}:
		default:
		}
	}
}

// maxReleases is how many objects are let go under one hold of the mutex.
const maxReleases = 512

// releaseAll lets go what ReleaseSoon was told, until the session ends.
func (b *Backend) releaseAll() {
	var spare []core.ID
	for {
		select {
		case <-b.released.some:
		case <-b.ended:
			return
		}
		b.released.mu.Lock()
		ids := b.released.ids
		b.released.ids = spare[:0]
		b.released.mu.Unlock()
		for part := range slices.Chunk(ids, maxReleases) {
			b.mu.Lock()
			for _, id := range part {
				if !b.closed {
					b.release(id, 1)
				}
			}
			b.unlock()
		}
		if spare = ids; cap(spare) > 1<<16 {
			spare = nil
		}
	}
}
