package transport

import (
	"errors"

	"golang.org/x/sys/unix"
)

// Flush writes what has gathered, as far as the socket takes it without blocking.
func (c *Conn) Flush() {
	for {
		if !c.flushing.TryLock() {
			return // whoever holds it looks again before it lets go
		}
		blocked := c.flushLocked()
		c.flushing.Unlock()
		if blocked {
			c.Wake()
			return
		}
		c.mu.Lock()
		empty := len(c.pending) == 0 || c.closed
		c.mu.Unlock()
		if empty {
			return
		}
	}
}

// FlushNow is Flush that also waits for whoever is writing: what was sent before is in the socket
// when it returns, unless the socket is full.
func (c *Conn) FlushNow() {
	c.flushing.Lock()
	blocked := c.flushLocked()
	c.flushing.Unlock()
	if blocked {
		c.Wake()
	}
}

// Drain waits until everything is in the socket, or the peer is gone.
func (c *Conn) Drain() {
	c.flushing.Lock()
	defer c.flushing.Unlock()
	for c.flushLocked() {
		if c.awaitRoom() != nil {
			c.drop()
			return
		}
	}
}

// awaitRoom waits until the socket takes more.
func (c *Conn) awaitRoom() error {
	return c.raw.Control(func(fd uintptr) {
		p := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLOUT}}
		_, _ = unix.Poll(p, -1) // whatever it returns, the next write tells
	})
}

// flushLocked writes until there is nothing left or the socket is full.
func (c *Conn) flushLocked() (blocked bool) {
	for {
		if len(c.writing) == 0 && !c.takePending() {
			return false
		}
		n, err := c.writeSome()
		switch {
		case errors.Is(err, unix.EAGAIN):
			return true
		case errors.Is(err, unix.EINTR):
		case err != nil:
			c.drop()
			return false
		}
		c.wrote(n)
	}
}

func (c *Conn) takePending() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.pending) == 0 {
		return false
	}
	spare := c.buffer[:0] // two buffers take turns
	if cap(spare) == 0 || cap(spare) > maxSpare {
		spare = make([]byte, 0, 2*flushAt)
	}
	c.writing, c.buffer, c.pending = c.pending, c.pending, spare
	c.writeFDs, c.fds = c.fds, nil
	c.marking, c.marks = c.marks, nil
	return true
}

// writeSome writes one piece: up to the frame whose descriptors do not fit into this message.
func (c *Conn) writeSome() (n int, err error) {
	chunk := c.writing
	var rights []byte
	if len(c.writeFDs) > 0 {
		k := min(len(c.writeFDs), maxFDs)
		for k < len(c.writeFDs) && k > 0 && c.marking[k] == c.marking[k-1] {
			k-- // descriptors of one frame stay together
		}
		if k < len(c.writeFDs) {
			chunk = chunk[:c.marking[k]]
		}
		if c.marking[0] > 0 {
			chunk = chunk[:c.marking[0]] // bytes before the first descriptor go alone
		} else {
			fds := make([]int, k)
			for i := range fds {
				fds[i] = int(c.writeFDs[i].Fd())
			}
			rights = unix.UnixRights(fds...)
		}
	}
	controlErr := c.raw.Control(func(fd uintptr) {
		if rights == nil {
			n, err = unix.SendmsgN(int(fd), chunk, nil, nil, unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL)
			return
		}
		n, err = unix.SendmsgN(int(fd), chunk, rights, nil, unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL)
		if err == nil && n > 0 {
			c.sentFDs(len(rights))
		}
	})
	if controlErr != nil {
		return 0, controlErr
	}
	return n, err
}

// sentFDs closes the files whose descriptors have left.
func (c *Conn) sentFDs(rights int) {
	k := (rights - unix.CmsgLen(0)) / 4
	k = min(k, len(c.writeFDs), maxFDs)
	for _, s := range c.writeFDs[:k] {
		s.Close()
	}
	c.writeFDs, c.marking = c.writeFDs[k:], c.marking[k:]
}

func (c *Conn) wrote(n int) {
	if n <= 0 {
		return
	}
	c.writing = c.writing[n:]
	for i := range c.marking {
		c.marking[i] -= n
	}
}

// drop forgets everything that waits: the peer is gone.
func (c *Conn) drop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	for _, s := range append(c.writeFDs, c.fds...) {
		s.Close()
	}
	c.pending, c.writing, c.buffer, c.fds, c.writeFDs, c.marks, c.marking = nil, nil, nil, nil, nil, nil, nil
}

// writeLoop writes what Flush could not, and what nobody flushed.
func (c *Conn) writeLoop() {
	for {
		select {
		case <-c.kick:
		case <-c.done:
			return
		}
		c.flushing.Lock()
		for c.flushLocked() {
			if c.awaitRoom() != nil {
				c.drop()
				break
			}
		}
		c.flushing.Unlock()
	}
}
