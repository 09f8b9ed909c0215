package ray

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// ErrBarrierBroken: a party left the barrier while others waited.
var ErrBarrierBroken = errors.New("ray: the barrier is broken: a party that waited has left; make a new one")

// Barrier lets n tasks wait for each other, again and again: pass it as an argument.
type Barrier struct {
	actor ActorHandle[parties]
}

// NewBarrier makes a barrier for n parties. The options are those of the actor behind it.
func NewBarrier(n int, opts ...Option) Barrier {
	all := append([]Option{MaxConcurrency(max(n, 1) + waitersAtOnce)}, opts...)
	return Barrier{actor: Actor[parties](newParties).Options(all...).Remote(n)}
}

// Wait returns when n parties wait, with the order in which this one came: 0 was the first. It
// obeys the interrupt of the running cell.
func (b Barrier) Wait() (int, error) { return b.WaitContext(nil) }

// WaitContext is Wait that obeys ctx: when it ends the barrier is broken for all (ErrBarrierBroken).
func (b Barrier) WaitContext(ctx context.Context) (int, error) {
	ctx = orAmbient(ctx)
	ticket := newTicket()
	for {
		place, err := GetContext(ctx, Call[int](b.actor, (*parties).Wait, ticket, waitSlice))
		switch {
		case err == nil && place >= 0:
			return place, nil
		case ctx.Err() != nil:
			Call[any](b.actor, (*parties).Leave, ticket)
			return 0, err
		case err != nil:
			return 0, causeOf(err)
		}
	}
}

// parties is the state of a barrier's actor.
type parties struct {
	gate
	n      int
	here   map[uint64]int // who waits, by ticket, in the order of their coming
	passed map[uint64]int // of the last rounds, who does not know of it yet
	broken bool
}

func newParties(n int) (*parties, error) {
	if n < 1 {
		return nil, fmt.Errorf("the barrier is for %d parties; give it at least 1", n)
	}
	return &parties{n: n, here: map[uint64]int{}, passed: map[uint64]int{}}, nil
}

// Wait returns the place of the ticket's party when all have come, and -1 when they have not
// within d: the party still counts, and asks again.
func (p *parties) Wait(ctx context.Context, ticket uint64, d time.Duration) (int, error) {
	place := -1
	ok := p.await(ctx, d, func() bool {
		if at, done := p.passed[ticket]; done {
			delete(p.passed, ticket)
			place = at
			return true
		}
		if p.broken {
			return true
		}
		if _, waits := p.here[ticket]; !waits {
			p.here[ticket] = len(p.here)
		}
		if len(p.here) < p.n {
			return false
		}
		for t, at := range p.here {
			p.passed[t] = at
		}
		clear(p.here)
		place = p.passed[ticket]
		delete(p.passed, ticket)
		return true
	})
	if ok && place < 0 {
		return 0, ErrBarrierBroken
	}
	return place, nil
}

// Leave breaks the barrier, unless the party's round is complete.
func (p *parties) Leave(ticket uint64) {
	p.change(func() {
		if _, done := p.passed[ticket]; done {
			delete(p.passed, ticket)
			return
		}
		p.broken = true
	})
}
