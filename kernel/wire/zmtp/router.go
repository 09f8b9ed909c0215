package zmtp

import (
	"net"
	"sync"
	"time"
)

// Router addresses peers by identity; a newer peer takes an identity over.
type Router struct {
	inbox
	mu      sync.Mutex
	peers   map[string]*Conn
	entered chan struct{} // closed, and made anew, when a peer comes
	serial  uint32
	left    func(identity string)
}

// NewRouter serves l as a ROUTER socket.
func NewRouter(l net.Listener, cfg Config) *Router {
	r := &Router{inbox: newInbox(), peers: map[string]*Conn{}, entered: make(chan struct{})}
	r.srv = serve(l, cfg.withDefaults("ROUTER"), r.serve)
	return r
}

func (r *Router) serve(c *Conn) {
	if old := r.enter(c); old != nil {
		old.close()
	}
	r.pump(c)
	r.mu.Lock()
	var left func(identity string)
	if r.peers[c.Identity] == c {
		delete(r.peers, c.Identity)
		left = r.left
	}
	r.mu.Unlock()
	if left != nil {
		left(c.Identity)
	}
}

func (r *Router) enter(c *Conn) (old *Conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if c.Identity == "" {
		r.serial++
		n := r.serial
		c.Identity = string([]byte{0, byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)})
	}
	old = r.peers[c.Identity]
	r.peers[c.Identity] = c
	close(r.entered)
	r.entered = make(chan struct{})
	return old
}

// OnLeave has f called with the identity of each peer whose connection ends.
func (r *Router) OnLeave(f func(identity string)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.left = f
}

// Recv returns the sender's identity followed by its frames.
func (r *Router) Recv() ([][]byte, error) {
	m, err := r.next()
	if err != nil {
		return nil, err
	}
	return append([][]byte{[]byte(m.from.Identity)}, m.frames...), nil
}

// Send delivers to the peer that the first frame names; as with every ROUTER, a peer that is no
// more is no error.
func (r *Router) Send(frames [][]byte) error {
	if len(frames) == 0 {
		return ErrProtocol
	}
	if c, _ := r.peer(frames[0]); c != nil {
		return c.Send(frames[1:])
	}
	return nil
}

func (r *Router) peer(identity []byte) (c *Conn, entered <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.peers[string(identity)], r.entered
}

// SendWithin is Send to a peer that may still be connecting: one that is not there yet is waited
// for.
func (r *Router) SendWithin(frames [][]byte, d time.Duration) error {
	if len(frames) == 0 {
		return ErrProtocol
	}
	deadline := time.NewTimer(d)
	defer deadline.Stop()
	for {
		c, entered := r.peer(frames[0])
		if c != nil {
			return c.Send(frames[1:])
		}
		select {
		case <-entered:
		case <-deadline.C:
			return nil
		case <-r.done:
			return ErrClosed
		}
	}
}
