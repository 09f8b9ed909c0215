package rayworker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"reflect"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/marshal"
	"github.com/goray/goray/runtime/internal/rayclient/wire"
	"github.com/goray/goray/runtime/internal/worker"
)

// envSocket names the descriptor that leads to the shim.
const envSocket = "GORAY_RAY_FD"

func init() { worker.RegisterMode("ray", serve) }

// job is a call that runs here.
type job struct {
	id     int
	spec   *core.TaskSpec
	ctx    context.Context
	cancel context.CancelFunc
	stop   func() // ends the function, if that is possible; under link.mu
}

// actor is what lives in this process, if an actor does.
type actor struct {
	mu      sync.Mutex
	id      core.ID
	options *core.Options
	state   reflect.Value
	methods worker.Methods
}

var home actor

// serve is the life of the child of a Ray worker. It ends when the shim does.
func serve() error {
	signal.Ignore(syscall.SIGINT) // an interrupt at the terminal is the driver's affair
	fd, err := strconv.Atoi(os.Getenv(envSocket))
	if err != nil {
		return fmt.Errorf("%s is %q, not a descriptor; only the shim starts such processes", envSocket, os.Getenv(envSocket))
	}
	os.Unsetenv(envSocket)
	c, err := newConn(fd)
	if err != nil {
		return err
	}
	l := newLink(c)
	core.SetProcessBackend(l)
	if err := l.read(); !errors.Is(err, io.EOF) && !errors.Is(err, syscall.ECONNRESET) {
		return err
	}
	return nil
}

// begin runs a call. The shim sends as many at a time as may run.
func (l *link) begin(f *frame) {
	spec, err := wire.DecodeSpec(f.payload[:min(f.Skip, len(f.payload))])
	if err != nil {
		l.fail(f.ID, &core.Failure{Kind: core.BadCall, Text: err.Error()}, nil)
		return
	}
	j := &job{id: f.ID, spec: spec}
	c := worker.Call{Spec: spec, Attempt: f.Attempt, Node: l.info.NodeID, Fetch: l.Code}
	o := spec.Options
	t := &core.TaskContext{TaskID: spec.ID, ActorID: spec.Actor, Attempt: f.Attempt, Name: spec.Label(), NodeID: l.info.NodeID,
		Namespace: l.namespace, GPUIDs: f.GPUs, Resources: o.Resources, Strategy: o.Strategy, Backend: l}
	switch spec.Kind {
	case core.ActorStart:
		t.ActorID = spec.ID
	case core.ActorCall:
		home.mu.Lock()
		c.State, c.Methods = home.state, &home.methods
		if home.options != nil {
			t.Resources, t.Strategy = home.options.Resources, home.options.Strategy
		}
		home.mu.Unlock()
	}
	j.ctx, j.cancel = context.WithCancel(core.WithTask(context.Background(), t))
	if spec.Timeout > 0 {
		j.ctx, j.cancel = context.WithTimeout(j.ctx, max(spec.Left, 0))
	}
	if spec.Kind == core.Task { // an actor's methods must not leave its state half changed
		c.Stoppable = func(interrupt func()) { l.stoppable(j, interrupt) }
	}
	// The values are opened here, on the goroutine that reads: slots may change afterwards.
	if err := l.arguments(f, &c); err != nil {
		l.fail(f.ID, &core.Failure{Kind: core.BadCall, Func: spec.Label(), Text: err.Error()}, nil)
		return
	}
	l.mu.Lock()
	l.running[f.ID] = j
	l.mu.Unlock()
	go l.run(j, &c)
}

// arguments takes the values of a call from its frame.
func (l *link) arguments(f *frame, c *worker.Call) error {
	payload := f.payload[f.Skip:]
	vals := f.Vals
	want := len(c.Spec.Args)
	if f.Captures {
		want++
	}
	if len(vals) != want {
		return fmt.Errorf("%d values came for %d arguments", len(vals), want)
	}
	for i, raw := range vals {
		var v core.Value
		var err error
		if v, payload, err = l.value(raw, payload); err != nil {
			return fmt.Errorf("argument %d: %w", i+1, err)
		}
		if f.Captures && i == 0 {
			c.Spec.Func.Captures = v
			continue
		}
		c.Args = append(c.Args, v)
	}
	return nil
}

func (l *link) run(j *job, c *worker.Call) {
	finished := false
	defer func() {
		j.cancel()
		l.mu.Lock()
		delete(l.running, j.id)
		l.mu.Unlock()
		if !finished { // runtime.Goexit
			kind, text := core.UserPanic, "it ended its goroutine with runtime.Goexit; return instead"
			if j.ctx.Err() != nil && c.Stoppable != nil {
				kind, text = core.Cancelled, "the task was cancelled while it ran"
			}
			l.fail(j.id, &core.Failure{Kind: kind, Func: j.spec.Label(), Node: c.Node, PID: os.Getpid(), Attempt: c.Attempt, Text: text}, j.spec.Options)
		}
	}()
	var state reflect.Value
	results, native := l.natively(j.ctx, c)
	if !native {
		var value core.Value
		value, state = c.Run(j.ctx)
		results = append([]core.Value{value}, c.More...)
	}
	finished = true
	if value := results[0]; value.Failure != nil {
		l.fail(j.id, value.Failure, j.spec.Options)
		return
	}
	if j.spec.Kind == core.ActorStart {
		home.mu.Lock()
		home.id, home.options, home.state = j.spec.ID, j.spec.Options, state
		home.mu.Unlock()
	}
	if err := l.succeed(j, results); err != nil {
		l.fail(j.id, &core.Failure{Kind: core.OutOfMemory, Func: j.spec.Label(), Node: c.Node, PID: os.Getpid(), Text: fmt.Sprintf("the result cannot be stored: %v", err)}, nil)
	}
}

// succeed sends the results of a call. References in them are counted until the shim has them.
func (l *link) succeed(j *job, results []core.Value) error {
	m := &message{T: "ret", ID: j.id}
	if len(results) == 1 && len(results[0].Refs) == 0 && marshal.FlatSize(&results[0]) <= wire.NoteMax {
		meta, body, err := wire.Pack(&results[0], nil) // it has no references to name
		if err != nil {
			return err
		}
		m.Note = true
		l.counts.up()
		return l.conn.send(m, nil, wire.Note(meta, body, 0))
	}
	var values parcel
	for i := range results {
		for _, id := range results[i].Refs {
			l.counts.add(id, 1)
			m.Refs = append(m.Refs, id)
		}
		if err := values.add(l, &results[i]); err != nil {
			return err
		}
	}
	m.Vals = values.places
	file, parts, err := values.lay(l, m, nil)
	if err != nil {
		return err
	}
	l.counts.up()
	return l.conn.send(m, file, parts...)
}

// fail sends the failure of a call, and whether Ray shall try again.
func (l *link) fail(id int, f *core.Failure, o *core.Options) {
	m := &message{T: "err", ID: id, Failure: f, Cancelled: f.Kind == core.Cancelled}
	if o != nil && f.IsUser() {
		m.Retry = o.RetryAll || f.Cause.Matches(o.RetryErrors)
	}
	l.counts.up()
	_ = l.conn.send(m, nil)
}

// stopAfter is how long a cancelled function may take to heed its context before it is stopped.
const stopAfter = 50 * time.Millisecond

func (l *link) cancel(id int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	j := l.running[id]
	if j == nil {
		return
	}
	j.cancel()
	time.AfterFunc(stopAfter, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.running[id] == j && j.stop != nil {
			j.stop()
		}
	})
}

func (l *link) stoppable(j *job, stop func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if j.stop = stop; j.ctx.Err() != nil {
		stop()
	}
}

// single is the call that runs here when there is exactly one: code without a context belongs to it.
func (l *link) single() *job {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.running) != 1 {
		return nil
	}
	for _, j := range l.running {
		return j
	}
	return nil
}
