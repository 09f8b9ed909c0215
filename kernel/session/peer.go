package session

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
)

// errPeerGone means that the other process, or the connection to it, has ended.
var errPeerGone = errors.New("session: the other side is gone")

// maxEnvelope bounds one message between kernel and child.
const maxEnvelope = 1 << 30

// envelope is one message: a request (Kind, and ID if an answer is wanted) or an answer (no Kind).
type envelope struct {
	ID    uint64          `json:"id,omitempty"`
	Kind  string          `json:"kind,omitempty"`
	Error string          `json:"error,omitempty"`
	Body  json.RawMessage `json:"body,omitempty"`
}

// peer is one end of the connection between kernel and child. Both ends ask and answer; each
// request is handled by a goroutine of its own.
type peer struct {
	conn   net.Conn
	handle func(kind string, body json.RawMessage) (any, error)

	wg      sync.WaitGroup
	writeMu sync.Mutex
	w       *bufio.Writer
	mu      sync.Mutex
	last    uint64
	waiting map[uint64]chan envelope
	done    chan struct{} // closed when the connection has ended
}

func newPeer(conn net.Conn, handle func(kind string, body json.RawMessage) (any, error)) *peer {
	return &peer{conn: conn, handle: handle, w: bufio.NewWriterSize(conn, 64<<10), waiting: map[uint64]chan envelope{}, done: make(chan struct{})}
}

// run reads until the connection ends, and returns when every handler has.
func (p *peer) run() {
	defer p.wg.Wait()
	defer p.conn.Close()
	defer close(p.done)
	r := bufio.NewReaderSize(p.conn, 64<<10)
	for {
		e, err := readEnvelope(r)
		if err != nil {
			return
		}
		if e.Kind == "" {
			p.mu.Lock()
			ch := p.waiting[e.ID]
			delete(p.waiting, e.ID)
			p.mu.Unlock()
			if ch != nil {
				ch <- e
			}
			continue
		}
		p.wg.Go(func() { p.answer(e) })
	}
}

func readEnvelope(r io.Reader) (e envelope, err error) {
	var size [4]byte
	if _, err = io.ReadFull(r, size[:]); err != nil {
		return e, err
	}
	n := binary.BigEndian.Uint32(size[:])
	if n > maxEnvelope {
		return e, fmt.Errorf("session: a message of %d bytes", n)
	}
	// Read what arrives, not what is announced: cells can write to any descriptor.
	b, err := io.ReadAll(io.LimitReader(r, int64(n)))
	if err == nil && len(b) < int(n) {
		err = io.ErrUnexpectedEOF
	}
	if err == nil {
		err = json.Unmarshal(b, &e)
	}
	return e, err
}

func (p *peer) answer(e envelope) {
	v, err := p.handle(e.Kind, e.Body)
	if e.ID == 0 {
		return
	}
	back := envelope{ID: e.ID}
	if err == nil && v != nil {
		back.Body, err = json.Marshal(v)
	}
	if err != nil {
		back.Error = err.Error()
	}
	p.write(back)
}

func (p *peer) write(e envelope) error {
	b, err := json.Marshal(e)
	if err != nil {
		return err
	}
	if len(b) > maxEnvelope {
		return fmt.Errorf("session: %d MB are too much for one output; save it to a file instead", len(b)>>20)
	}
	p.writeMu.Lock()
	defer p.writeMu.Unlock()
	p.w.Write(binary.BigEndian.AppendUint32(nil, uint32(len(b))))
	p.w.Write(b)
	return p.w.Flush()
}

// send makes a request without an answer.
func (p *peer) send(kind string, body any) error {
	b, err := json.Marshal(body)
	if err != nil {
		return err
	}
	return p.write(envelope{Kind: kind, Body: b})
}

// call makes a request and reads the answer into reply, which may be nil.
func (p *peer) call(ctx context.Context, kind string, body, reply any) error {
	b, err := json.Marshal(body)
	if err != nil {
		return err
	}
	ch := make(chan envelope, 1)
	p.mu.Lock()
	p.last++
	id := p.last
	p.waiting[id] = ch
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		delete(p.waiting, id)
		p.mu.Unlock()
	}()
	if err := p.write(envelope{ID: id, Kind: kind, Body: b}); err != nil {
		select {
		case <-p.done:
			return errPeerGone
		default:
			return err
		}
	}
	select {
	case e := <-ch:
		return e.read(reply)
	case <-ctx.Done():
		return ctx.Err()
	case <-p.done:
		select { // the answer may have been the last thing said
		case e := <-ch:
			return e.read(reply)
		default:
			return errPeerGone
		}
	}
}

func (e envelope) read(reply any) error {
	if e.Error != "" {
		return errors.New(e.Error)
	}
	if reply == nil || e.Body == nil {
		return nil
	}
	return json.Unmarshal(e.Body, reply)
}

func (p *peer) close() { p.conn.Close() }
