package collective

import (
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"
)

const secretLength = 16

// mesh is a member's connections: one for each direction between two members that talk, made by
// the side that sends. Those of the ring are made at once, the others when they are first used.
// Each member also watches its predecessor on a connection without data: a predecessor that dies
// ends this member's side too, and so the news goes around.
type mesh struct {
	rank     int
	timeout  time.Duration
	listener net.Listener
	started  chan struct{} // closed when peers and secret are known

	peers  []string
	secret []byte

	mu       sync.Mutex
	closed   error
	hurry    time.Time // reads end by then; zero: by their own time
	out      map[line]net.Conn
	in       map[line]net.Conn
	arrived  chan struct{} // closed with the next change of in
	greeting map[net.Conn]bool
	routines sync.WaitGroup
}

// line is one of the connections with a peer.
type line struct {
	peer int
	use  use
}

type use uint8

const (
	data use = iota
	watch
)

// goodbye is what a member says on its watch connection when it leaves; one that dies does not.
const goodbye = 'b'

func listen(host string, rank int, timeout time.Duration) (*mesh, error) {
	l, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		return nil, err
	}
	m := &mesh{rank: rank, timeout: timeout, listener: l, started: make(chan struct{}),
		out: map[line]net.Conn{}, in: map[line]net.Conn{}, arrived: make(chan struct{}), greeting: map[net.Conn]bool{}}
	m.routines.Go(m.accept)
	return m, nil
}

func (m *mesh) address() string { return m.listener.Addr().String() }

// start lets connections in and out, and closes the ring.
func (m *mesh) start(peers []string, secret []byte) error {
	m.peers, m.secret = peers, secret
	close(m.started)
	next, prev := (m.rank+1)%len(peers), (m.rank+len(peers)-1)%len(peers)
	if next == m.rank {
		return nil
	}
	for _, u := range []use{watch, data} {
		if _, err := m.to(line{next, u}); err != nil {
			m.warn(next)
			return err
		}
	}
	for _, u := range []use{watch, data} {
		if _, err := m.from(line{prev, u}); err != nil {
			return err
		}
	}
	return nil
}

// warn tells the next member, which still waits for this one to come, that the group broke before it could.
func (m *mesh) warn(next int) {
	m.mu.Lock()
	broken := m.closed != nil && m.out[line{next, watch}] == nil
	m.mu.Unlock()
	if broken {
		if c, err := m.dial(line{next, watch}); err == nil {
			c.Close()
		}
	}
}

// watch ends this member's side when the peer at the other end dies.
func (m *mesh) watch(peer int, c net.Conn) {
	var b [1]byte
	c.SetDeadline(time.Time{})
	if _, err := io.ReadFull(c, b[:]); err != nil {
		m.close(fmt.Errorf("rank %d has died, or was left by a rank that died", peer))
	}
}

func (m *mesh) accept() {
	for {
		c, err := m.listener.Accept()
		if err != nil {
			return
		}
		m.mu.Lock()
		if m.closed != nil {
			m.mu.Unlock()
			c.Close()
			return
		}
		m.greeting[c] = true
		m.mu.Unlock()
		m.routines.Go(func() { m.greet(c) })
	}
}

// greet lets a connection in that knows the group's secret.
func (m *mesh) greet(c net.Conn) {
	ok := false
	defer func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		delete(m.greeting, c)
		if !ok || m.closed != nil {
			c.Close()
		}
	}()
	c.SetDeadline(time.Now().Add(m.timeout))
	var hello [secretLength + 5]byte
	if _, err := io.ReadFull(c, hello[:]); err != nil {
		return
	}
	<-m.started // whoever knows the secret comes after that
	from := line{int(binary.LittleEndian.Uint32(hello[secretLength:])), use(hello[secretLength+4])}
	if subtle.ConstantTimeCompare(hello[:secretLength], m.secret) != 1 || from.peer >= len(m.peers) {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.in[from] == nil && m.closed == nil {
		ok = true
		m.in[from] = c
		if from.use == watch {
			m.routines.Go(func() { m.watch(from.peer, c) })
		}
		close(m.arrived)
		m.arrived = make(chan struct{})
	}
}

// to is a connection on which this member sends to a peer.
func (m *mesh) to(l line) (net.Conn, error) {
	m.mu.Lock()
	known, closed := m.out[l], m.closed
	m.mu.Unlock()
	if known != nil || closed != nil {
		return known, closed
	}
	// Without the lock: a machine that is gone takes the whole timeout, and this member may leave.
	c, err := m.dial(l)
	if err != nil {
		return nil, fmt.Errorf("rank %d cannot be reached: %w", l.peer, err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed != nil {
		c.Close()
		return nil, m.closed
	}
	m.out[l] = c // calls come from one goroutine at a time, and one of them alone sends to a peer
	return c, nil
}

func (m *mesh) dial(l line) (net.Conn, error) {
	c, err := net.DialTimeout("tcp", m.peers[l.peer], m.timeout)
	if err != nil {
		return nil, err
	}
	hello := append(binary.LittleEndian.AppendUint32(append([]byte(nil), m.secret...), uint32(m.rank)), byte(l.use))
	c.SetDeadline(time.Now().Add(m.timeout))
	if _, err := c.Write(hello); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// from is a connection on which a peer sends to this member.
func (m *mesh) from(l line) (net.Conn, error) {
	timeout := time.NewTimer(m.timeout)
	defer timeout.Stop()
	for {
		m.mu.Lock()
		c, closed, arrived := m.in[l], m.closed, m.arrived
		m.mu.Unlock()
		switch {
		case closed != nil:
			return nil, closed
		case c != nil:
			return c, nil
		}
		select {
		case <-arrived:
		case <-timeout.C:
			return nil, fmt.Errorf("rank %d has sent nothing for %v", l.peer, m.timeout)
		}
	}
}

// close ends all connections; peers that wait see it at once. It returns why it was closed first.
func (m *mesh) close(cause error) error {
	m.mu.Lock()
	if m.closed != nil {
		defer m.mu.Unlock()
		return m.closed
	}
	if cause == nil {
		cause = net.ErrClosed
	}
	m.closed = cause
	m.listener.Close()
	for l, c := range m.out {
		if l.use == watch && errors.Is(cause, errLeft) {
			c.SetWriteDeadline(time.Now().Add(time.Second))
			c.Write([]byte{goodbye}) // whoever does not hear it takes this member for dead
		}
		c.Close()
	}
	for _, c := range m.in {
		c.Close()
	}
	for c := range m.greeting {
		c.Close()
	}
	close(m.arrived)
	m.arrived = make(chan struct{})
	select {
	case <-m.started:
	default:
		close(m.started)
	}
	m.mu.Unlock()
	return cause
}

// errLeft is why a member's side is closed that has done its part.
var errLeft = errors.New("this member has left the group")

// hurryUp makes reads end soon: what is on its way still says why a peer has gone.
func (m *mesh) hurryUp(d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.hurry = time.Now().Add(d)
	for l, c := range m.in {
		if l.use == data {
			c.SetReadDeadline(m.hurry)
		}
	}
}

// patience is until when a read waits.
func (m *mesh) patience() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.hurry.IsZero() {
		return m.hurry
	}
	return time.Now().Add(m.timeout)
}

// write sends all of b, and fails after the timeout without progress.
func (m *mesh) write(peer int, b []byte) error {
	c, err := m.to(line{peer, data})
	if err != nil {
		return err
	}
	for len(b) > 0 {
		c.SetWriteDeadline(time.Now().Add(m.timeout))
		n, err := c.Write(b[:min(len(b), stride)])
		if err != nil {
			return m.explain(peer, "has taken", err)
		}
		b = b[n:]
	}
	return nil
}

// read fills b, and fails after the timeout without progress.
func (m *mesh) read(peer int, b []byte) error {
	c, err := m.from(line{peer, data})
	if err != nil {
		return err
	}
	for len(b) > 0 {
		c.SetReadDeadline(m.patience())
		n, err := c.Read(b[:min(len(b), stride)])
		if err != nil {
			return m.explain(peer, "has sent", err)
		}
		b = b[n:]
	}
	return nil
}

// stride is how much is moved between two looks at the clock.
const stride = 1 << 20

func (m *mesh) explain(peer int, did string, err error) error {
	m.mu.Lock()
	closed := m.closed
	m.mu.Unlock()
	var timeout net.Error
	switch {
	case closed != nil:
		return closed
	case errors.As(err, &timeout) && timeout.Timeout():
		return fmt.Errorf("rank %d %s nothing for %v", peer, did, m.timeout)
	}
	return fmt.Errorf("rank %d has left or died (%v)", peer, err)
}
