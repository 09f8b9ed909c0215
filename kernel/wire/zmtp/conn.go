package zmtp

import (
	"bufio"
	"net"
	"sync"
	"time"
)

// Conn is a peer that has completed its handshake.
type Conn struct {
	Identity string // as the peer names itself; a ROUTER gives nameless peers one

	nc     net.Conn
	br     *bufio.Reader
	cfg    Config
	curve  *curveSession // nil for NULL
	held   int64         // our share of cfg.inbound
	q      *queue
	writer sync.WaitGroup
}

func newConn(nc net.Conn, cfg Config) (*Conn, error) {
	c := &Conn{nc: nc, br: bufio.NewReaderSize(nc, 64<<10), cfg: cfg}
	nc.SetDeadline(time.Now().Add(cfg.Handshake))
	if err := c.handshake(); err != nil {
		nc.Close()
		return nil, err
	}
	nc.SetDeadline(time.Time{})
	c.q = newQueue(c)
	c.writer.Go(c.q.run)
	return c, nil
}

// ReadMsg returns the next whole message. Commands are handled here; SUBSCRIBE and CANCEL come
// back in their ZMTP 3.0 form, one frame of 0x01 or 0x00 and the topic.
func (c *Conn) ReadMsg() ([][]byte, error) {
	defer c.unreserve()
	var frames [][]byte
	left := c.cfg.MaxMessage
	for {
		flags, body, err := c.readFrame(left)
		if err != nil {
			return nil, err
		}
		if flags&flagCommand != 0 {
			if len(frames) > 0 {
				return nil, ErrProtocol
			}
			subscription, err := c.command(body)
			if err != nil {
				return nil, err
			}
			if subscription != nil {
				return [][]byte{subscription}, nil
			}
			continue
		}
		frames = append(frames, body)
		left -= int64(len(body))
		if len(frames) > c.cfg.MaxFrames {
			return nil, ErrTooLarge
		}
		if flags&flagMore == 0 {
			return frames, nil
		}
	}
}

func (c *Conn) readFrame(limit int64) (byte, []byte, error) {
	if c.curve == nil {
		return readFrame(c.br, limit, c.reserve)
	}
	_, body, err := readFrame(c.br, limit+curveOverhead, c.reserve)
	if err != nil {
		return 0, nil, err
	}
	return c.curve.open(body)
}

// reserve refuses a big message when all peers together hold too much; small ones always pass,
// so that nobody is locked out.
func (c *Conn) reserve(n int) bool {
	c.held += int64(n)
	return c.cfg.inbound.Add(int64(n)) <= c.cfg.Inbound || c.held <= 1<<20
}

func (c *Conn) unreserve() {
	c.cfg.inbound.Add(-c.held)
	c.held = 0
}

func (c *Conn) command(body []byte) (subscription []byte, err error) {
	name, data, err := splitCommand(body)
	if err != nil {
		return nil, err
	}
	switch name {
	case "PING":
		if len(data) < 2 || len(data) > 2+16 {
			return nil, ErrProtocol
		}
		return nil, c.q.push(item{command: "PONG", frames: [][]byte{data[2:]}})
	case "SUBSCRIBE":
		return append([]byte{1}, data...), nil
	case "CANCEL":
		return append([]byte{0}, data...), nil
	case "ERROR":
		return nil, ErrProtocol
	}
	return nil, nil
}

// Send queues a whole message. It waits only within this peer's grace; a peer that has used it
// up is disconnected. Frames must not change afterwards.
func (c *Conn) Send(frames [][]byte) error { return c.q.send(item{frames: frames}) }

// TrySend queues without ever waiting; a peer whose queue is full is disconnected.
func (c *Conn) TrySend(frames [][]byte) error { return c.q.push(item{frames: frames}) }

// flush waits until all is written, the peer is gone, or d has passed.
func (c *Conn) flush(d time.Duration) { c.q.flush(d) }

// close disconnects; it may be called from anywhere and more than once.
func (c *Conn) close() { c.q.close() }
