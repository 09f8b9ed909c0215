package zmtp

import (
	"net"
	"sync"
)

// Router addresses peers by identity; a newer peer takes an identity over.
type Router struct {
	inbox
	mu     sync.Mutex
	peers  map[string]*Conn
	serial uint32
}

// NewRouter serves l as a ROUTER socket.
func NewRouter(l net.Listener, cfg Config) *Router {
	r := &Router{inbox: newInbox(), peers: map[string]*Conn{}}
	r.srv = serve(l, cfg.withDefaults("ROUTER"), r.serve)
	return r
}

func (r *Router) serve(c *Conn) {
	if old := r.enter(c); old != nil {
		old.close()
	}
	r.pump(c)
	r.mu.Lock()
	if r.peers[c.Identity] == c {
		delete(r.peers, c.Identity)
	}
	r.mu.Unlock()
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
	return old
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
	r.mu.Lock()
	c := r.peers[string(frames[0])]
	r.mu.Unlock()
	if c == nil {
		return nil
	}
	return c.Send(frames[1:])
}
