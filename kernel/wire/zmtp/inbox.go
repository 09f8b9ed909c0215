package zmtp

import (
	"net"
	"sync"
	"time"
)

// lingering is how long Close waits for peers to take what is queued for them.
const lingering = time.Second

type received struct {
	from   *Conn
	frames [][]byte
}

// inbox is what the three kinds of socket share: a server, what it received, an end.
type inbox struct {
	srv  *server
	in   chan received
	done chan struct{}
	once sync.Once
}

func newInbox() inbox { return inbox{in: make(chan received, 16), done: make(chan struct{})} }

// pump moves messages from a peer to the inbox.
func (b *inbox) pump(c *Conn) {
	for {
		frames, err := c.ReadMsg()
		if err != nil {
			return
		}
		select {
		case b.in <- received{c, frames}:
		case <-b.done:
			return
		}
	}
}

func (b *inbox) next() (received, error) {
	select {
	case r := <-b.in:
		return r, nil
	case <-b.done:
		return received{}, ErrClosed
	}
}

// Addr is where the socket listens.
func (b *inbox) Addr() net.Addr { return b.srv.l.Addr() }

// Close lets queued messages go out for at most a second, disconnects every peer, and returns
// when the socket's goroutines have ended.
func (b *inbox) Close() error {
	b.once.Do(func() {
		b.srv.stop(lingering)
		close(b.done)
		b.srv.close()
	})
	return nil
}
