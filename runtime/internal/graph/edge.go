package graph

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/marshal"
)

// What a message is.
const (
	typed   = iota // a value whose reader knows its type
	untyped        // a value whose encoding says the type
	failed         // a failure, as JSON
)

const (
	headerSize = 8 // length and kind; values stay aligned behind it
	// direct is up to how many bytes the sender writes itself. What is larger may not fit into the
	// socket: a goroutine writes it, so that two processes never wait for each other.
	direct = 8 << 10
	// look is how often whoever waits looks at its context.
	look = 20 * time.Millisecond
)

// Message encodes a value, or the failure in its place, for edges.
func Message(v *core.Value) ([]byte, error) {
	if len(v.Refs) > 0 {
		return nil, errors.New("a compiled graph carries values, not references; pass the values themselves")
	}
	kind, size := byte(typed), 0
	var text []byte
	switch {
	case v.Failure != nil:
		var err error
		if text, err = json.Marshal(v.Failure); err != nil {
			return nil, err
		}
		kind, size = failed, len(text)
	case v.Any:
		kind, size = untyped, marshal.FlatSize(v)
	default:
		size = marshal.FlatSize(v)
	}
	if size > math.MaxUint32 {
		return nil, errors.New("a value of 4 GiB is too large for a compiled graph; put it with ray.Put, and let the actors get it")
	}
	b := make([]byte, headerSize+size)
	binary.LittleEndian.PutUint32(b, uint32(size))
	b[4] = kind
	if text != nil {
		copy(b[headerSize:], text)
	} else {
		marshal.PutFlat(v, b[headerSize:])
	}
	return b, nil
}

// value decodes what Message made; the value refers to payload.
func value(kind byte, payload []byte) (v core.Value, err error) {
	if kind == failed {
		v.Failure = &core.Failure{}
		return v, json.Unmarshal(payload, v.Failure)
	}
	v, err = marshal.Unflatten(payload)
	v.Any = kind == untyped
	return v, err
}

func socket(dir string, edge int) string { return filepath.Join(dir, strconv.Itoa(edge)) }

// Out is the end of an edge that is written to.
type Out struct {
	fd      int
	mu      sync.Mutex
	pending [][]byte
	writing bool
	err     error
	writers sync.WaitGroup
}

// Dial connects to the reader of an edge, which may not listen yet.
func Dial(ctx context.Context, dir string, edge int) (*Out, error) {
	for {
		c, err := net.Dial("unix", socket(dir, edge))
		if err == nil {
			fd, err := blocking(c.(*net.UnixConn))
			return &Out{fd: fd}, err
		}
		if !errors.Is(err, os.ErrNotExist) && !errors.Is(err, unix.ECONNREFUSED) {
			return nil, err
		}
		select {
		case <-time.After(time.Millisecond):
		case <-ctx.Done():
			return nil, fmt.Errorf("nobody reads edge %d of the graph: %w", edge, context.Cause(ctx))
		}
	}
}

// blocking takes a socket out of Go's network poller: whoever waits for a value is woken by the
// system itself, which is what makes a graph fast.
func blocking(c *net.UnixConn) (int, error) {
	defer c.Close()
	f, err := c.File()
	if err != nil {
		return -1, err
	}
	defer f.Close()
	fd, err := unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return -1, err
	}
	tv := unix.NsecToTimeval(look.Nanoseconds())
	return fd, errors.Join(unix.SetNonblock(fd, false), unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &tv))
}

// Send writes what Message made. It does not wait for the reader.
func (o *Out) Send(b []byte) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err != nil {
		return o.err
	}
	if !o.writing && len(b) <= direct {
		o.err = writeAll(o.fd, b)
		return o.err
	}
	o.pending = append(o.pending, b)
	if !o.writing {
		o.writing = true
		o.writers.Go(o.drain)
	}
	return nil
}

func (o *Out) drain() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for len(o.pending) > 0 && o.err == nil {
		b := o.pending[0]
		o.pending[0] = nil
		o.pending = o.pending[1:]
		o.mu.Unlock()
		err := writeAll(o.fd, b)
		o.mu.Lock()
		if err != nil {
			o.err = err
		}
	}
	o.writing = false
}

func writeAll(fd int, b []byte) error {
	for len(b) > 0 {
		n, err := unix.Write(fd, b)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return err
		}
		b = b[n:]
	}
	return nil
}

// Close ends the edge after what was sent; its reader sees the end of it.
func (o *Out) Close() {
	o.writers.Wait()
	_ = unix.Close(o.fd)
}

// Abort ends the edge at once.
func (o *Out) Abort() {
	_ = unix.Shutdown(o.fd, unix.SHUT_RDWR)
	o.Close()
}

// In is the end of an edge that is read from.
type In struct {
	listener *net.UnixListener
	fd       int
	buffer   []byte // read, and not used
	scratch  []byte
}

// Listen makes the end of an edge to which its writer can connect.
func Listen(dir string, edge int) (*In, error) {
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: socket(dir, edge), Net: "unix"})
	return &In{listener: l, fd: -1, scratch: make([]byte, 64<<10)}, err
}

// Accept waits for the writer.
func (in *In) Accept(ctx context.Context) error {
	defer in.listener.Close()
	for {
		if err := in.listener.SetDeadline(time.Now().Add(look)); err != nil {
			return err
		}
		c, err := in.listener.AcceptUnix()
		switch {
		case err == nil:
			in.fd, err = blocking(c)
			return err
		case !errors.Is(err, os.ErrDeadlineExceeded):
			return err
		case ctx.Err() != nil:
			return fmt.Errorf("nobody writes to an edge of the graph: %w", context.Cause(ctx))
		}
	}
}

// Receive waits for the next value; io.EOF is the end of the edge. When ctx ends nothing is lost.
func (in *In) Receive(ctx context.Context) (core.Value, error) {
	for {
		into := in.scratch
		if len(in.buffer) >= headerSize {
			size := headerSize + int(binary.LittleEndian.Uint32(in.buffer))
			if len(in.buffer) >= size {
				return in.take(size)
			}
			in.buffer = slices.Grow(in.buffer, size-len(in.buffer))
			into = in.buffer[len(in.buffer):size]
		}
		n, err := unix.Read(in.fd, into)
		switch {
		case err == unix.EINTR:
		case err == unix.EAGAIN:
			if ctx.Err() != nil {
				return core.Value{}, ctx.Err()
			}
		case err != nil && err != unix.ECONNRESET:
			return core.Value{}, err
		case n <= 0 || err != nil:
			return core.Value{}, io.EOF
		case len(in.buffer) < headerSize:
			in.buffer = append(in.buffer, into[:n]...)
		default:
			in.buffer = in.buffer[:len(in.buffer)+n]
		}
	}
}

// take decodes the message of size bytes that the buffer begins with.
func (in *In) take(size int) (core.Value, error) {
	message := in.buffer
	if in.buffer = nil; len(message) > size {
		in.buffer = append([]byte(nil), message[size:]...)
	}
	return value(message[4], message[headerSize:size])
}

// Close ends the edge; its writer sees an error.
func (in *In) Close() {
	if in.listener != nil {
		in.listener.Close()
	}
	if in.fd >= 0 {
		_ = unix.Close(in.fd)
	}
}
