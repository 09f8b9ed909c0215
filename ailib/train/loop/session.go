package loop

import (
	"context"
	"errors"
	"maps"
	"os"
	"sync"
	"time"

	"github.com/goray/goray/runtime/ray"
)

// ErrStopped is what Report returns once the driver has decided that the
// function shall end. Its context ends at the same moment.
var ErrStopped = errors.New("stopped by the driver; return now")

// Session is one run of a function, as the function sees it.
type Session struct {
	events  chan Event
	replies chan Reply
	done    chan struct{} // closed when the function has ended

	mu        sync.Mutex // guards what follows: Report may be called by several goroutines
	spec      Spec
	started   time.Time
	iteration int
	stopped   bool
	cancel    context.CancelCauseFunc

	awaiting bool // an event was handed out whose reply is due; of next only
}

func newSession() *Session {
	return &Session{events: make(chan Event), replies: make(chan Reply), done: make(chan struct{})}
}

type sessionKey struct{}

// From returns the session whose function was given ctx, and nil elsewhere.
func From(ctx context.Context) *Session {
	s, _ := ctx.Value(sessionKey{}).(*Session)
	return s
}

func (s *Session) begin(spec Spec, cancel context.CancelCauseFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.spec, s.cancel, s.started = spec, cancel, time.Now()
}

// Spec returns what the run was started with.
func (s *Session) Spec() Spec {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.spec
}

// Iteration returns how many reports the function has made.
func (s *Session) Iteration() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.iteration
}

// Report hands an event to the driver and waits for the reply.
func (s *Session) Report(ctx context.Context, metrics map[string]float64, checkpoint string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		return ErrStopped
	}
	s.iteration++
	e := Event{
		Metrics: maps.Clone(metrics), Iteration: s.iteration, Seconds: time.Since(s.started).Seconds(),
		Unix: time.Now().Unix(), Checkpoint: checkpoint, PID: os.Getpid(), Node: ray.CurrentContext(ctx).NodeID,
	}
	select {
	case s.events <- e:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	select {
	case reply := <-s.replies:
		if reply.Stop {
			s.stopped = true
			s.cancel(ErrStopped)
			return ErrStopped
		}
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (s *Session) next(ctx context.Context, reply Reply) (Event, error) {
	if s.awaiting {
		select {
		case s.replies <- reply:
			s.awaiting = false
		case <-s.done:
			return Event{End: true}, nil
		case <-ctx.Done():
			return Event{}, ctx.Err()
		}
	}
	select {
	case e := <-s.events:
		s.awaiting = true
		return e, nil
	case <-s.done:
		return Event{End: true}, nil
	case <-ctx.Done():
		return Event{}, ctx.Err()
	}
}
