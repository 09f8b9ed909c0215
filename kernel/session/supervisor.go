package session

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/goray/goray/kernel/engine"
)

// Sink is where the output of cells goes. Its methods are called from several goroutines, the
// calls of one goroutine of a cell in their order.
type Sink interface {
	// Begin gives the process's own streams to a run.
	Begin(run uint64)
	// Stream is what a run prints on "stdout" or "stderr"; run 0 is what comes through the
	// process's own streams. The text is valid during the call.
	Stream(run uint64, name string, text []byte)
	Show(Shown)
	Clear(run uint64, wait bool)
	Input(ctx context.Context, run uint64, prompt string, password bool) (string, error)
}

// Supervisor keeps a child alive and runs cells in it.
type Supervisor struct {
	start func() (*Process, error)
	sink  Sink
	ctx   context.Context
	close context.CancelFunc
	wg    sync.WaitGroup

	limit atomic.Int64 // of the child's memory

	mu    sync.Mutex
	now   *attempt // the child of now; nil after one that failed
	runs  uint64
	decls declarations
	names []string // variables in the child

	image   *image   // the newest of the child's
	revived revival  // what the child of now has of the one before
	died    *attempt // of which nobody was told
	begun   uint64   // the newest run that a child has begun

	relay debugRelay
}

// attempt is one child, from its start to its end.
type attempt struct {
	process *Process
	peer    *peer
	stdout  *output
	stderr  *output
	gasp    *gasp
	ready   chan struct{} // closed when it can run cells; it knows the declarations then
	ended   chan struct{} // closed when it has ended, and reason is set
	reason  string
	once    sync.Once

	mu     sync.Mutex
	cause  string       // why we ended it, if we did
	seen   memory       // when it was last looked at
	groups map[int]bool // process groups of the commands that it has started
}

// Supervise starts a child in the background.
func Supervise(start func() (*Process, error), sink Sink) *Supervisor {
	s := &Supervisor{start: start, sink: sink}
	s.ctx, s.close = context.WithCancel(context.Background())
	s.limit.Store(startLimit())
	s.mu.Lock()
	s.launch()
	s.mu.Unlock()
	return s
}

// launch starts a child; s.mu is held. A child that cannot be started has ended at once.
func (s *Supervisor) launch() *attempt {
	a := &attempt{ready: make(chan struct{}), ended: make(chan struct{}), groups: map[int]bool{}}
	p, err := s.start()
	if err != nil {
		a.reason = err.Error()
		close(a.ended)
		return a
	}
	a.process = p
	a.stdout = newOutput(p.Stdout, func(b []byte) { s.sink.Stream(0, "stdout", b) })
	a.gasp = &gasp{emit: func(b []byte) { s.sink.Stream(0, "stderr", b) }}
	a.stderr = newOutput(p.Stderr, a.gasp.take)
	a.peer = newPeer(p.Conn, func(kind string, body json.RawMessage) (any, error) { return s.handle(a, kind, body) })
	s.now = a
	s.wg.Go(func() { s.attend(a) })
	s.wg.Go(func() { s.watchMemory(a) })
	return a
}

// attend waits for the end of a child.
func (s *Supervisor) attend(a *attempt) {
	killed := killings()
	a.peer.run()
	state := a.process.end(closing + time.Second)
	a.endCommands()
	a.stdout.close()
	a.stderr.close()
	a.reason = a.epitaph(state, killings() > killed)
	if to, ok := s.sink.(CommSink); ok {
		to.CommsGone()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.now == a {
		s.now = nil
		if wasReady(a) {
			s.died = a
		}
		if wasReady(a) && s.ctx.Err() == nil {
			s.launch() // one that never was ready would fail again: the next cell tries
		}
	}
	close(a.ended)
}

func wasReady(a *attempt) bool {
	select {
	case <-a.ready:
		return true
	default:
		return false
	}
}

func (s *Supervisor) handle(a *attempt, kind string, body json.RawMessage) (any, error) {
	if kind == "ready" {
		a.once.Do(func() {
			s.restore(a)
			s.redebug(a)
			close(a.ready)
		})
		return welcome{limited{s.limit.Load()}, speaking{*spoken.Load()}}, nil
	}
	if kind == "print" { // from no goroutine that also writes to the pipes
		return ask(body, func(p printed) any { s.sink.Stream(p.Run, p.Name, p.Text); return nil })
	}
	if kind == "comm" {
		return ask(body, func(m CommMessage) any {
			if to, ok := s.sink.(CommSink); ok {
				to.Comm(m)
			}
			return nil
		})
	}
	if kind == "command" {
		return ask(body, func(c commandRuns) any { a.commandRuns(c); return nil })
	}
	if kind == "language" {
		return ask(body, func(l speaking) any { speak(l.Language); return nil })
	}
	if kind == "limit" {
		return ask(body, func(l limited) any { s.limit.Store(l.Bytes); return nil })
	}
	if kind == "debug event" {
		return ask(body, func(e json.RawMessage) any { return s.debugEvent(e) })
	}
	if kind == "image" {
		return ask(body, func(im image) any { s.keepImage(&im); return nil })
	}
	a.drain()
	switch kind {
	case "begin":
		return ask(body, func(b begun) any {
			s.mu.Lock()
			s.begun = b.Run
			s.mu.Unlock()
			s.sink.Begin(b.Run)
			return nil
		})
	case "display":
		return ask(body, func(v Shown) any { s.sink.Show(v); return nil })
	case "clear":
		return ask(body, func(v clearing) any { s.sink.Clear(v.Run, v.Wait); return nil })
	case "input":
		var q question
		if err := json.Unmarshal(body, &q); err != nil {
			return nil, err
		}
		ctx, cancel := context.WithCancel(s.ctx)
		defer cancel()
		go func() {
			select {
			case <-a.peer.done:
				cancel()
			case <-ctx.Done():
			}
		}()
		return s.sink.Input(ctx, q.Run, q.Prompt, q.Password)
	}
	return nil, fmt.Errorf("session: no request %q", kind)
}

func (a *attempt) drain() {
	a.stdout.drain()
	a.stderr.drain()
	a.gasp.release()
}

// child returns a child that can run cells.
func (s *Supervisor) child(ctx context.Context) (*attempt, error) {
	s.mu.Lock()
	a := s.now
	if a == nil && s.ctx.Err() == nil {
		a = s.launch()
	}
	s.mu.Unlock()
	if a == nil {
		return nil, errPeerGone
	}
	select {
	case <-a.ready:
		return a, nil
	case <-a.ended:
		return a, errors.New(a.reason)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Run runs a cell. When ctx ends, the cell is interrupted; it is the child that ends it. There is
// always an answer.
func (s *Supervisor) Run(ctx context.Context, r Request) Finished {
	a, err := s.child(ctx)
	s.mourn(r.Run)
	switch {
	case ctx.Err() != nil:
		return Finished{Failure: newFailure(engine.ErrInterrupted)}
	case err != nil:
		return Finished{Failure: newFailure(&SessionError{Reason: "the session process does not start: " + err.Error()})}
	}
	s.mu.Lock()
	if r.Run == 0 {
		s.runs++
		r.Run = s.runs
	}
	s.mu.Unlock()
	stop := context.AfterFunc(ctx, func() { a.peer.send("interrupt", interrupt{r.Run}) })
	defer stop()
	var f Finished
	err = a.peer.call(context.Background(), "execute", r, &f)
	if err != nil && !gone(err) {
		return Finished{Failure: newFailure(err)}
	}
	if err != nil {
		<-a.ended
		s.mu.Lock()
		untouched := !r.Side && s.begun != r.Run && s.died == a
		s.mu.Unlock()
		if untouched { // the child had ended before the cell came
			return s.Run(ctx, r)
		}
		return Finished{Failure: newFailure(s.bury(a, r.Number))}
	}
	a.drain()
	// The cell may have ended because of the interrupt before it was told: its question had no answer.
	if ctx.Err() != nil && (f.Failure == nil || strings.Contains(f.Failure.Value, context.Canceled.Error())) {
		f.Failure, f.Result = newFailure(engine.ErrInterrupted), nil
	}
	s.mu.Lock()
	s.names = f.Variables
	s.declared(f)
	s.mu.Unlock()
	return f
}

// Kill ends the child of now, for cells that do not stop; Run reports it.
func (s *Supervisor) Kill() {
	s.mu.Lock()
	a := s.now
	s.mu.Unlock()
	if a != nil {
		a.kill("a person ended it, as the cell did not stop")
	}
}

// Complete, Inspect and IsComplete ask the child, also while a cell runs.
func (s *Supervisor) Complete(ctx context.Context, source string, cursor int) (c engine.Completions, err error) {
	err = s.query(ctx, "complete", position{Source: source, Cursor: cursor}, &c)
	return c, err
}

// Inspect describes what is at cursor.
func (s *Supervisor) Inspect(ctx context.Context, source string, cursor, detail int) (engine.Inspection, bool, error) {
	var in inspected
	err := s.query(ctx, "inspect", position{source, cursor, detail}, &in)
	return in.Inspection, in.Found, err
}

// IsComplete says whether source can be run as it is.
func (s *Supervisor) IsComplete(ctx context.Context, source string) (engine.Completeness, string, error) {
	var c completeness
	err := s.query(ctx, "complete?", position{Source: source}, &c)
	return c.Status, c.Indent, err
}

func (s *Supervisor) query(ctx context.Context, kind string, body, reply any) error {
	a, err := s.child(ctx)
	if err != nil {
		return err
	}
	return a.peer.call(ctx, kind, body, reply)
}

// Close ends the child and returns when it has ended.
func (s *Supervisor) Close() {
	s.mu.Lock()
	s.close()
	a := s.now
	s.mu.Unlock()
	if a != nil {
		a.peer.close()
	}
	s.wg.Wait()
}
