package kernel

import (
	"context"
	"encoding/json"
	"os"
	"sync"
	"time"

	"github.com/goray/goray/kernel/wire"
)

const (
	// debugWithin bounds a request to the debugger; expressions end before.
	debugWithin = 30 * time.Second
	// debugGrace is how long a debugged session waits for a client that has gone. Then it goes on
	// without one, so that no cell stays stopped for ever. GORAY_DEBUG_GRACE is another time.
	debugGrace = 30 * time.Second
)

// debuggers are the clients of the debugger, of which the kernel knows their connections.
type debuggers struct {
	requests chan *wire.Message

	mu      sync.Mutex
	clients map[string]bool // identities on control
	parent  *wire.Message   // the last request: events are published in its name
	timer   *time.Timer     // until the session goes on without a client
}

// serveDebug answers requests to the debugger, one after another, beside everything else: control
// must not wait for an expression.
func (k *Kernel) serveDebug() {
	for {
		select {
		case m := <-k.debug.requests:
			k.around(m, func() { k.srv.Reply(wire.Control, m, "debug_reply", k.debugReply(m.Content)) })
		case <-k.ctx.Done():
			return
		}
	}
}

// debugRequest takes a request; it never waits for the session.
func (k *Kernel) debugRequest(m *wire.Message) {
	d := &k.debug
	d.mu.Lock()
	if len(m.Identities) > 0 {
		if d.clients == nil {
			d.clients = map[string]bool{}
		}
		d.clients[string(m.Identities[0])] = true
	}
	d.parent = m
	if d.timer != nil {
		d.timer.Stop()
		d.timer = nil
	}
	d.mu.Unlock()
	select {
	case d.requests <- m:
	default:
		k.around(m, func() {
			k.srv.Reply(wire.Control, m, "debug_reply", map[string]any{"type": "response", "success": false, "message": "too many requests wait for the debugger", "body": map[string]any{}})
		})
	}
}

func (k *Kernel) debugReply(request json.RawMessage) any {
	ctx, cancel := context.WithTimeout(k.ctx, debugWithin)
	defer cancel()
	reply, err := k.session.Debug(ctx, request)
	if err != nil {
		return map[string]any{"type": "response", "success": false, "message": err.Error(), "body": map[string]any{}}
	}
	return reply
}

// clientLeft is told when a connection on control has ended.
func (k *Kernel) clientLeft(identity string) {
	d := &k.debug
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.clients[identity] {
		return
	}
	delete(d.clients, identity)
	if len(d.clients) > 0 || d.timer != nil || k.ctx.Err() != nil {
		return
	}
	grace, err := time.ParseDuration(os.Getenv("GORAY_DEBUG_GRACE"))
	if err != nil {
		grace = debugGrace
	}
	d.timer = time.AfterFunc(grace, func() {
		d.mu.Lock()
		left := len(d.clients) == 0
		d.timer = nil
		d.mu.Unlock()
		if left && k.ctx.Err() == nil && k.session.Debugged() {
			k.debugReply(json.RawMessage(`{"type": "request", "seq": 0, "command": "disconnect", "arguments": {}}`))
		}
	})
}

// stopDebug ends what waits for clients.
func (d *debuggers) stopDebug() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.timer != nil {
		d.timer.Stop()
		d.timer = nil
	}
}

// screen is where a session's output and the events of its debugger go.
type screen struct {
	*iopub
	k *Kernel
}

// DebugEvent publishes an event of the debugger, after what was printed before.
func (s screen) DebugEvent(event json.RawMessage) {
	s.k.debug.mu.Lock()
	parent := s.k.debug.parent
	s.k.debug.mu.Unlock()
	s.iopub.mu.Lock()
	defer s.iopub.mu.Unlock()
	s.iopub.send(s.iopub.owner, true)
	s.k.srv.Publish(parent, "debug_event", event)
}
