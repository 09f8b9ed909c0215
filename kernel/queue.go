package kernel

import (
	"encoding/json"
	"sync"

	"github.com/goray/goray/kernel/wire"
)

// maxQueued is how many bytes of cells may wait; beyond, requests stay in the socket.
const maxQueued = 256 << 20

// queue holds the cells that wait to be run.
type queue struct {
	mu    sync.Mutex
	cond  sync.Cond
	items []*wire.Message
	bytes int
	end   bool
	done  chan struct{}
}

func newQueue() *queue {
	q := &queue{done: make(chan struct{})}
	q.cond.L = &q.mu
	return q
}

// push adds a cell; false says that no more are taken.
func (q *queue) push(m *wire.Message) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.bytes > maxQueued && !q.end {
		q.cond.Wait()
	}
	if q.end {
		return false
	}
	q.items = append(q.items, m)
	q.bytes += len(m.Content)
	q.cond.Broadcast()
	return true
}

// pop waits for the next cell; it returns nil at the end.
func (q *queue) pop() *wire.Message {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.items) == 0 && !q.end {
		q.cond.Wait()
	}
	if q.end {
		return nil
	}
	m := q.items[0]
	q.items[0] = nil
	q.items = q.items[1:]
	q.bytes -= len(m.Content)
	q.cond.Broadcast()
	return m
}

// takeAll empties the queue.
func (q *queue) takeAll() []*wire.Message {
	q.mu.Lock()
	defer q.mu.Unlock()
	items := q.items
	q.items, q.bytes = nil, 0
	q.cond.Broadcast()
	return items
}

func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.end {
		q.end = true
		close(q.done)
		q.cond.Broadcast()
	}
}

// content reads a request; what is missing or of another type stays zero.
func content[T any](m *wire.Message) (v T) {
	json.Unmarshal(m.Content, &v)
	return v
}
