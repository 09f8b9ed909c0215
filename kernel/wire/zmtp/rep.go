package zmtp

import "net"

// Rep answers each request where it came from, in the order received. One goroutine calls Recv
// and Send in turn.
type Rep struct {
	inbox
	from     *Conn
	envelope [][]byte
}

// NewRep serves l as a REP socket.
func NewRep(l net.Listener, cfg Config) *Rep {
	r := &Rep{inbox: newInbox()}
	r.srv = serve(l, cfg.withDefaults("REP"), r.pump)
	return r
}

// Recv returns the next request; it skips those without an envelope.
func (r *Rep) Recv() ([][]byte, error) {
	for {
		m, err := r.next()
		if err != nil {
			return nil, err
		}
		for i, f := range m.frames {
			if len(f) == 0 {
				r.from, r.envelope = m.from, m.frames[:i+1:i+1]
				return m.frames[i+1:], nil
			}
		}
	}
}

// Send answers the last request received.
func (r *Rep) Send(frames [][]byte) error {
	if r.from == nil {
		return ErrProtocol
	}
	return r.from.TrySend(append(r.envelope, frames...))
}
