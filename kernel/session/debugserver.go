package session

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/goray/goray/kernel/engine"
)

// The debug adapter protocol, in the process in which cells run. The kernel passes requests on as
// they come, one at a time, and events back.

// debugRequest is a request of the protocol.
type debugRequest struct {
	Seq       int             `json:"seq"`
	Type      string          `json:"type"`
	Command   string          `json:"command"`
	Arguments json.RawMessage `json:"arguments,omitempty"`
}

// debugResponse is the answer to one.
type debugResponse struct {
	Seq        int    `json:"seq"`
	Type       string `json:"type"`
	RequestSeq int    `json:"request_seq"`
	Success    bool   `json:"success"`
	Command    string `json:"command"`
	Message    string `json:"message,omitempty"`
	Body       any    `json:"body"`
}

type debugEvent struct {
	Seq   int            `json:"seq"`
	Type  string         `json:"type"`
	Event string         `json:"event"`
	Body  map[string]any `json:"body"`
}

// looking bounds how long values may take to say what they are.
const looking = 5 * time.Second

// debugServer answers a client's requests.
type debugServer struct {
	local *Local
	send  func(kind string, body any) error // to the kernel; returns when it is handled
	print func(cell engine.Cell, text string)

	serving sync.Mutex // one request at a time
	frames  map[int]debugCall

	referring sync.Mutex // a look that took too long may go on beside a request
	refs      map[int]debugRef
	last      int // reference or frame

	mu      sync.Mutex
	started bool             // between initialize and disconnect
	eng     engine.Debugger  // that is debugged
	debug   engine.Debugging // nil before attach
	sources map[string]debugSource
	points  map[string][]sourcePoint // as asked for
	filters []string                 // of panics
	stopped map[int]engine.DebugEvent
	seq     int
	events  []debugEvent
	sending bool
}

type debugSource struct{ text, name string }

// debugRef is what a variablesReference stands for.
type debugRef struct {
	frame engine.DebugFrame // in which expressions are evaluated; nil for the session
	scope func() []debugChild
	value debugChild
}

// debugCall is a frame that a client knows by its number.
type debugCall struct {
	thread int
	frame  engine.DebugFrame
}

func newDebugServer(l *Local, send func(kind string, body any) error, print func(engine.Cell, string)) *debugServer {
	return &debugServer{local: l, send: send, print: print, refs: map[int]debugRef{}, frames: map[int]debugCall{}, sources: map[string]debugSource{},
		points: map[string][]sourcePoint{}, stopped: map[int]engine.DebugEvent{}}
}

// path names the source of a cell that is about to run. It makes the source known, and debugs the
// session's engine where that is a new one.
func (s *debugServer) path(number int, source string) string {
	if s == nil {
		return ""
	}
	p := debugPath(source)
	s.mu.Lock()
	defer s.mu.Unlock()
	name := "scratch"
	if number > 0 {
		name = fmt.Sprintf("In[%d]", number)
	}
	_, known := s.sources[p]
	s.sources[p] = debugSource{source, name}
	if s.debug == nil {
		return p
	}
	if now, ok := s.local.Engine().(engine.Debugger); ok && now != s.eng { // %reset and %undo make one
		s.debug.Close()
		s.clear()
		s.begin(now)
	} else if !known && len(s.points[p]) > 0 {
		s.place(p)
	}
	return p
}

// begin debugs an engine; s.mu is held.
func (s *debugServer) begin(eng engine.Debugger) error {
	d, err := eng.Debug(s.told)
	if err != nil {
		return err
	}
	s.eng, s.debug = eng, d
	for p := range s.points {
		s.place(p)
	}
	s.setPanics()
	return nil
}

// clear forgets what was stopped; s.mu is held.
func (s *debugServer) clear() {
	for id := range s.stopped {
		s.emit("continued", map[string]any{"threadId": id, "allThreadsContinued": true})
	}
	clear(s.stopped)
}

// told is the engine's event.
func (s *debugServer) told(e engine.DebugEvent) {
	if e.Kind == "output" {
		s.print(e.Cell, e.Text) // notebooks show no events; it is part of what the cell says
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch e.Kind {
	case "stopped":
		s.stopped[e.Thread] = e
		body := map[string]any{"reason": e.Reason, "threadId": e.Thread, "allThreadsStopped": len(s.stopped) == 1, "preserveFocusHint": false}
		if e.Text != "" {
			body["text"], body["description"] = e.Text, "Paused on a panic"
		}
		s.emit("stopped", body)
	case "continued":
		delete(s.stopped, e.Thread)
		s.emit("continued", map[string]any{"threadId": e.Thread, "allThreadsContinued": len(s.stopped) == 0})
	case "output":
		s.emit("output", map[string]any{"category": "console", "output": e.Text})
	}
}

// emit sends an event, after those before it; s.mu is held.
func (s *debugServer) emit(name string, body map[string]any) {
	s.seq++
	s.events = append(s.events, debugEvent{s.seq, "event", name, body})
	if s.sending {
		return
	}
	s.sending = true
	go func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		for len(s.events) > 0 {
			e := s.events[0]
			s.events = s.events[1:]
			s.mu.Unlock()
			s.send("debug event", e)
			s.mu.Lock()
		}
		s.sending = false
	}()
}

// handle answers a request.
func (s *debugServer) handle(q debugRequest) debugResponse {
	s.serving.Lock()
	defer s.serving.Unlock()
	r := debugResponse{Type: "response", RequestSeq: q.Seq, Command: q.Command}
	h, ok := debugHandlers[q.Command]
	body, err := any(nil), fmt.Errorf("goray's debugger has no request %q", q.Command)
	if ok {
		err = nil
		if h.needs && !s.attached() {
			err = fmt.Errorf("%s: no debugger is attached; send initialize and attach first", q.Command)
		} else {
			ctx, cancel := context.WithTimeout(context.Background(), 2*looking)
			body, err = guard(func() (any, error) { return h.run(s, ctx, q.Arguments) })
			cancel()
		}
	}
	r.Success = err == nil
	if r.Body = body; body == nil {
		r.Body = map[string]any{}
	}
	if err != nil {
		r.Message = err.Error()
	}
	s.mu.Lock()
	s.seq++
	r.Seq = s.seq
	s.mu.Unlock()
	return r
}

func (s *debugServer) attached() bool { return s.debugging() != nil }

func (s *debugServer) debugging() engine.Debugging {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.debug
}

// debugHandler answers a command; needs says that it needs an attached client.
type debugHandler struct {
	needs bool
	run   func(s *debugServer, ctx context.Context, args json.RawMessage) (any, error)
}

// handler is one whose arguments are of type T.
func handler[T any](needs bool, f func(s *debugServer, ctx context.Context, args T) (any, error)) debugHandler {
	return debugHandler{needs, func(s *debugServer, ctx context.Context, raw json.RawMessage) (any, error) {
		var args T
		if len(raw) > 0 {
			if err := json.Unmarshal(raw, &args); err != nil {
				return nil, fmt.Errorf("the arguments are of another form: %w", err)
			}
		}
		return f(s, ctx, args)
	}}
}

var debugHandlers map[string]debugHandler

func init() {
	debugHandlers = map[string]debugHandler{
		"initialize":              handler(false, (*debugServer).initialize),
		"attach":                  handler(false, (*debugServer).attach),
		"disconnect":              handler(false, (*debugServer).disconnect),
		"debugInfo":               handler(false, (*debugServer).debugInfo),
		"dumpCell":                handler(false, (*debugServer).dumpCell),
		"configurationDone":       handler(false, (*debugServer).configurationDone),
		"setBreakpoints":          handler(false, (*debugServer).setBreakpoints),
		"setExceptionBreakpoints": handler(false, (*debugServer).setExceptionBreakpoints),
		"source":                  handler(false, (*debugServer).source),
		"modules":                 handler(false, (*debugServer).modules),
		"inspectVariables":        handler(false, (*debugServer).inspectVariables),
		"richInspectVariables":    handler(false, (*debugServer).richInspectVariables),
		"variables":               handler(false, (*debugServer).variables),
		"threads":                 handler(true, (*debugServer).threads),
		"stackTrace":              handler(true, (*debugServer).stackTrace),
		"scopes":                  handler(true, (*debugServer).scopes),
		"setVariable":             handler(true, (*debugServer).setVariable),
		"setExpression":           handler(true, (*debugServer).setExpression),
		"evaluate":                handler(true, (*debugServer).evaluate),
		"copyToGlobals":           handler(true, (*debugServer).copyToGlobals),
		"exceptionInfo":           handler(true, (*debugServer).exceptionInfo),
		"continue":                resumption(engine.Continue),
		"next":                    resumption(engine.StepOver),
		"stepIn":                  resumption(engine.StepIn),
		"stepOut":                 resumption(engine.StepOut),
		"pause":                   handler(true, (*debugServer).pause),
	}
}
