package worker

// Native programs, which join nobody and must be small, are built without this file.

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/marshal"
	"github.com/goray/goray/runtime/internal/metrics"
	"github.com/goray/goray/runtime/internal/store"
	"github.com/goray/goray/runtime/internal/transport"
)

func init() { core.Register("auto", Join) }

// Join connects to the head that "goray start" has started on this machine. The head owns all
// tasks, actors and objects; this process is one of its drivers.
func Join(_ context.Context, cfg core.Config) (core.Backend, error) {
	if err := core.CheckHead(); err != nil {
		return nil, err
	}
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	if err := unix.Connect(fd, &unix.SockaddrUnix{Name: core.HeadSocket()}); err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("no cluster of yours runs on this machine (%w); start one with goray start, or leave Address empty", err)
	}
	conn, err := transport.NewConn(fd)
	if err != nil {
		return nil, err
	}
	if cfg.Namespace == "" {
		cfg.Namespace = "anonymous-" + rand.Text() // drivers without a name do not meet each other's actors
	}
	conn.Send(transport.Join, 0, func(w *transport.Writer) {
		w.Int(int64(os.Getpid()))
		w.String(marshal.BuildHash())
		w.String(cfg.Namespace)
	})
	conn.Flush()
	hello, _, err := conn.Next()
	if err != nil {
		conn.Close()
		return nil, fmt.Errorf("the head at %s ended: %w; start it again with goray start", core.HeadSocket(), err)
	}
	view := store.NewView()
	view.Borrowed = true
	p := newProcess(conn, view)
	p.hello(&hello.Payload)
	if problem := hello.Payload.String(); problem != "" {
		conn.Close()
		return nil, errors.New(problem)
	}
	p.link = &link{gone: make(chan struct{}), quiet: !cfg.LogToDriver}
	metrics.SetSender(p.sendMetrics)
	go func() {
		defer close(p.link.gone)
		defer metrics.SetSender(nil)
		_ = p.read() // however it ends, the session is over
	}()
	return &Driver{p}, nil
}

// Driver is the backend of a process that has joined a session. What it is asked after the
// session has ended has no answer.
type Driver struct{ *Process }

var (
	_ core.Namespaced = (*Driver)(nil)
	_ core.Inspector  = (*Driver)(nil)
	_ core.Gauger     = (*Driver)(nil)
	_ core.Measurer   = (*Driver)(nil)
	_ core.Observer   = (*Driver)(nil)
	_ core.EventLog   = (*Driver)(nil)
	_ core.Warden     = (*Driver)(nil)
	_ core.NodeKeeper = (*Driver)(nil)
)

// Inspect implements core.Inspector.
func (d *Driver) Inspect() (s core.State) {
	_ = d.inquire("state", nil, &s)
	return s
}

// Gauges implements core.Gauger.
func (d *Driver) Gauges() (g core.Gauges) {
	_ = d.inquire("gauges", nil, &g)
	return g
}

// Metrics implements core.Measurer.
func (d *Driver) Metrics() (list []metrics.Series, err error) {
	metrics.Flush()
	err = d.inquire("list metrics", nil, &list)
	return list, err
}

// Close implements core.Backend.
func (d *Driver) Close() error {
	metrics.Flush()
	return d.Process.Close()
}

func (d *Driver) observe(q core.Observation) core.Observation {
	_ = d.inquire("observe", q, &q)
	return q
}

// EachTask implements core.Observer.
func (d *Driver) EachTask(f func(*core.TaskState)) {
	each(d.observe(core.Observation{What: "tasks"}).Tasks, f)
}

// EachAttempt implements core.Observer.
func (d *Driver) EachAttempt(f func(*core.Attempt)) (forgotten int64) {
	o := d.observe(core.Observation{What: "attempts"})
	each(o.Attempts, f)
	return o.Forgotten
}

// EachObject implements core.Observer.
func (d *Driver) EachObject(f func(*core.ObjectState)) {
	each(d.observe(core.Observation{What: "objects"}).Objects, f)
}

// AllActors implements core.Observer.
func (d *Driver) AllActors() []core.ActorInfo {
	return d.observe(core.Observation{What: "actors"}).Actors
}

// AllWorkers implements core.Observer.
func (d *Driver) AllWorkers() []core.WorkerState {
	return d.observe(core.Observation{What: "workers"}).Workers
}

// Output implements core.Observer.
func (d *Driver) Output(id core.ID, pid int) (lines []core.OutputLine, known bool) {
	o := d.observe(core.Observation{What: "output", ID: id, PID: pid})
	return o.Lines, o.Known
}

func each[T any](all []T, f func(*T)) {
	for i := range all {
		f(&all[i])
	}
}
