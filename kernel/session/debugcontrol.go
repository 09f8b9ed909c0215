package session

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/goray/goray/kernel/engine"
)

type nothing struct{}

// sourcePoint is a breakpoint as a client asks for it.
type sourcePoint struct {
	Line         int    `json:"line"`
	Condition    string `json:"condition,omitempty"`
	HitCondition string `json:"hitCondition,omitempty"`
	LogMessage   string `json:"logMessage,omitempty"`
}

// setPoint is a breakpoint as it was set.
type setPoint struct {
	ID       int       `json:"id"`
	Verified bool      `json:"verified"`
	Message  string    `json:"message,omitempty"`
	Line     int       `json:"line"`
	Source   sourceRef `json:"source"`
}

type sourceRef struct {
	Name string `json:"name,omitempty"`
	Path string `json:"path"`
}

func (s *debugServer) initialize(context.Context, nothing) (any, error) {
	if _, ok := s.local.Engine().(engine.Debugger); !ok {
		return nil, errors.New("the engine of this session cannot be debugged; the typed engine can (goray kernel --engine typed)")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.started = true
	yes := true
	return map[string]any{
		"supportsConfigurationDoneRequest": yes, "supportsConditionalBreakpoints": yes, "supportsHitConditionalBreakpoints": yes,
		"supportsLogPoints": yes, "supportsEvaluateForHovers": yes, "supportsSetVariable": yes, "supportsSetExpression": yes,
		"supportsExceptionInfoRequest": yes, "supportsModulesRequest": yes, "supportsDelayedStackTraceLoading": yes,
		"exceptionBreakpointFilters": []map[string]any{
			{"filter": "raised", "label": "Raised Panics", "default": false, "description": "Stop where a panic is raised, also one that is recovered"},
			{"filter": "uncaught", "label": "Uncaught Panics", "default": false, "description": "Stop where a panic is raised while no deferred call is pending that could recover it"},
		},
	}, nil
}

func (s *debugServer) attach(context.Context, nothing) (any, error) {
	eng, ok := s.local.Engine().(engine.Debugger)
	if !ok {
		return nil, errors.New("the engine of this session cannot be debugged")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.started = true
	if s.debug == nil { // a second client, or the same after a reload, joins
		if err := s.begin(eng); err != nil {
			return nil, err
		}
	}
	s.emit("initialized", map[string]any{})
	return nil, nil
}

func (s *debugServer) disconnect(context.Context, nothing) (any, error) {
	s.mu.Lock()
	d := s.debug
	s.debug, s.eng, s.started, s.filters = nil, nil, false, nil
	clear(s.points)
	s.clear()
	s.mu.Unlock()
	s.forget()
	if d != nil {
		d.Close()
	}
	return nil, nil
}

// forget drops frames and references. s.serving is held.
func (s *debugServer) forget() {
	s.referring.Lock()
	defer s.referring.Unlock()
	clear(s.refs)
	clear(s.frames)
}

func (s *debugServer) debugInfo(context.Context, nothing) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	points := []map[string]any{}
	for _, p := range sortedKeys(s.points) {
		list := []map[string]any{}
		for i, set := range s.resolve(p) {
			one := map[string]any{"line": set.Line}
			if c := s.points[p][i].Condition; c != "" {
				one["condition"] = c
			}
			list = append(list, one)
		}
		if len(list) > 0 {
			points = append(points, map[string]any{"source": p, "breakpoints": list})
		}
	}
	threads := []int{}
	for id := range s.stopped {
		threads = append(threads, id)
	}
	slices.Sort(threads)
	return map[string]any{
		"isStarted": s.started, "hashMethod": "Murmur2", "hashSeed": debugSeed, "tmpFilePrefix": debugPrefix(), "tmpFileSuffix": debugSuffix,
		"breakpoints": points, "stoppedThreads": threads, "richRendering": true, "exceptionPaths": []string{"Go panics"}, "copyToGlobals": true,
	}, nil
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func (s *debugServer) dumpCell(_ context.Context, a struct {
	Code string `json:"code"`
}) (any, error) {
	p := debugPath(a.Code)
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.sources[p]; !ok {
		s.sources[p] = debugSource{a.Code, "cell"}
	}
	return map[string]any{"sourcePath": p}, nil
}

func (s *debugServer) configurationDone(context.Context, nothing) (any, error) { return nil, nil }

func (s *debugServer) setBreakpoints(_ context.Context, a struct {
	Source      sourceRef     `json:"source"`
	Breakpoints []sourcePoint `json:"breakpoints"`
}) (any, error) {
	if a.Source.Path == "" {
		return nil, errors.New("setBreakpoints: the source has no path; dumpCell says which a cell has")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.points[a.Source.Path] = a.Breakpoints
	return map[string]any{"breakpoints": s.place(a.Source.Path)}, nil
}

// resolve finds the lines at which the breakpoints of a source stop; s.mu is held.
func (s *debugServer) resolve(path string) []setPoint {
	src, known := s.sources[path]
	eng, _ := s.local.Engine().(engine.Debugger)
	var lines []int
	if known && eng != nil {
		lines = debugLines(eng, src.text)
	}
	out := []setPoint{}
	for i, p := range s.points[path] {
		set := setPoint{ID: i + 1, Line: p.Line, Source: sourceRef{Path: path}}
		switch line, ok := nearest(lines, p.Line); {
		case !known:
			set.Message = "this source is not known yet; the breakpoint is set when a cell with it runs"
		case !ok:
			set.Message = "no statement of Go can stop here"
		default:
			set.Line, set.Verified = line, true
		}
		out = append(out, set)
	}
	return out
}

// place gives the breakpoints of a source to the engine; s.mu is held.
func (s *debugServer) place(path string) []setPoint {
	set := s.resolve(path)
	var points []engine.Breakpoint
	var index []int // into set
	for i, p := range s.points[path] {
		hit, err := hits(p.HitCondition)
		if err != nil {
			set[i].Verified, set[i].Message = false, err.Error()
		}
		if set[i].Verified {
			points = append(points, engine.Breakpoint{Line: set[i].Line, Condition: p.Condition, Hit: hit, Log: p.LogMessage})
			index = append(index, i)
		}
	}
	if s.debug != nil {
		for i, err := range s.debug.SetBreakpoints(path, points) {
			if err != nil {
				set[index[i]].Verified, set[index[i]].Message = false, err.Error()
			}
		}
	}
	return set
}

// hits reads a hit condition: "5" stops the fifth time, ">= 5" and "> 4" from then on, "% 5" every
// fifth time.
func hits(text string) (func(n int) bool, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return nil, nil
	}
	number := strings.TrimLeft(text, "=<>%")
	n, err := strconv.Atoi(strings.TrimSpace(number))
	if err != nil || n < 1 {
		return nil, fmt.Errorf("the hit condition %q is none of the forms 5, >= 5, > 4 and %% 5", text)
	}
	switch strings.TrimSuffix(text, number) {
	case "", "==":
		return func(i int) bool { return i == n }, nil
	case ">=":
		return func(i int) bool { return i >= n }, nil
	case ">":
		return func(i int) bool { return i > n }, nil
	case "<=":
		return func(i int) bool { return i <= n }, nil
	case "<":
		return func(i int) bool { return i < n }, nil
	case "%":
		return func(i int) bool { return i%n == 0 }, nil
	}
	return nil, fmt.Errorf("the hit condition %q is none of the forms 5, >= 5, > 4 and %% 5", text)
}

func (s *debugServer) setExceptionBreakpoints(_ context.Context, a struct {
	Filters []string `json:"filters"`
}) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.filters = a.Filters
	s.setPanics()
	return nil, nil
}

// setPanics tells the engine which panics stop; s.mu is held.
func (s *debugServer) setPanics() {
	if s.debug != nil {
		s.debug.SetPanics(slices.Contains(s.filters, "raised"), slices.Contains(s.filters, "uncaught"))
	}
}

type threadArgs struct {
	Thread int `json:"threadId"`
}

// resumption handles continue and the steps.
func resumption(how engine.Resumption) debugHandler {
	return handler(true, func(s *debugServer, _ context.Context, a threadArgs) (any, error) {
		s.mu.Lock()
		d := s.debug
		_, stopped := s.stopped[a.Thread]
		if !stopped && len(s.stopped) == 1 { // a client that lost its thread means the one there is
			for id := range s.stopped {
				a.Thread = id
			}
		}
		s.mu.Unlock()
		for n, f := range s.frames {
			if f.thread == a.Thread {
				delete(s.frames, n)
			}
		}
		// Before the thread goes on: its next stop must come after this.
		s.mu.Lock()
		was, ok := s.stopped[a.Thread]
		delete(s.stopped, a.Thread)
		all := len(s.stopped) == 0
		if ok {
			s.emit("continued", map[string]any{"threadId": a.Thread, "allThreadsContinued": all})
		}
		s.mu.Unlock()
		if all {
			s.forget()
		}
		if err := d.Resume(a.Thread, how); err != nil {
			if ok && s.stillStopped(d, a.Thread) {
				s.mu.Lock()
				s.stopped[a.Thread] = was
				s.mu.Unlock()
			}
			return nil, err
		}
		return map[string]any{"allThreadsContinued": all}, nil
	})
}

func (s *debugServer) stillStopped(d engine.Debugging, id int) bool {
	return slices.ContainsFunc(d.Threads(), func(t engine.DebugThread) bool { return t.ID == id && t.Stopped })
}

func (s *debugServer) pause(_ context.Context, a threadArgs) (any, error) {
	s.debugging().Pause(a.Thread)
	return nil, nil
}

func (s *debugServer) exceptionInfo(_ context.Context, a threadArgs) (any, error) {
	s.mu.Lock()
	e, ok := s.stopped[a.Thread]
	s.mu.Unlock()
	if !ok || e.Reason != "exception" {
		return nil, errors.New("exceptionInfo: the thread has not stopped for a panic")
	}
	return map[string]any{"exceptionId": fmt.Sprintf("%T", e.Panic), "description": e.Text, "breakMode": "always"}, nil
}
