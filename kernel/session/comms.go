package session

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"sync"

	"github.com/goray/goray/kernel/plugin"
)

// CommMessage is one message of Jupyter's comms, on its way between front end and plugin.
type CommMessage struct {
	Kind   string          `json:"kind"` // "open", "msg" or "close"
	ID     string          `json:"id"`
	Target string          `json:"target,omitempty"` // of an opening one
	Data   json.RawMessage `json:"data,omitempty"`
}

// CommSink is a Sink with pages that comms can reach.
type CommSink interface {
	Comm(CommMessage)
	// CommsGone says that the process that held the comms has ended.
	CommsGone()
}

// Comm gives a message of a page to the session. Known is false when nothing there has opened, or
// wants to open, this comm.
func (s *Supervisor) Comm(ctx context.Context, m CommMessage) (known bool, err error) {
	err = s.query(ctx, "comm", m, &known)
	return known, err
}

// comms are the open channels of a session's plugins.
type comms struct {
	mu      sync.Mutex
	targets map[string]func(plugin.Comm, json.RawMessage) plugin.CommHandler
	open    map[string]*comm
}

type comm struct {
	id   string
	l    *Local
	from plugin.CommHandler
}

var _ plugin.CommHost = (*Local)(nil)

// errNoPage is for sessions without a front end.
var errNoPage = errors.New("session: no page is connected; open the notebook in JupyterLab or Notebook")

// HandleComm has open called for each channel that a page opens to target.
func (l *Local) HandleComm(target string, open func(plugin.Comm, json.RawMessage) plugin.CommHandler) {
	l.comms.mu.Lock()
	defer l.comms.mu.Unlock()
	if l.comms.targets == nil {
		l.comms.targets = map[string]func(plugin.Comm, json.RawMessage) plugin.CommHandler{}
	}
	l.comms.targets[target] = open
}

// OpenComm opens a channel to a target of the page.
func (l *Local) OpenComm(target string, data any, h plugin.CommHandler) (plugin.Comm, error) {
	c := &comm{id: rand.Text(), l: l, from: h}
	l.comms.add(c)
	if err := c.say("open", target, data); err != nil {
		l.comms.remove(c.id)
		return nil, err
	}
	return c, nil
}

// comm handles a message of a page.
func (l *Local) comm(m CommMessage) (known bool) {
	t := &l.comms
	t.mu.Lock()
	c, open := t.open[m.ID], t.targets[m.Target]
	t.mu.Unlock()
	switch {
	case m.Kind == "open" && open != nil:
		c = &comm{id: m.ID, l: l}
		t.add(c)
		h := open(c, m.Data)
		t.mu.Lock()
		c.from = h
		t.mu.Unlock()
		return true
	case c == nil:
		return false
	case m.Kind == "msg" && c.from.Message != nil:
		c.from.Message(m.Data)
	case m.Kind == "close":
		t.remove(c.id)
		if c.from.Close != nil {
			c.from.Close(m.Data)
		}
	}
	return true
}

func (t *comms) add(c *comm) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.open == nil {
		t.open = map[string]*comm{}
	}
	t.open[c.id] = c
}

func (t *comms) remove(id string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.open, id)
}

// end closes every channel and forgets the targets.
func (t *comms) end() {
	t.mu.Lock()
	open := t.open
	t.open, t.targets = nil, nil
	t.mu.Unlock()
	for _, c := range open {
		c.say("close", "", nil)
	}
}

// ID is the channel's id on the wire.
func (c *comm) ID() string { return c.id }

// Send sends data to the page.
func (c *comm) Send(data any) error { return c.say("msg", "", data) }

// Close ends the channel.
func (c *comm) Close(data any) error {
	c.l.comms.remove(c.id)
	return c.say("close", "", data)
}

func (c *comm) say(kind, target string, data any) error {
	if data == nil {
		data = struct{}{}
	}
	raw, err := json.Marshal(data)
	if err != nil {
		return err
	}
	to, ok := c.l.cfg.Screen.(interface{ comm(CommMessage) error })
	if !ok {
		return errNoPage
	}
	return to.comm(CommMessage{Kind: kind, ID: c.id, Target: target, Data: raw})
}

// comm sends a message to the page. It does not wait for what the cell printed before.
func (r remote) comm(m CommMessage) error { return r.c.peer.call(context.Background(), "comm", m, nil) }

// TypeAhead puts a line before what cells read from standard input.
func (l *Local) TypeAhead(line string) {
	if to, ok := l.cfg.Screen.(interface{ typeAhead(string) }); ok {
		to.typeAhead(line)
	}
}

func (r remote) typeAhead(line string) {
	if r.c.stdin != nil {
		r.c.stdin.put(line)
	}
}
