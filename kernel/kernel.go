package kernel

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/goray/goray/kernel/session"
	"github.com/goray/goray/kernel/wire"
	"github.com/goray/goray/kernel/wire/zmtp"
)

// Options says how a kernel runs.
type Options struct {
	// ConnectionFile says where to listen. Empty makes one in Jupyter's runtime directory, for
	// clients that attach by themselves, and removes it at the end.
	ConnectionFile string
	// Start starts the process in which cells run; nil is this program with the argument
	// "session".
	Start   func() (*session.Process, error)
	Version string    // of the program
	History string    // file; empty is HistoryFile(), "off" keeps none
	Log     io.Writer // what the kernel itself has to say; nil is standard error
}

// Kernel serves one connection file.
type Kernel struct {
	started time.Time
	opts    Options
	srv     *wire.Server
	session *session.Supervisor
	iopub   *iopub
	history *history
	main    *lane
	queries chan *wire.Message
	answers chan *wire.Message // on stdin
	ctx     context.Context
	stop    context.CancelFunc
	wg      sync.WaitGroup
	asking  sync.Mutex // held while a question on stdin waits
	debug   debuggers

	mu        sync.Mutex
	subshells map[string]*lane
	runs      uint64 // cells run
	count     int    // cells run with history
}

// Main runs a kernel until it is told to shut down, its parent dies, or ctx ends.
func Main(ctx context.Context, o Options) error {
	var c wire.Connection
	var err error
	if o.ConnectionFile != "" {
		c, err = wire.ReadConnection(o.ConnectionFile)
	} else if o.ConnectionFile, err = ownConnectionFile(); err == nil {
		c.Key = rand.Text()
		defer os.Remove(o.ConnectionFile)
		fmt.Printf("To attach: goray repl --existing %s\n", o.ConnectionFile)
	}
	if err != nil {
		return err
	}
	os.Setenv("GORAY_CONNECTION_FILE", o.ConnectionFile) // for the session: it has the kernel's id
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	k, err := Serve(ctx, c, o)
	if err != nil {
		return err
	}
	if now := k.Connection(); now != c { // ports that were left to us
		if err := now.Write(o.ConnectionFile); err != nil {
			k.Close()
			return err
		}
	}
	interrupts := make(chan os.Signal, 1)
	signal.Notify(interrupts, syscall.SIGINT)
	defer signal.Stop(interrupts)
	orphaned := watchParent(ctx)
	for {
		select {
		case <-interrupts:
			k.interrupt()
		case <-orphaned:
			return k.Close()
		case <-k.main.queue.done:
			return k.Close()
		case <-ctx.Done():
			return k.Close()
		}
	}
}

// Serve binds c's sockets and answers in the background, until Close or a shutdown request.
func Serve(ctx context.Context, c wire.Connection, o Options) (*Kernel, error) {
	if o.Log == nil {
		o.Log = os.Stderr
	}
	if o.Start == nil {
		self, err := os.Executable()
		if err != nil {
			return nil, fmt.Errorf("kernel: %w", err)
		}
		o.Start = session.Command(self, "session")
	}
	started := time.Now() // before anybody can have reached this kernel
	srv, err := wire.Listen(c)
	if err != nil {
		return nil, err
	}
	srv.Dropped = dropped(o.Log)
	k := &Kernel{started: started, opts: o, srv: srv, main: newLane(""), subshells: map[string]*lane{}, queries: make(chan *wire.Message, 64), answers: make(chan *wire.Message, 1)}
	k.ctx, k.stop = context.WithCancel(ctx)
	k.iopub = newIOPub(srv, k.input)
	k.history = newHistory(o.History)
	k.srv.Publish(nil, "status", state{"starting"})
	k.debug.requests = make(chan *wire.Message, 256)
	k.srv.OnLeave(wire.Control, k.clientLeft)
	k.session = session.Supervise(o.Start, screen{k.iopub, k})
	k.wg.Go(k.receive)
	k.wg.Go(k.serveQueries)
	k.wg.Go(k.serveControl)
	k.wg.Go(k.serveDebug)
	k.wg.Go(k.serveStdin)
	k.wg.Go(func() { k.serveCells(k.main) })
	return k, nil
}

// dropped logs messages that were ignored, the first ones and then fewer and fewer: whoever sends
// them must not fill a disk.
func dropped(log io.Writer) func(wire.Channel, error) {
	var n, next atomic.Int64
	next.Store(1)
	return func(ch wire.Channel, err error) {
		if i := n.Add(1); i >= next.Load() {
			next.Store(2 * i)
			fmt.Fprintf(log, "kernel: ignored a message on %s, the %d. so far: %v\n", ch, i, err)
		}
	}
}

// Connection says where the kernel listens.
func (k *Kernel) Connection() wire.Connection { return k.srv.Connection() }

// Close ends the running cell, the session and the sockets.
func (k *Kernel) Close() error {
	k.mu.Lock() // no subshell is made any more
	k.stop()
	k.debug.stopDebug()
	for _, ln := range k.lanes() {
		ln.queue.close()
	}
	k.mu.Unlock()
	k.session.Close()
	k.iopub.close()
	err := k.srv.Close()
	k.wg.Wait()
	return err
}

type state struct {
	State string `json:"execution_state"`
}

// around publishes busy and idle around f. When a cell runs, front ends are told again that the
// kernel is busy, since many look only at the last status.
func (k *Kernel) around(m *wire.Message, f func()) {
	k.srv.Publish(m, "status", state{"busy"})
	f()
	k.mu.Lock()
	defer k.mu.Unlock()
	k.idle(m)
}

// idle publishes that m is answered; k.mu is held.
func (k *Kernel) idle(m *wire.Message) {
	k.srv.Publish(m, "status", state{"idle"})
	if k.main.running != nil {
		k.srv.Publish(k.main.running.message, "status", state{"busy"})
	}
}

// receive takes requests from shell and passes them on.
func (k *Kernel) receive() {
	defer close(k.queries)
	for {
		m, err := k.srv.Recv(wire.Shell)
		if errors.Is(err, zmtp.ErrClosed) {
			return
		}
		ln := k.lane(m)
		if ln == nil {
			k.refuse(m)
			continue
		}
		switch m.Header.Type {
		case "execute_request":
			if !ln.queue.push(m) && ln != k.main { // deleted in this moment
				k.refuse(m)
			}
		case "kernel_info_request": // first, and never waiting for anything
			k.around(m, func() { k.srv.Reply(wire.Shell, m, "kernel_info_reply", k.info()) })
		case "shutdown_request", "interrupt_request":
			k.control(wire.Shell, m)
		default:
			k.queries <- m
		}
	}
}

func (k *Kernel) serveQueries() {
	for m := range k.queries {
		k.around(m, func() { k.query(m) })
	}
}

func (k *Kernel) serveControl() {
	for {
		m, err := k.srv.Recv(wire.Control)
		if errors.Is(err, zmtp.ErrClosed) {
			return
		}
		k.control(wire.Control, m)
	}
}

// control answers what must be answered while a cell runs.
func (k *Kernel) control(ch wire.Channel, m *wire.Message) {
	switch m.Header.Type {
	case "interrupt_request":
		k.around(m, func() {
			k.interrupt()
			k.srv.Reply(ch, m, "interrupt_reply", status{"ok"})
		})
	case "shutdown_request":
		if k.predates(m) {
			fmt.Fprintln(k.opts.Log, "kernel: a shutdown request that was written for the kernel before this one is ignored")
			return
		}
		req := content[shutdown](m)
		k.around(m, func() {
			reply := struct {
				status
				shutdown
			}{status{"ok"}, req}
			k.srv.Reply(ch, m, "shutdown_reply", reply)
			k.srv.Publish(m, "shutdown_reply", reply)
		})
		k.main.queue.close() // Main sees that
	case "kernel_info_request":
		k.around(m, func() { k.srv.Reply(ch, m, "kernel_info_reply", k.info()) })
	case "create_subshell_request", "delete_subshell_request", "list_subshell_request":
		k.around(m, func() {
			k.srv.Reply(ch, m, strings.TrimSuffix(m.Header.Type, "request")+"reply", k.subshell(m.Header.Type, m))
		})
	case "debug_request":
		k.debugRequest(m)
	default:
		fmt.Fprintf(k.opts.Log, "kernel: no answer to %s on %s\n", m.Header.Type, ch)
	}
}

// bequeathed is how long after its start a kernel may get messages for the one before it: a client
// that restarts a dead kernel has asked that one to shut down, and its socket delivers the request to
// whoever binds the same port within the second that it lingers.
const bequeathed = 5 * time.Second

// predates reports whether a message was written before this kernel was started.
func (k *Kernel) predates(m *wire.Message) bool {
	sent, err := time.Parse(time.RFC3339Nano, m.Header.Date)
	return err == nil && sent.Before(k.started) && time.Since(k.started) < bequeathed
}

type status struct {
	Status string `json:"status"`
}

type shutdown struct {
	Restart bool `json:"restart"`
}

// Done is closed when somebody asked the kernel to shut down.
func (k *Kernel) Done() <-chan struct{} { return k.main.queue.done }
