package rayworker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"
	"sync"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/marshal"
	"github.com/goray/goray/runtime/internal/rayclient/wire"
)

// link is a process's way to Ray through the shim, and its core.Backend.
type link struct {
	conn      *conn
	counts    counts
	slots     slots
	sheets    sheets
	info      core.Info
	namespace string   // of the driver
	kinds     sync.Map // core.ID → wire.Actor or wire.Group; all others are objects
	actors    sync.Map // core.ID → *core.Options, of those made here that have concurrency groups
	deadlines deadlines
	guests    guests

	mu      sync.Mutex
	waiting map[int]chan *frame
	asked   int
	running map[int]*job
	gone    chan struct{} // closed when the shim has ended
	ending  error         // why, under mu
}

func newLink(c *conn) *link {
	l := &link{conn: c, waiting: map[int]chan *frame{}, running: map[int]*job{}, gone: make(chan struct{})}
	l.slots.mapped = map[int]*slot{}
	l.slots.free = func(n int) { _ = c.send(&message{T: "free", N: n}, nil) }
	l.sheets.used = map[int]*sheet{}
	l.sheets.drop = func(n int) { _ = c.send(&message{T: "cb", Op: "drop", N: n}, nil) }
	l.counts.init(func(changes map[core.ID]int) {
		_ = c.send(&message{T: "cb", Op: "count", Counts: changes}, nil)
	})
	return l
}

// message is what is sent to the shim; which fields count depends on T and Op.
type message struct {
	T    string    `json:"t"`
	ID   int       `json:"id,omitempty"` // of a call
	CB   int       `json:"cb,omitempty"` // of a question; without it nobody waits for an answer
	Op   string    `json:"op,omitempty"`
	Ref  core.ID   `json:"ref,omitzero"`
	Refs []core.ID `json:"refs,omitempty"`
	// Vals are values, each [meta, length], or references that Ray resolves.
	Vals []any `json:"vals,omitempty"`
	Skip int   `json:"skip,omitempty"`
	// Sheet is where the values lie, if not in the payload; Spec is then what were the first Skip bytes.
	Sheet int    `json:"sheet,omitempty"`
	Spec  string `json:"spec,omitempty"`
	Size  int64  `json:"size,omitempty"` // of a new sheet, whose file comes with this

	Note      bool            `json:"note,omitempty"`   // the payload is the result, as Ray shall have it
	Letter    bool            `json:"letter,omitempty"` // the payload is one, instead of Header, Vals and Skip
	Header    *wire.Header    `json:"header,omitempty"`
	Options   *wire.Options   `json:"opts,omitempty"`
	Actor     core.ID         `json:"actor,omitzero"`
	Counts    map[core.ID]int `json:"counts,omitempty"`
	N         int             `json:"n"`
	Timeout   float64         `json:"timeout"`
	Stop      int             `json:"stop,omitempty"`
	Force     bool            `json:"force,omitempty"`
	Recursive bool            `json:"recursive,omitempty"`
	NoRestart bool            `json:"no_restart,omitempty"`
	Name      string          `json:"name,omitempty"`
	Namespace string          `json:"namespace,omitempty"`
	Hash      string          `json:"hash,omitempty"`

	Bundles  []core.Resources `json:"bundles,omitempty"`
	Strategy string           `json:"strategy,omitempty"`
	Detached bool             `json:"detached,omitempty"`

	Address  string               `json:"address,omitempty"`
	Log      bool                 `json:"log,omitempty"`
	Programs map[string][2]string `json:"programs,omitempty"`
	Init     map[string]any       `json:"init,omitempty"`

	Failure   *core.Failure `json:"failure,omitempty"`
	Retry     bool          `json:"retry,omitempty"`
	Cancelled bool          `json:"cancelled,omitempty"`
}

// read handles frames until the shim ends.
func (l *link) read() error {
	for {
		f, err := l.conn.next()
		if err == nil {
			err = l.handle(f)
		}
		if err != nil {
			l.mu.Lock()
			l.ending = err
			l.mu.Unlock()
			close(l.gone)
			return err
		}
	}
}

func (l *link) handle(f *frame) error {
	switch f.T {
	case "call":
		l.begin(f)
	case "translate":
		l.translate(f)
	case "cancel":
		l.cancel(f.ID)
	case "cbr":
		l.mu.Lock()
		answer := l.waiting[f.CB]
		delete(l.waiting, f.CB)
		l.mu.Unlock()
		if answer != nil {
			answer <- f
		}
	case "hello":
		l.info = core.Info{NodeID: f.Node, NodeIP: f.IP, Scheme: "ray", JobID: f.Job, SessionDir: f.Session}
		if l.namespace = f.Driver; l.namespace == "" {
			l.namespace = f.Namespace
		}
	case "slot":
		fd, err := l.conn.file()
		if err != nil {
			return err
		}
		return l.slots.attach(f.N, fd, f.Size)
	case "free":
		l.sheets.free(f.N)
	case "unslot":
		l.slots.detach(f.N)
	default:
		return fmt.Errorf("a frame of unknown type %q; the shim is of another build", f.T)
	}
	return nil
}

// tell sends something that has no answer.
func (l *link) tell(m *message, file *os.File, parts ...[]byte) error {
	l.counts.up()
	m.T = "cb"
	if err := l.conn.send(m, file, parts...); err != nil {
		return fmt.Errorf("%w: %w", core.ErrClosed, err)
	}
	return nil
}

// ask sends a question and waits for the answer.
func (l *link) ask(ctx context.Context, m *message, parts ...[]byte) (*frame, error) {
	if ctx == nil {
		ctx = context.Background()
	}
	answer := make(chan *frame, 1)
	l.mu.Lock()
	l.asked++
	m.CB = l.asked
	l.waiting[m.CB] = answer
	l.mu.Unlock()
	if err := l.tell(m, nil, parts...); err != nil {
		return nil, err
	}
	select {
	case f := <-answer:
		if f.Exception != nil {
			return f, failureError{f.Exception.failure()}
		}
		return f, nil
	case <-l.gone:
		return nil, core.ErrClosed
	case <-ctx.Done():
		l.mu.Lock()
		delete(l.waiting, m.CB)
		l.mu.Unlock()
		_ = l.tell(&message{Op: "stop", Stop: m.CB}, nil)
		return nil, ctx.Err()
	}
}

// failureError is what Ray answered instead of what it was asked for.
type failureError struct{ failure *core.Failure }

func (e failureError) Error() string { return e.failure.Text }

// kind is what an id stands for, as package wire names it.
func (l *link) kind(id core.ID) string {
	if k, ok := l.kinds.Load(id); ok {
		return k.(string)
	}
	return wire.Object
}

// value makes a value of what the shim sent: [meta, length, slot], or an exception. It takes its
// bytes from the front of payload.
func (l *link) value(raw json.RawMessage, payload []byte) (core.Value, []byte, error) {
	if len(raw) > 0 && raw[0] == '{' {
		var e exception
		if err := json.Unmarshal(raw, &e); err != nil {
			return core.Value{}, payload, err
		}
		return core.Value{Failure: e.failure()}, payload, nil
	}
	var place struct {
		meta string
		size int
		slot int
	}
	place.slot = -1 // a letter's values have none
	if err := json.Unmarshal(raw, &[]any{&place.meta, &place.size, &place.slot}); err != nil {
		return core.Value{}, payload, err
	}
	var body []byte
	var hold any
	if place.slot >= 0 {
		b, err := l.slots.open(place.slot, place.size)
		if err != nil {
			return core.Value{}, payload, err
		}
		body, hold = b.Bytes(), b
	} else {
		if place.size > len(payload) {
			return core.Value{}, payload, errors.New("a frame is shorter than its values")
		}
		body, payload = payload[:place.size:place.size], payload[place.size:]
	}
	v, err := l.unpack(place.meta, body)
	if err != nil {
		return core.Value{}, payload, err
	}
	v.Hold = hold
	return v, payload, nil
}

func (l *link) unpack(meta string, body []byte) (core.Value, error) {
	switch meta {
	case pythonMeta:
		return fromPython(body)
	case groupMeta:
		return marshal.EncodeAny(reflect.ValueOf(true)) // it is reserved
	}
	v, m, err := wire.Unpack(meta, body)
	for i, id := range m.Refs {
		if k := m.Kinds[i : i+1]; k != wire.Object {
			l.kinds.Store(id, k)
		}
	}
	return v, err
}

// How the shim marks what is no value of Go's.
const (
	pythonMeta = `{"python":true}`
	groupMeta  = `{"group":true}`
)

// exception is what the shim says about a Python exception.
type exception struct {
	wire.Exception
	Refused bool `json:"refused"` // by Ray, when it was asked to run something
	Lost    bool `json:"lost"`    // the shim itself does not know the object any more
}

func (e *exception) failure() *core.Failure {
	f := e.AsFailure("")
	switch {
	case e.Lost:
		f.Kind, f.Cause = core.ObjectLost, nil
	case !e.Refused || f.Kind != core.UserError:
	case strings.Contains(e.Text, "already taken"):
		f.Kind, f.Cause = core.ActorExists, nil
	default:
		f.Kind, f.Cause, f.Text = core.BadCall, nil, "Ray refused it: "+f.Text
	}
	return f
}
