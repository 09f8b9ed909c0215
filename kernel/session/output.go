package session

import (
	"os"
	"sync"
	"syscall"
	"time"
)

// tailSize is how much of a child's last output is kept, to say why it died.
const tailSize = 16 << 10

// output reads one of the child's pipes and hands on what comes.
type output struct {
	r    *os.File
	emit func([]byte)
	done chan struct{}

	mu       sync.Mutex
	barriers []chan struct{}
	tail     []byte
}

func newOutput(r *os.File, emit func([]byte)) *output {
	o := &output{r: r, emit: emit, done: make(chan struct{})}
	go o.run()
	return o
}

func (o *output) run() {
	defer close(o.done)
	defer o.release()
	buf := make([]byte, 64<<10)
	for {
		n, err := o.r.Read(buf)
		o.take(buf[:n])
		if err == nil {
			continue
		}
		if !os.IsTimeout(err) {
			return
		}
		// A drain wants everything that is in the pipe now. The deadline is lifted before the
		// barriers are taken: whoever comes later sets it again.
		o.r.SetReadDeadline(time.Time{})
		o.mu.Lock()
		barriers := o.barriers
		o.barriers = nil
		o.mu.Unlock()
		o.empty(buf)
		for _, b := range barriers {
			close(b)
		}
	}
}

// empty reads until the pipe has nothing more for now.
func (o *output) empty(buf []byte) {
	raw, err := o.r.SyscallConn()
	if err != nil {
		return
	}
	for n := 1; n > 0; {
		if raw.Read(func(fd uintptr) bool {
			n, err = syscall.Read(int(fd), buf)
			return true
		}) != nil || err != nil && err != syscall.EINTR {
			return
		}
		if err == syscall.EINTR {
			n = 1
			continue
		}
		o.take(buf[:n])
	}
}

func (o *output) take(b []byte) {
	if len(b) == 0 {
		return
	}
	o.mu.Lock()
	o.tail = append(o.tail, b...)
	if len(o.tail) > 2*tailSize {
		o.tail = append([]byte(nil), o.tail[len(o.tail)-tailSize:]...)
	}
	o.mu.Unlock()
	o.emit(b)
}

func (o *output) release() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, b := range o.barriers {
		close(b)
	}
	o.barriers = nil
}

// drain returns when everything that was written before is handed on.
func (o *output) drain() {
	b := make(chan struct{})
	o.mu.Lock()
	o.barriers = append(o.barriers, b)
	o.mu.Unlock()
	o.r.SetReadDeadline(time.Unix(1, 0))
	select {
	case <-b:
	case <-o.done:
	}
}

// last is the end of what was written.
func (o *output) last() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return string(o.tail)
}

// close ends the reader. Processes that the child left behind may hold the pipe for ever.
func (o *output) close() {
	o.drain()
	o.r.SetReadDeadline(time.Time{})
	o.r.Close()
	<-o.done
}
