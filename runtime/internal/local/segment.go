package local

import (
	"github.com/goray/goray/runtime/internal/transport"
)

// askToCollect makes the workers look for what they do not use any more, and give it back to the
// system if the machine is short of memory, too. If own, they also copy what they have mapped, so
// that it lies in the store no longer.
func (b *Backend) askToCollect(giveBack, own bool) {
	for _, p := range b.procs {
		if p.up {
			p.conn.Queue(transport.Collect, 0, func(w *transport.Writer) {
				w.Bool(giveBack)
				w.Bool(own)
			})
			b.touch(p)
		}
	}
}

// segmentDropped is called by the store, with its own lock held: workers are told later.
func (b *Backend) segmentDropped(id uint32) {
	b.droppedMu.Lock()
	defer b.droppedMu.Unlock()
	b.dropped = append(b.dropped, id)
	b.anyDropped.Store(true)
}

// detachDropped tells the workers which segments are gone: what they have mapped is not free.
func (b *Backend) detachDropped() {
	if !b.anyDropped.Swap(false) {
		return
	}
	b.droppedMu.Lock()
	dropped := b.dropped
	b.dropped = nil
	b.droppedMu.Unlock()
	for _, id := range dropped {
		for _, p := range b.procs {
			if _, known := p.attached[id]; known {
				delete(p.attached, id)
				p.conn.Queue(transport.Detach, 0, func(w *transport.Writer) { w.Uint(uint64(id)) })
				b.touch(p)
			}
		}
	}
}

// attach makes a segment known to a worker.
func (b *Backend) attach(p *proc, id uint32, write bool) error {
	b.detachDropped()
	if canWrite, known := p.attached[id]; known && (canWrite || !write) {
		return nil
	}
	var failed error
	p.conn.Queue(transport.Attach, 0, func(w *transport.Writer) { // not called when the worker is gone
		file, size, err := p.node.store.File(id, write)
		if err != nil {
			failed = err
			return
		}
		w.Uint(uint64(id))
		w.Uint(uint64(size))
		w.File(file)
	})
	if failed == nil {
		p.attached[id] = write
	}
	return failed
}
