package worker

import (
	"io"
	"os"
	"sync"
	"unsafe"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/transport"
)

// link is what a driver that has joined the session of another process has besides a worker.
type link struct {
	gone  chan struct{} // closed when the connection has ended
	quiet bool          // what tasks print is not shown
	once  sync.Once

	mu     sync.Mutex
	origin unsafe.Pointer // of the goroutine that made the last object
	line   string         // and where it was
	cell   string         // whose it is
}

// ended is closed when the session is over; nil, which never is, in a worker.
func (l *link) ended() <-chan struct{} {
	if l == nil {
		return nil
	}
	return l.gone
}

// site writes where an object is made, for a driver that has joined.
func (l *link) site(w *transport.Writer) {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	origin := core.GoroutineOrigin()
	if line := core.CallSite(origin); origin != l.origin || line != l.line {
		l.origin, l.line, l.cell = origin, line, ""
		if cell := core.OriginLabel(origin, "cell"); cell != "" {
			l.cell = core.CellText(cell, line)
		}
	}
	w.String(l.cell)
}

// over reports whether the session has ended, or was left; never in a worker, which ends with it.
func (l *link) over() bool {
	select {
	case <-l.ended():
		return true
	default:
		return false
	}
}

// show prints what a task of this driver has printed.
func (l *link) show(toStderr bool, text string) {
	switch {
	case l == nil || l.quiet:
	case toStderr:
		_, _ = io.WriteString(os.Stderr, text)
	default:
		_, _ = io.WriteString(os.Stdout, text)
	}
}

// close leaves the session. The head ends the tasks of this driver.
func (l *link) close(p *Process) error {
	if l == nil {
		return nil
	}
	l.once.Do(func() {
		p.counts.flush()
		p.conn.Flush()
		p.conn.Close()
	})
	<-l.gone
	return nil
}
