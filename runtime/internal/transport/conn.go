package transport

import (
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

const (
	headerLen = 16
	// flushAt is how much Send lets gather before it writes.
	flushAt = 16 << 10
	// maxFrame bounds what a header may claim.
	maxFrame = 1 << 30
	// maxFDs is how many descriptors the kernel passes in one message.
	maxFDs = 250
	// maxSpare is how large a buffer may be to be used again.
	maxSpare = 1 << 20
)

// Frame is a received frame. Its payload is valid until the next call of Next.
type Frame struct {
	Kind    Kind
	ID      uint64
	Payload Reader
}

// Conn is one end of a socketpair. Send, Flush and Close may be called by many goroutines, Next
// and Await by one at a time.
type Conn struct {
	file *os.File        // its socket blocks: who reads sleeps in the kernel
	raw  syscall.RawConn // keeps the descriptor while it is used

	mu      sync.Mutex // guards what follows: the frames that wait to be written
	pending []byte
	fds     []*os.File // closed when their descriptors are written
	marks   []int      // offset in pending at which fds[i]'s frame begins
	closed  bool       // nothing is written any more
	ended   bool       // Close was called
	funcs   sentFuncs
	options sentOptions
	header  header // of the task that was queued last
	out     Writer // of the frame that is being queued

	flushing sync.Mutex // held by the one that writes
	writing  []byte     // taken from pending, under flushing; a part of buffer
	buffer   []byte
	writeFDs []*os.File
	marking  []int
	kick     chan struct{}
	done     chan struct{}
	writer   sync.WaitGroup

	in       []byte
	from, to int
	inFDs    []int
	oob      []byte
	received receivedFuncs
	known    receivedOptions
	arrived  header // of the task that came last
	method   string // that came last
	polled   [2]unix.PollFd
}

// NewConn takes over a socket of a pair.
func NewConn(fd int) (*Conn, error) {
	if err := unix.SetNonblock(fd, false); err != nil {
		return nil, fmt.Errorf("transport: %w", err)
	}
	file := os.NewFile(uintptr(fd), "socketpair")
	raw, err := file.SyscallConn()
	if err != nil {
		return nil, fmt.Errorf("transport: %w", err)
	}
	c := &Conn{
		file: file, raw: raw, kick: make(chan struct{}, 1), done: make(chan struct{}),
		in: make([]byte, 64<<10), oob: make([]byte, unix.CmsgSpace(4*maxFDs)),
	}
	c.writer.Go(c.writeLoop)
	return c, nil
}

// Pair makes a connected pair of sockets: ours, and one to give to a child process.
func Pair() (ours int, theirs *os.File, err error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, nil, fmt.Errorf("transport: %w", err)
	}
	return fds[0], os.NewFile(uintptr(fds[1]), "worker socket"), nil
}

// Send appends a frame that leaves with the next Flush, or soon after without one. write fills
// its payload and may be nil; it is not called when the peer is gone.
func (c *Conn) Send(kind Kind, id uint64, write func(w *Writer)) {
	if c.Queue(kind, id, write) {
		c.Wake()
	}
}

// Queue is Send without the promise that the frame ever leaves: Flush or Wake must follow. It
// reports whether the frame is the first that waits.
func (c *Conn) Queue(kind Kind, id uint64, write func(w *Writer)) (first bool) {
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return false
	}
	start := len(c.pending)
	w := &c.out // one for all frames: what a function is given lies on the heap
	w.b, w.conn = append(c.pending, make([]byte, headerLen)...), c
	if write != nil {
		write(w)
	}
	binary.LittleEndian.PutUint32(w.b[start:], uint32(len(w.b)-start-headerLen))
	w.b[start+4] = byte(kind)
	w.b[start+5] = byte(len(w.files))
	binary.LittleEndian.PutUint64(w.b[start+8:], id)
	c.pending = w.b
	for _, f := range w.files {
		c.fds = append(c.fds, f)
		c.marks = append(c.marks, start)
	}
	w.b, w.files = nil, nil
	n := len(c.pending)
	c.mu.Unlock()
	if n >= flushAt {
		c.Flush()
		return false
	}
	return start == 0
}

// Wake makes the connection's writer goroutine write what waits.
func (c *Conn) Wake() {
	select {
	case c.kick <- struct{}{}:
	default:
	}
}

// Next returns the next frame, waiting for it. more tells whether another frame is already in the
// buffer. The error is io.EOF when the peer is gone.
func (c *Conn) Next() (f Frame, more bool, err error) {
	for {
		if n, ok := c.frameLen(c.from); ok {
			if n > maxFrame {
				return f, false, fmt.Errorf("transport: a frame of %d bytes; the peer speaks another protocol", n)
			}
			if c.to-c.from >= n {
				f, err = c.take(n)
				next, ok := c.frameLen(c.from)
				return f, ok && c.to-c.from >= next, err
			}
		}
		if err := c.fill(); err != nil {
			return f, false, err
		}
	}
}

// frameLen returns the whole length of the frame at offset at, when its header is there.
func (c *Conn) frameLen(at int) (int, bool) {
	if c.to-at < headerLen {
		return 0, false
	}
	return headerLen + int(binary.LittleEndian.Uint32(c.in[at:])), true
}

func (c *Conn) take(n int) (Frame, error) {
	b := c.in[c.from : c.from+n]
	c.from += n
	fds := int(b[5])
	if fds > len(c.inFDs) {
		return Frame{}, fmt.Errorf("transport: a frame announces %d descriptors, %d came; the process has too many open files", fds, len(c.inFDs))
	}
	f := Frame{Kind: Kind(b[4]), ID: binary.LittleEndian.Uint64(b[8:])}
	f.Payload = Reader{b: b[headerLen:], fds: c.inFDs[:fds:fds], conn: c}
	c.inFDs = c.inFDs[fds:]
	return f, nil
}

// fill reads more bytes behind those that are there.
func (c *Conn) fill() error {
	if c.from > 0 {
		c.to = copy(c.in, c.in[c.from:c.to])
		c.from = 0
	}
	if n, ok := c.frameLen(0); ok && n > len(c.in) && n <= maxFrame {
		c.in = append(make([]byte, 0, n), c.in[:c.to]...)[:n]
	}
	var n, oobn int
	var err error
	// The thread waits in the kernel, and not in Go's poller: between the wake-up and this line no
	// other goroutine has to run.
	readErr := c.raw.Control(func(fd uintptr) {
		for {
			if n, oobn, _, _, err = unix.Recvmsg(int(fd), c.in[c.to:], c.oob, unix.MSG_CMSG_CLOEXEC); err != unix.EINTR {
				return
			}
		}
	})
	switch {
	case readErr != nil:
		return io.EOF // closed here
	case err != nil || n == 0:
		return io.EOF
	}
	c.to += n
	if oobn > 0 {
		return c.takeFDs(c.oob[:oobn])
	}
	return nil
}

func (c *Conn) takeFDs(oob []byte) error {
	messages, err := unix.ParseSocketControlMessage(oob)
	if err != nil {
		return fmt.Errorf("transport: %w", err)
	}
	for i := range messages {
		fds, err := unix.ParseUnixRights(&messages[i])
		if err != nil {
			return fmt.Errorf("transport: %w", err)
		}
		c.inFDs = append(c.inFDs, fds...)
	}
	return nil
}

// Close ends the connection; the peer's Next returns io.EOF. It waits for the writer goroutine.
func (c *Conn) Close() error {
	c.mu.Lock()
	twice := c.ended
	c.ended, c.closed = true, true
	c.mu.Unlock()
	if twice {
		return nil
	}
	// Whoever reads, or waits for room, comes back now; the descriptor goes with the last of them.
	_ = c.raw.Control(func(fd uintptr) { _ = unix.Shutdown(int(fd), unix.SHUT_RDWR) })
	err := c.file.Close()
	close(c.done)
	c.writer.Wait()
	c.flushing.Lock()
	defer c.flushing.Unlock()
	c.drop()
	return err
}
