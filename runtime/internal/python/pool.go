package python

import (
	"context"
	"errors"
	"sync"
)

// Pool keeps Python processes that have nothing to do, for the next call in the same environment.
type Pool struct {
	// Most bounds how many processes are kept; 0 is one.
	Most int

	mu   sync.Mutex
	idle []*Child // the one that was used last comes last
}

// Do runs a call in a process of the environment, an idle one or a new one.
func (p *Pool) Do(ctx context.Context, env Env, r Request) (any, error) {
	c, err := p.take(env)
	if err != nil {
		return nil, err
	}
	v, err := c.Do(ctx, r)
	if errors.Is(err, ErrEnded) {
		return nil, err
	}
	p.give(c)
	return v, err
}

func (p *Pool) take(env Env) (*Child, error) {
	p.mu.Lock()
	for i := len(p.idle) - 1; i >= 0; i-- {
		if c := p.idle[i]; c.env.key() == env.key() {
			p.idle = append(p.idle[:i], p.idle[i+1:]...)
			p.mu.Unlock()
			c.env.Path = env.Path
			return c, nil
		}
	}
	p.mu.Unlock()
	return Start(env)
}

func (p *Pool) give(c *Child) {
	c.mu.Lock()
	closed := c.closed
	c.mu.Unlock()
	if closed {
		return
	}
	p.mu.Lock()
	p.idle = append(p.idle, c)
	var drop []*Child
	if n := len(p.idle) - max(p.Most, 1); n > 0 {
		drop = append(drop, p.idle[:n]...)
		p.idle = append(p.idle[:0], p.idle[n:]...)
	}
	p.mu.Unlock()
	for _, d := range drop {
		_ = d.Close() // nobody uses it
	}
}

// Close ends the processes that have nothing to do.
func (p *Pool) Close() {
	p.mu.Lock()
	idle := p.idle
	p.idle = nil
	p.mu.Unlock()
	for _, c := range idle {
		_ = c.Close()
	}
}
