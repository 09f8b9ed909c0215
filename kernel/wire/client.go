package wire

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"sync"
	"time"

	"github.com/go-zeromq/zmq4"
)

// ErrKernelGone means that nobody listens any more where the kernel was.
var ErrKernelGone = errors.New("wire: the kernel is gone; start it again")

// Client is a front end attached to a running kernel. Its methods are safe for concurrent use.
type Client struct {
	conn    Connection
	codec   *Codec
	cancel  context.CancelFunc
	ctx     context.Context
	sockets [3]zmq4.Socket // by Channel
	iopub   zmq4.Socket
	wg      sync.WaitGroup

	sendMu [3]sync.Mutex
	mu     sync.Mutex
	calls  map[string]*call // by message id
}

// call is a request that waits for its reply.
type call struct {
	reply  chan *Message
	iopub  chan *Message // nil when nobody wants it
	input  chan *Message
	closed chan struct{}
}

// Dial attaches to the kernel at c. It returns when iopub is subscribed, so that no output of a
// later request is missed; ctx bounds that, Close ends the client.
func Dial(ctx context.Context, c Connection) (*Client, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	if c.CurvePub != "" {
		return nil, errors.New("wire: this kernel wants CURVE encryption, which the client cannot; start the kernel without it")
	}
	k := &Client{conn: c, codec: NewCodec(c.Key, "goray"), calls: map[string]*call{}}
	if !k.alive() { // zmq4 would try for seconds
		return nil, ErrKernelGone
	}
	k.ctx, k.cancel = context.WithCancel(context.WithoutCancel(ctx))
	opts := []zmq4.Option{zmq4.WithID(zmq4.SocketIdentity(k.codec.Session)), zmq4.WithLogger(log.New(io.Discard, "", 0))}
	for ch, port := range []int{c.Shell, c.Control, c.Stdin} {
		k.sockets[ch] = zmq4.NewDealer(k.ctx, opts...)
		if err := k.sockets[ch].Dial(c.endpoint(port)); err != nil {
			k.Close()
			return nil, err
		}
	}
	k.iopub = zmq4.NewSub(k.ctx, opts...)
	if err := k.iopub.Dial(c.endpoint(c.IOPub)); err != nil {
		k.Close()
		return nil, err
	}
	if err := k.iopub.SetOption(zmq4.OptionSubscribe, ""); err != nil {
		k.Close()
		return nil, err
	}
	for ch := range k.sockets {
		k.wg.Go(func() { k.receive(k.sockets[ch], Channel(ch)) })
	}
	subscribed := make(chan struct{})
	k.wg.Go(func() { k.listen(subscribed) })
	if err := k.join(ctx, subscribed); err != nil {
		k.Close()
		return nil, err
	}
	return k, nil
}

// join returns when something came in on iopub: the welcome, or the status messages of a request
// that a kernel without welcomes is asked until one comes.
func (k *Client) join(ctx context.Context, subscribed <-chan struct{}) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for {
		select {
		case <-subscribed:
			return nil
		case <-ctx.Done():
			return fmt.Errorf("wire: the kernel does not answer: %w", ctx.Err())
		case <-time.After(500 * time.Millisecond):
			once, done := context.WithTimeout(ctx, time.Second)
			k.Request(once, Shell, "kernel_info_request", nil)
			done()
		}
	}
}

func (k *Client) alive() bool {
	network, address := "tcp", fmt.Sprintf("%s:%d", k.conn.IP, k.conn.Heartbeat)
	if k.conn.Transport == "ipc" {
		network, address = "unix", fmt.Sprintf("%s-%d", k.conn.IP, k.conn.Heartbeat)
	}
	c, err := net.DialTimeout(network, address, 2*time.Second)
	if err != nil {
		return false
	}
	c.Close()
	return true
}

// receive hands answers, and requests for input, to the calls that they belong to.
func (k *Client) receive(s zmq4.Socket, ch Channel) {
	for {
		z, err := s.Recv()
		if k.ctx.Err() != nil {
			return
		}
		if err != nil {
			<-k.ctx.Done() // the kernel went; the calls notice by themselves
			return
		}
		m, err := k.codec.Decode(z.Frames)
		if err != nil {
			continue
		}
		if c := k.call(m.Parent.ID); c != nil {
			to := c.reply
			if ch == Stdin {
				to = c.input
			}
			c.give(to, m)
		}
	}
}

func (k *Client) listen(subscribed chan<- struct{}) {
	var once sync.Once
	for {
		z, err := k.iopub.Recv()
		if k.ctx.Err() != nil {
			return
		}
		if err != nil {
			<-k.ctx.Done()
			return
		}
		m, err := k.codec.Decode(z.Frames)
		if err != nil {
			continue
		}
		once.Do(func() { close(subscribed) })
		if c := k.call(m.Parent.ID); c != nil && c.iopub != nil {
			c.give(c.iopub, m)
		}
	}
}

func (c *call) give(to chan<- *Message, m *Message) {
	select {
	case to <- m:
	case <-c.closed:
	}
}

func (k *Client) call(id string) *call {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.calls[id]
}

// start sends a request; its caller ends it with finish.
func (k *Client) start(ch Channel, o Outgoing, output bool) (string, *call, error) {
	frames, id, err := k.codec.Encode(o)
	if err != nil {
		return "", nil, err
	}
	c := &call{reply: make(chan *Message, 1), input: make(chan *Message, 1), closed: make(chan struct{})}
	if output {
		c.iopub = make(chan *Message, 64)
	}
	k.mu.Lock()
	k.calls[id] = c
	k.mu.Unlock()
	if err := k.send(ch, frames); err != nil {
		k.finish(id, c)
		return "", nil, err
	}
	return id, c, nil
}

func (k *Client) finish(id string, c *call) {
	k.mu.Lock()
	delete(k.calls, id)
	k.mu.Unlock()
	close(c.closed)
}

func (k *Client) send(ch Channel, frames [][]byte) error {
	k.sendMu[ch].Lock()
	defer k.sendMu[ch].Unlock()
	return k.sockets[ch].SendMulti(zmq4.NewMsgFrom(frames...))
}

// Request sends a request and returns its reply.
func (k *Client) Request(ctx context.Context, ch Channel, typ string, content any) (*Message, error) {
	id, c, err := k.start(ch, Outgoing{Type: typ, Content: content}, false)
	if err != nil {
		return nil, err
	}
	defer k.finish(id, c)
	beat := time.NewTicker(time.Second)
	defer beat.Stop()
	for {
		select {
		case m := <-c.reply:
			return m, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-k.ctx.Done():
			return nil, net.ErrClosed
		case <-beat.C:
			if !k.alive() {
				return nil, ErrKernelGone
			}
		}
	}
}

// Interrupt stops the running cell.
func (k *Client) Interrupt(ctx context.Context) error {
	_, err := k.Request(ctx, Control, "interrupt_request", nil)
	return err
}

// Shutdown ends the kernel.
func (k *Client) Shutdown(ctx context.Context, restart bool) error {
	_, err := k.Request(ctx, Control, "shutdown_request", map[string]bool{"restart": restart})
	return err
}

// Close detaches; the kernel goes on.
func (k *Client) Close() error {
	k.cancel()
	sockets := append(k.sockets[:len(k.sockets):len(k.sockets)], k.iopub)
	for _, s := range sockets {
		if s != nil {
			s.Close()
		}
	}
	k.wg.Wait()
	for _, s := range sockets {
		drain(s)
	}
	return nil
}

// drain takes what a closed socket of zmq4 still holds: with its queue full, the goroutine that
// reads for it would wait for ever. A closed socket answers with an error or a message, by chance.
func drain(s zmq4.Socket) {
	if s == nil {
		return
	}
	for range 100 { // for the ten messages of the queue, and the one that waits
		s.Recv()
	}
}

// decode reads a message's content.
func decode[T any](m *Message) (v T, err error) {
	err = json.Unmarshal(m.Content, &v)
	return v, err
}
