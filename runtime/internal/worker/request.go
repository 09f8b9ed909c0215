package worker

import (
	"context"
	"errors"
	"sync"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/transport"
)

// requests are questions to the driver that wait for their answers.
type requests struct {
	mu      sync.Mutex
	next    uint64
	waiting map[uint64]func(*transport.Reader)
}

func (q *requests) add(answer func(*transport.Reader)) uint64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.next++
	q.waiting[q.next] = answer
	return q.next
}

// reply gives an answer to whom it belongs.
func (q *requests) reply(id uint64, r *transport.Reader) {
	q.mu.Lock()
	answer := q.waiting[id]
	delete(q.waiting, id)
	q.mu.Unlock()
	if answer != nil {
		answer(r)
	}
}

// errGuest: a program of the form NativeAlone uses nothing of a session, so that this is a mistake of ours.
var errGuest = errors.New("a native program on a Ray cluster has no session to ask")

// ask sends a request and waits until answer has read the reply; it must not block. When ctx ends
// first, answer still runs when the reply comes.
func (p *Process) ask(ctx context.Context, kind transport.Kind, write func(*transport.Writer), answer func(*transport.Reader)) error {
	if p.guest {
		return errGuest
	}
	done := make(chan struct{})
	id := p.requests.add(func(r *transport.Reader) {
		answer(r)
		close(done)
	})
	p.counts.flush()
	p.conn.Send(kind, id, write)
	p.conn.Flush()
	p.readNow()
	if ctx == nil {
		ctx = context.Background()
	}
	select {
	case <-done:
		return nil
	case <-p.link.ended():
		return core.ErrClosed
	case <-ctx.Done():
		p.conn.Send(transport.Abandon, id, nil)
		p.conn.Flush()
		return ctx.Err()
	}
}
