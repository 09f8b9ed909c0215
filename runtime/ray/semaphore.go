package ray

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// ErrNoPermit: a semaphore has too few permits left, and the call does not wait.
var ErrNoPermit = errors.New("ray: the semaphore has too few permits left; use Acquire, which waits")

// Semaphore limits how many tasks do something at the same time, wherever they run: pass it as an
// argument.
//
//	sem := ray.NewSemaphore(4)
//	… in a task: if err := sem.Acquire(1); err != nil { return err }; defer sem.Release(1)
//
// Permits are not bound to who took them: a task that dies with one takes it along.
type Semaphore struct {
	actor ActorHandle[permits]
}

// NewSemaphore makes a semaphore with n permits. The options are those of the actor behind it.
func NewSemaphore(n int, opts ...Option) Semaphore {
	all := append([]Option{MaxConcurrency(waitersAtOnce)}, opts...)
	return Semaphore{actor: Actor[permits](newPermits).Options(all...).Remote(n)}
}

// Acquire takes n permits, and waits until there are as many. It obeys the interrupt of the
// running cell.
func (s Semaphore) Acquire(n int) error { return s.acquire(nil, n, true) }

// AcquireContext is Acquire that obeys ctx: when it ends no permit has been taken.
func (s Semaphore) AcquireContext(ctx context.Context, n int) error { return s.acquire(ctx, n, true) }

// TryAcquire takes n permits, or returns ErrNoPermit.
func (s Semaphore) TryAcquire(n int) error { return s.acquire(nil, n, false) }

// Release gives n permits back. More than were taken are refused.
func (s Semaphore) Release(n int) error {
	_, err := Get(Call[any](s.actor, (*permits).Release, n))
	return causeOf(err)
}

func (s Semaphore) acquire(ctx context.Context, n int, wait bool) error {
	ctx = orAmbient(ctx)
	ticket := newTicket()
	for {
		ok, err := GetContext(ctx, Call[bool](s.actor, (*permits).Acquire, ticket, n, slice(wait)))
		switch {
		case err == nil && ok:
			return nil
		case ctx.Err() != nil:
			settle(Call[any](s.actor, (*permits).Leave, ticket))
			return err
		case err != nil:
			return causeOf(err)
		case !wait:
			return ErrNoPermit
		}
	}
}

// permits is the state of a semaphore's actor.
type permits struct {
	gate
	total, free int
	last        map[uint64]taken // of calls whose caller may still leave
}

// taken is what a call of Acquire took; negative for a call whose caller has left.
type taken struct {
	n  int
	at time.Time
}

func newPermits(n int) (*permits, error) {
	if n < 1 {
		return nil, fmt.Errorf("the semaphore has %d permits; give it at least 1", n)
	}
	return &permits{total: n, free: n, last: map[uint64]taken{}}, nil
}

// Acquire takes n permits when there are as many within d.
func (p *permits) Acquire(ctx context.Context, ticket uint64, n int, d time.Duration) (bool, error) {
	if n < 1 || n > p.total {
		return false, invalidCall("%d permits are asked of a semaphore that has %d; ask for 1 to %d", n, p.total, p.total)
	}
	return p.await(ctx, d, func() bool {
		if p.last[ticket].n < 0 || p.free < n {
			return false
		}
		p.free -= n
		p.remember(ticket, n)
		return true
	}), nil
}

// Release gives permits back.
func (p *permits) Release(n int) (err error) {
	p.change(func() {
		if n < 1 || p.free+n > p.total {
			err = invalidCall("%d permits are given back to a semaphore of %d with %d free; release what was acquired, once", n, p.total, p.free)
			return
		}
		p.free += n
	})
	return err
}

// Leave gives back what a call took whose caller does not know of it.
func (p *permits) Leave(ticket uint64) {
	p.change(func() {
		p.free += max(p.last[ticket].n, 0)
		p.remember(ticket, -1)
	})
}

func (p *permits) remember(ticket uint64, n int) {
	if len(p.last) > 2*waitersAtOnce {
		for t, l := range p.last {
			if time.Since(l.at) > handedFor {
				delete(p.last, t)
			}
		}
	}
	p.last[ticket] = taken{n, time.Now()}
}
