package rayclient

import "time"

// limit cancels a task that takes too long. Ray has no such option; the worker ends the context of
// the function by the same clock, so the function sees a deadline, not a cancellation.
func (b *backend) limit(results []*entry, limit time.Duration) {
	id := results[0].id
	time.AfterFunc(limit, func() {
		for _, e := range results {
			e.late.Store(int64(limit))
		}
		e := b.ids.find(id)
		if e != results[0] {
			return // nobody waits for it any more
		}
		// A running function has the chance to end by itself.
		time.AfterFunc(lateGrace, func() { b.cancelSoon([]*entry{e}) })
	})
}

// lateGrace is how much later the driver cancels a task than its own context ends.
const lateGrace = 200 * time.Millisecond
