package ray

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"
)

// waitersAtOnce is how many calls of a queue, a semaphore or a barrier wait in its actor. More
// wait outside, and are let in as others leave: no call stays longer than waitSlice.
const (
	waitersAtOnce = 1000
	waitSlice     = time.Second
)

// slice is how long one call of a queue, a semaphore or a barrier stays in the actor.
func slice(wait bool) time.Duration {
	if wait {
		return waitSlice
	}
	return 0
}

// newTicket names a call to the actor, so that the caller can leave it.
func newTicket() uint64 { return rand.Uint64() }

// causeOf takes the trace of the runtime's own actor off an error that the caller made.
func causeOf(err error) error {
	var task *TaskError
	if errors.As(err, &task) && task.Unwrap() != nil {
		return task.Unwrap()
	}
	return err
}

// settlePatience is how long a caller whose context has ended waits for the actor to know.
const settlePatience = 50 * time.Millisecond

// settle lets a call that undoes another one be over before its caller goes on, usually: what the
// caller does next finds the state as if it had never asked.
func settle(undo ObjectRef[any]) {
	ctx, cancel := context.WithTimeout(context.Background(), settlePatience)
	defer cancel()
	_, _ = GetContext(ctx, undo)
}

// gate lets the calls of an actor wait for a condition of its state.
type gate struct {
	mu      sync.Mutex
	changed chan struct{} // closed with the next change; nil while nobody waits
}

// await tries until try succeeds, d has passed or ctx ends. It reports whether try has succeeded;
// try runs with the state locked, at least once unless ctx has ended.
func (g *gate) await(ctx context.Context, d time.Duration, try func() bool) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	for {
		g.mu.Lock()
		if ctx.Err() == nil && try() {
			g.broadcast()
			g.mu.Unlock()
			return true
		}
		if g.changed == nil {
			g.changed = make(chan struct{})
		}
		changed := g.changed
		g.mu.Unlock()
		if d == 0 {
			return false
		}
		select {
		case <-changed:
		case <-timer.C:
			return false
		case <-ctx.Done():
			return false
		}
	}
}

// change changes the state, and lets those that wait look again.
func (g *gate) change(f func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	f()
	g.broadcast()
}

func (g *gate) broadcast() {
	if g.changed != nil {
		close(g.changed)
		g.changed = nil
	}
}
