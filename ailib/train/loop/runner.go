package loop

import (
	"context"
	"errors"
	"maps"
	"os"
	"reflect"
	"sync"
	"time"

	"github.com/goray/goray/runtime/ray"
)

// ErrStopped is what Report returns once the driver has decided that the
// function shall end. Its context ends at the same moment.
var ErrStopped = errors.New("stopped by the driver; return now")

// Runner is an actor that runs one function.
type Runner struct {
	spec Spec
	fn   reflect.Value

	events  chan Event
	replies chan Reply
	done    chan struct{} // closed when the function has ended

	mu        sync.Mutex // guards what follows: Report may be called by several goroutines
	started   time.Time
	iteration int
	stopped   bool
	cancel    context.CancelCauseFunc

	awaiting bool // an event was handed out whose reply is due; of Next only
}

// NewRunner is the actor's constructor.
func NewRunner(spec Spec) (*Runner, error) {
	f, err := spec.Func.Value()
	if err != nil {
		return nil, err
	}
	return &Runner{
		spec: spec, fn: reflect.ValueOf(f),
		events: make(chan Event), replies: make(chan Reply), done: make(chan struct{}),
	}, nil
}

type runnerKey struct{}

// From returns the runner whose function was given ctx, and nil elsewhere.
func From(ctx context.Context) *Runner {
	r, _ := ctx.Value(runnerKey{}).(*Runner)
	return r
}

// Spec returns what the runner was made with.
func (r *Runner) Spec() Spec { return r.spec }

// Run calls the function and returns when it has ended.
func (r *Runner) Run(ctx context.Context) (Outcome, error) {
	defer close(r.done) // also when the function panics
	ctx, cancel := context.WithCancelCause(context.WithValue(ctx, runnerKey{}, r))
	defer cancel(nil)
	r.mu.Lock()
	r.started, r.cancel = time.Now(), cancel
	r.mu.Unlock()
	return call(ctx, r.fn, r.spec.Config)
}

// Report hands an event to the driver and waits for the reply.
func (r *Runner) Report(ctx context.Context, metrics map[string]float64, checkpoint string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stopped {
		return ErrStopped
	}
	r.iteration++
	e := Event{
		Metrics: maps.Clone(metrics), Iteration: r.iteration, Seconds: time.Since(r.started).Seconds(),
		Unix: time.Now().Unix(), Checkpoint: checkpoint, PID: os.Getpid(), Node: ray.CurrentContext(ctx).NodeID,
	}
	select {
	case r.events <- e:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	select {
	case reply := <-r.replies:
		if reply.Stop {
			r.stopped = true
			r.cancel(ErrStopped)
			return ErrStopped
		}
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Iteration returns how many reports the function has made.
func (r *Runner) Iteration() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.iteration
}

// Next gives the driver's reply to the event before, waits for the next event
// and returns it. The reply to no event, with the first call, is ignored.
func (r *Runner) Next(ctx context.Context, reply Reply) (Event, error) {
	if r.awaiting {
		select {
		case r.replies <- reply:
			r.awaiting = false
		case <-r.done:
			return Event{End: true}, nil
		case <-ctx.Done():
			return Event{}, ctx.Err()
		}
	}
	select {
	case e := <-r.events:
		r.awaiting = true
		return e, nil
	case <-r.done:
		return Event{End: true}, nil
	case <-ctx.Done():
		return Event{}, ctx.Err()
	}
}
