package rayworker

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"syscall"

	"github.com/goray/goray/runtime/internal/core"
)

// frame is what the shim sends; which fields count depends on T.
type frame struct {
	T  string `json:"t"`
	ID int    `json:"id"` // of a call
	CB int    `json:"cb"` // of a question of ours

	Skip     int               `json:"skip"` // bytes of the payload in front of the values
	Vals     []json.RawMessage `json:"vals"`
	Attempt  int               `json:"attempt"`
	Captures bool              `json:"captures"`
	GPUs     []int             `json:"gpus"`

	N    int   `json:"n"` // of a slot
	Size int64 `json:"size"`

	Exception *exception         `json:"exception"`
	Ready     []bool             `json:"ready"`
	Found     bool               `json:"found"`
	Own       map[string]core.ID `json:"own"` // ours, by Ray's ids
	Ref       core.ID            `json:"ref"`

	Total     core.Resources   `json:"total"`
	Available core.Resources   `json:"available"`
	Nodes     []core.NodeInfo  `json:"nodes"`
	Groups    []group          `json:"groups"`
	Names     []core.ActorName `json:"names"`

	Node      string `json:"node"`
	IP        string `json:"ip"`
	Namespace string `json:"ns"`
	Driver    string `json:"driver_ns"`
	Job       string `json:"job"`
	Version   string `json:"version"`
	Session   string `json:"session"`

	payload []byte
}

// conn is a socket to the shim. One goroutine reads; any may send.
type conn struct {
	socket *net.UnixConn
	send1  sync.Mutex
	buf    []byte // read and not yet used
	space  []byte
	fds    []int // that came with what was read, in order
}

const (
	headSize   = 12
	readSize   = 64 << 10
	maxHeader  = 64 << 20
	maxPayload = 1 << 40
)

// newConn takes over the descriptor.
func newConn(fd int) (*conn, error) {
	f := os.NewFile(uintptr(fd), "shim")
	defer f.Close()
	c, err := net.FileConn(f)
	if err != nil {
		return nil, err
	}
	u, ok := c.(*net.UnixConn)
	if !ok {
		c.Close()
		return nil, fmt.Errorf("descriptor %d is no unix socket", fd)
	}
	return &conn{socket: u, space: make([]byte, readSize)}, nil
}

// send writes a frame; parts are its payload. With file, a descriptor travels instead.
func (c *conn) send(head any, file *os.File, parts ...[]byte) error {
	js, err := json.Marshal(head)
	if err != nil {
		return err
	}
	size := 0
	for _, p := range parts {
		size += len(p)
	}
	first := make([]byte, headSize, headSize+len(js))
	binary.LittleEndian.PutUint32(first, uint32(len(js)))
	binary.LittleEndian.PutUint64(first[4:], uint64(size))
	first = append(first, js...)
	c.send1.Lock()
	defer c.send1.Unlock()
	if file != nil {
		// The first bytes carry the descriptor; the rest may be more than the socket takes at once.
		n, _, err := c.socket.WriteMsgUnix(first, syscall.UnixRights(int(file.Fd())), nil)
		if err != nil {
			return err
		}
		first = first[n:]
	}
	all := append(net.Buffers{first}, parts...)
	_, err = all.WriteTo(c.socket)
	return err
}

// next reads a frame.
func (c *conn) next() (*frame, error) {
	head, err := c.exactly(headSize)
	if err != nil {
		return nil, err
	}
	header, size := binary.LittleEndian.Uint32(head), binary.LittleEndian.Uint64(head[4:])
	if header > maxHeader || size > maxPayload {
		return nil, fmt.Errorf("a frame of %d and %d bytes; the shim is of another build", header, size)
	}
	js, err := c.exactly(int(header))
	if err != nil {
		return nil, err
	}
	f := &frame{}
	if err := json.Unmarshal(js, f); err != nil {
		return nil, fmt.Errorf("a damaged frame: %w", err)
	}
	if size > 0 {
		f.payload, err = c.exactly(int(size))
	}
	return f, err
}

// exactly returns the next n bytes, in memory of their own.
func (c *conn) exactly(n int) ([]byte, error) {
	out := make([]byte, n)
	got := copy(out, c.buf)
	c.buf = c.buf[got:]
	for got < n {
		if n-got >= readSize && len(c.fds) == 0 {
			k, err := c.receive(out[got:])
			if err != nil {
				return nil, err
			}
			got += k
			continue
		}
		k, err := c.receive(c.space)
		if err != nil {
			return nil, err
		}
		used := copy(out[got:], c.space[:k])
		got += used
		c.buf = c.space[used:k]
	}
	return out, nil
}

func (c *conn) receive(into []byte) (int, error) {
	var control [64]byte
	n, cn, _, _, err := c.socket.ReadMsgUnix(into, control[:])
	if err != nil {
		return 0, err
	}
	if n == 0 {
		return 0, io.EOF
	}
	if cn > 0 {
		messages, err := syscall.ParseSocketControlMessage(control[:cn])
		if err != nil {
			return 0, err
		}
		for i := range messages {
			if fds, err := syscall.ParseUnixRights(&messages[i]); err == nil {
				c.fds = append(c.fds, fds...)
			}
		}
	}
	return n, nil
}

// file takes the oldest descriptor that came.
func (c *conn) file() (int, error) {
	if len(c.fds) == 0 {
		return -1, fmt.Errorf("a frame came without its descriptor")
	}
	fd := c.fds[0]
	c.fds = c.fds[1:]
	return fd, nil
}

func (c *conn) close() { c.socket.Close() }

// closeWrite tells the shim that nothing more comes.
func (c *conn) closeWrite() { _ = c.socket.CloseWrite() }
