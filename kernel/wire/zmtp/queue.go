package zmtp

import (
	"errors"
	"sync"
	"time"
)

// ErrSlow means that a peer was disconnected because it does not read; ErrClosed that the
// connection or the socket is no more.
var (
	ErrSlow   = errors.New("zmtp: peer too slow, disconnected")
	ErrClosed = errors.New("zmtp: closed")
)

type item struct {
	frames  [][]byte
	command string
}

// size is what m costs us in memory, roughly; also when it is all header.
func (m item) size() int {
	n := 64
	for _, f := range m.frames {
		n += len(f) + 32
	}
	return n
}

// queue is one peer's bounded outbox, drained by its own goroutine.
type queue struct {
	c      *Conn
	sendMu sync.Mutex // one waiting sender at a time
	mu     sync.Mutex
	items  []item
	bytes  int
	credit time.Duration // what is left of the grace
	closed bool
	work   chan struct{} // something to write
	space  chan struct{} // something was written
	done   chan struct{}
}

func newQueue(c *Conn) *queue {
	return &queue{c: c, credit: c.cfg.Grace, work: make(chan struct{}, 1), space: make(chan struct{}, 1), done: make(chan struct{})}
}

func wake(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}

// add appends m if it fits; an empty queue takes any one message.
func (q *queue) add(m item) (ok bool, credit time.Duration, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return false, 0, ErrClosed
	}
	n := m.size()
	if q.bytes > 0 && q.bytes+n > q.c.cfg.Queue {
		return false, q.credit, nil
	}
	q.items = append(q.items, m)
	q.bytes += n
	wake(q.work)
	return true, 0, nil
}

func (q *queue) push(m item) error {
	ok, _, err := q.add(m)
	if err == nil && !ok {
		q.close()
		err = ErrSlow
	}
	return err
}

func (q *queue) send(m item) error {
	q.sendMu.Lock()
	defer q.sendMu.Unlock()
	for {
		ok, credit, err := q.add(m)
		if ok || err != nil {
			return err
		}
		if credit <= 0 {
			q.close()
			return ErrSlow
		}
		start := time.Now()
		q.wait(min(credit, 50*time.Millisecond))
		q.mu.Lock()
		q.credit -= time.Since(start)
		q.mu.Unlock()
	}
}

// wait returns when something was written, at the end of the connection, or after d.
func (q *queue) wait(d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-q.space:
	case <-t.C:
	case <-q.done:
	}
}

// earn gives grace back for n bytes that the peer's kernel has taken.
func (q *queue) earn(n int) {
	q.mu.Lock()
	q.credit += time.Duration(n) * time.Second / time.Duration(q.c.cfg.MinRate)
	q.credit = min(q.credit, q.c.cfg.Grace)
	q.mu.Unlock()
}

func (q *queue) release(n int) {
	q.mu.Lock()
	q.bytes -= n
	q.mu.Unlock()
	wake(q.space)
}

func (q *queue) take() []item {
	for {
		q.mu.Lock()
		items := q.items
		q.items = nil
		q.mu.Unlock()
		if len(items) > 0 {
			return items
		}
		select {
		case <-q.work:
		case <-q.done:
			return nil
		}
	}
}

func (q *queue) run() {
	defer q.close()
	b := &batch{q: q}
	for {
		items := q.take()
		if items == nil {
			return
		}
		for i, m := range items {
			items[i] = item{}
			if b.add(m) != nil {
				return
			}
		}
		if b.flush() != nil {
			return
		}
	}
}

func (q *queue) idle() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.bytes <= 0 || q.closed
}

func (q *queue) flush(d time.Duration) {
	for end := time.Now().Add(d); !q.idle() && time.Now().Before(end); {
		q.wait(time.Until(end))
	}
}

func (q *queue) close() {
	q.mu.Lock()
	was := q.closed
	q.closed = true
	q.items = nil
	q.mu.Unlock()
	if !was {
		close(q.done)
		q.c.nc.Close()
	}
}
