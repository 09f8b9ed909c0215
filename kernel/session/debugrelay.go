package session

import (
	"context"
	"encoding/json"
	"sync"

	"github.com/goray/goray/kernel/engine"
)

// DebugSink is a Sink that passes events of the debugger on.
type DebugSink interface {
	Sink
	// DebugEvent is an event of the debug adapter protocol, whole.
	DebugEvent(json.RawMessage)
}

// debugRelay is the kernel's end of the debugger. It remembers what a client has set up, for the
// child that takes over from one that dies.
type debugRelay struct {
	mu       sync.Mutex
	attached bool
	setup    []debugRequest          // initialize, attach, and what came last of each other kind
	points   map[string]debugRequest // by path
	dumped   map[string]debugRequest // by path
	stopped  map[int]bool            // threads
}

// Debug asks the child's debugger; request and reply are messages of the debug adapter protocol.
func (s *Supervisor) Debug(ctx context.Context, request json.RawMessage) (reply json.RawMessage, err error) {
	var q debugRequest
	if err := json.Unmarshal(request, &q); err != nil {
		return nil, err
	}
	if err := s.query(ctx, "debug", q, &reply); err != nil {
		return json.Marshal(debugResponse{Type: "response", RequestSeq: q.Seq, Command: q.Command, Message: err.Error(), Body: map[string]any{}})
	}
	var r debugResponse
	if json.Unmarshal(reply, &r) == nil && r.Success {
		s.relay.note(q, r.Body)
	}
	return reply, nil
}

// Debugged says whether a client is attached.
func (s *Supervisor) Debugged() bool {
	s.relay.mu.Lock()
	defer s.relay.mu.Unlock()
	return s.relay.attached
}

// note remembers a request that succeeded.
func (r *debugRelay) note(q debugRequest, body any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch q.Command {
	case "attach", "initialize", "setExceptionBreakpoints", "configurationDone":
		r.attached = r.attached || q.Command == "attach"
		for i, old := range r.setup {
			if old.Command == q.Command {
				r.setup[i] = q
				return
			}
		}
		r.setup = append(r.setup, q)
	case "setBreakpoints":
		var a struct {
			Source sourceRef `json:"source"`
		}
		if json.Unmarshal(q.Arguments, &a) == nil {
			if r.points == nil {
				r.points = map[string]debugRequest{}
			}
			r.points[a.Source.Path] = q
		}
	case "dumpCell":
		b, _ := body.(map[string]any)
		if path, ok := b["sourcePath"].(string); ok {
			if r.dumped == nil {
				r.dumped = map[string]debugRequest{}
			}
			r.dumped[path] = q
		}
	case "disconnect":
		r.attached, r.setup, r.points = false, nil, nil
		clear(r.stopped)
	}
}

// debugEvent passes an event on.
func (s *Supervisor) debugEvent(raw json.RawMessage) any {
	var e debugEvent
	if json.Unmarshal(raw, &e) == nil {
		id, _ := e.Body["threadId"].(float64)
		s.relay.mu.Lock()
		if s.relay.stopped == nil {
			s.relay.stopped = map[int]bool{}
		}
		switch e.Event {
		case "stopped":
			s.relay.stopped[int(id)] = true
		case "continued":
			delete(s.relay.stopped, int(id))
		}
		s.relay.mu.Unlock()
	}
	s.tellDebug(raw)
	return nil
}

func (s *Supervisor) tellDebug(raw json.RawMessage) {
	if to, ok := s.sink.(DebugSink); ok {
		to.DebugEvent(raw)
	}
}

// redebug sets up the debugger of a new child as that of the one before was.
func (s *Supervisor) redebug(a *attempt) {
	r := &s.relay
	r.mu.Lock()
	requests := append([]debugRequest(nil), r.setup...)
	for _, path := range sortedKeys(r.dumped) {
		requests = append(requests, r.dumped[path])
	}
	for _, path := range sortedKeys(r.points) {
		requests = append(requests, r.points[path])
	}
	var gone []int
	for id := range r.stopped {
		gone = append(gone, id)
	}
	clear(r.stopped)
	attached := r.attached
	r.mu.Unlock()
	for _, id := range gone { // they ended with their process
		if raw, err := json.Marshal(debugEvent{0, "event", "continued", map[string]any{"threadId": id, "allThreadsContinued": true}}); err == nil {
			s.tellDebug(raw)
		}
	}
	if !attached {
		return
	}
	for _, q := range requests {
		if a.peer.call(context.Background(), "debug", q, nil) != nil {
			return
		}
	}
}

// startDebug makes the child's end; c.local is set.
func (c *child) startDebug() {
	c.debug = newDebugServer(c.local,
		func(kind string, body any) error { return c.peer.call(context.Background(), kind, body, nil) },
		func(cell engine.Cell, text string) {
			if w := c.output(cell, "stdout"); w != nil {
				w.Write([]byte(text))
				return
			}
			c.peer.call(context.Background(), "print", printed{cell.Run, "stdout", []byte(text)}, nil)
		})
}
