package loop

import (
	"context"
	"reflect"
	"sync"

	"github.com/goray/goray/runtime/ray"
)

// Runner is an actor that runs one function, once or several times in turn.
type Runner struct {
	fn reflect.Value

	mu       sync.Mutex
	sessions map[int]*Session // the last runs, by number
}

// NewRunner is the actor's constructor.
func NewRunner(f ray.Func) (*Runner, error) {
	fn, err := f.Value()
	if err != nil {
		return nil, err
	}
	return &Runner{fn: reflect.ValueOf(fn), sessions: map[int]*Session{}}, nil
}

// session returns the session of run n. Run and Next of one run may arrive in
// any order, so whoever comes first makes it.
func (r *Runner) session(n int) *Session {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.sessions[n]
	if s == nil {
		s = newSession()
		r.sessions[n] = s
		delete(r.sessions, n-2) // its driver has seen the end long ago
	}
	return s
}

// Run calls the function for the n-th time and returns when it has ended. Runs
// are numbered by the driver, each number used once, and follow each other.
func (r *Runner) Run(ctx context.Context, n int, spec Spec) (Outcome, error) {
	s := r.session(n)
	defer close(s.done) // also when the function panics
	ctx, cancel := context.WithCancelCause(context.WithValue(ctx, sessionKey{}, s))
	defer cancel(nil)
	s.begin(spec, cancel)
	return call(ctx, r.fn, spec.Config)
}

// Next gives the driver's reply to the event before, waits for the next event
// of run n and returns it. The reply of a run's first call is ignored.
func (r *Runner) Next(ctx context.Context, n int, reply Reply) (Event, error) {
	return r.session(n).next(ctx, reply)
}
