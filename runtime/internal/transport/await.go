package transport

import (
	"encoding/binary"
	"runtime"

	"golang.org/x/sys/unix"
)

// Waker ends a wait from another goroutine. Its descriptor goes with it.
type Waker struct{ fd int }

// NewWaker makes a waker.
func NewWaker() (*Waker, error) {
	fd, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		return nil, err
	}
	w := &Waker{fd}
	runtime.AddCleanup(w, func(fd int) { _ = unix.Close(fd) }, fd)
	return w, nil
}

// Wake ends the present wait, or the next one.
func (w *Waker) Wake() {
	var one [8]byte
	binary.NativeEndian.PutUint64(one[:], 1)
	_, _ = unix.Write(w.fd, one[:]) // it fails only when it is awake already
	runtime.KeepAlive(w)
}

// Await waits until Next has something to read or to report, or until w wakes it. The thread
// sleeps in the kernel, as in Next.
func (c *Conn) Await(w *Waker) (arrived bool) {
	if n, ok := c.frameLen(c.from); ok && c.to-c.from >= n {
		return true
	}
	err := c.raw.Control(func(fd uintptr) {
		c.polled = [2]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}, {Fd: int32(w.fd), Events: unix.POLLIN}}
		for {
			if n, err := unix.Poll(c.polled[:], -1); n > 0 && err == nil {
				break
			} // else a signal
		}
		if c.polled[1].Revents != 0 {
			var count [8]byte
			_, _ = unix.Read(w.fd, count[:])
		}
		arrived = c.polled[0].Revents != 0
	})
	runtime.KeepAlive(w)
	return arrived || err != nil
}
