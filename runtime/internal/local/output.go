package local

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/goray/goray/runtime/internal/transport"
)

// output is one of a worker's streams. Lines are shown by a goroutine as they come, and by the
// reader of frames before it handles a result: what a task printed is seen before its value.
type output struct {
	p       *proc
	to      func() io.Writer
	repeats *repeats
	file    *os.File
	raw     syscall.RawConn

	mu   sync.Mutex
	part []byte // of a line that has not ended
	buf  []byte
	eof  bool

	stderr bool
	quiet  bool // it is kept and not shown
}

// maxLine is where a line without an end is cut.
const maxLine = 64 << 10

// outputs connects the worker's streams to the driver's and to its journal. It returns the worker's ends, which are
// closed when the process has them.
func (b *Backend) outputs(p *proc, cmd *exec.Cmd) (theirs []*os.File, err error) {
	p.journal = &journal{count: &b.journals.lines, node: p.node.config.Name}
	// The destination is looked up for each line: a notebook replaces os.Stdout.
	for _, stream := range []struct {
		of     *io.Writer
		to     func() io.Writer
		stderr bool
	}{{&cmd.Stdout, func() io.Writer { return os.Stdout }, false}, {&cmd.Stderr, func() io.Writer { return os.Stderr }, true}} {
		r, w, err := os.Pipe()
		if err != nil {
			return theirs, err
		}
		theirs = append(theirs, w)
		*stream.of = w
		raw, err := r.SyscallConn()
		if err != nil {
			r.Close()
			return theirs, err
		}
		o := &output{p: p, to: stream.to, repeats: b.repeats, file: r, raw: raw, buf: make([]byte, 32<<10), stderr: stream.stderr, quiet: !b.cfg.LogToDriver}
		p.outputs = append(p.outputs, o)
		b.tasks.Go(o.follow)
	}
	return theirs, nil
}

// follow shows lines until the worker's end is closed.
func (o *output) follow() {
	defer o.file.Close()
	// It fails only when the file is closed.
	_ = o.raw.Read(func(fd uintptr) bool { return o.drain(fd) })
}

// showPending shows what is there now, without waiting.
func (o *output) showPending() {
	_ = o.raw.Control(func(fd uintptr) { o.drain(fd) }) // it fails only when all was shown
}

// drain shows what can be read without waiting, and reports whether the stream has ended.
func (o *output) drain(fd uintptr) (ended bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for !o.eof {
		n, err := unix.Read(int(fd), o.buf)
		switch {
		case err == unix.EINTR:
		case err == unix.EAGAIN:
			return false
		case err != nil || n == 0:
			o.eof = true
			o.show([]byte("\n"), len(o.part) > 0)
		default:
			o.show(o.buf[:n], true)
		}
	}
	return true
}

// show prints the whole lines of what came, and keeps the rest.
func (o *output) show(b []byte, wanted bool) {
	if !wanted {
		return
	}
	o.part = append(o.part, b...)
	rest := o.part
	for {
		line, after, ended := bytes.Cut(rest, []byte("\n"))
		if !ended && len(rest) < maxLine {
			break
		}
		if !ended {
			line, after = rest[:maxLine], rest[maxLine:]
		}
		rest = after
		o.p.journal.add(entry{id: o.p.owner(), stderr: o.stderr, at: time.Now(), text: string(line)})
		if o.quiet {
			continue
		}
		speaker, from := o.p.speaker()
		print, joined := o.printer()
		prefix := fmt.Sprintf("(%s pid=%d) ", speaker, from.pid)
		// What others' tasks have printed is no reason not to show a line to a driver that has joined.
		if joined || o.repeats.admit(prefix, string(line), from, time.Now(), print) {
			print(fmt.Sprintf("%s%s\n", prefix, line))
		}
	}
	o.part = append(o.part[:0], rest...)
}

// printer shows lines to whose task prints them: this process, or a driver that has joined.
func (o *output) printer() (print func(string), joined bool) {
	t := o.p.label.Load()
	if t == nil || t.seldom().driver == nil {
		return o.print, false
	}
	conn := t.seldom().driver.conn
	return func(text string) {
		conn.Send(transport.Output, 0, func(w *transport.Writer) {
			w.Bool(o.stderr)
			w.String(text)
		})
		conn.Flush()
	}, true
}

func (o *output) print(text string) {
	_, _ = io.WriteString(o.to(), text) // nobody could be told that the driver's own output fails
}
