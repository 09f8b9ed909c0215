package collective

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/goray/goray/runtime/ray"
)

// ErrBroken: a member of the group died, left, or did nothing for the group's Timeout.
var ErrBroken = errors.New("collective: the group is broken")

// DefaultTimeout is how long a member waits for another one without any progress.
const DefaultTimeout = 30 * time.Second

// Group is a member's side of a group. Its calls come from one goroutine at a time; others wait.
type Group struct {
	name       string
	rank, size int
	timeout    time.Duration
	meeting    ray.ActorHandle[meeting] // keeps the meeting place while the group is in use
	net        *mesh

	mu   sync.Mutex // held by the running call
	stop func() bool
}

// Option changes how a group works.
type Option struct{ apply func(*Group) }

// Timeout sets how long a member waits for another one without any progress. Default: 30 s.
func Timeout(d time.Duration) Option { return Option{func(g *Group) { g.timeout = d }} }

// Join makes the caller the member rank, from 0, of a group of size members, and returns when all
// have joined. The group ends for this member with Close or with ctx; a task's context ends when
// the task is cancelled.
func Join(ctx context.Context, name string, size, rank int, opts ...Option) (*Group, error) {
	g := &Group{name: name, rank: rank, size: size, timeout: DefaultTimeout}
	for _, opt := range opts {
		if opt.apply != nil {
			opt.apply(g)
		}
	}
	switch {
	case name == "":
		return nil, errors.New("collective: the group has no name; give all members the same")
	case size < 1 || rank < 0 || rank >= size:
		return nil, fmt.Errorf("collective: rank %d of a group of %d; ranks go from 0 to size-1", rank, size)
	case g.timeout <= 0:
		return nil, fmt.Errorf("collective: the timeout is %v; give it more than 0", g.timeout)
	}
	host, err := hostAddress()
	if err != nil {
		return nil, err
	}
	if g.net, err = listen(host, rank, g.timeout); err != nil {
		return nil, fmt.Errorf("collective: %w", err)
	}
	if err := g.meet(ctx); err != nil {
		g.net.close(err)
		ray.Call[any](g.meeting, (*meeting).Leave, g.rank, g.net.address())
		g.net.routines.Wait()
		return nil, err
	}
	g.stop = context.AfterFunc(ctx, g.leave)
	return g, nil
}

// meet exchanges addresses with the other members.
func (g *Group) meet(ctx context.Context) error {
	g.meeting = ray.Actor[meeting](newMeeting).Options(
		ray.Name("collective/"+g.name), ray.GetIfExists(), ray.MaxConcurrency(g.size+1),
	).Remote(g.size)
	limit, cancel := context.WithTimeoutCause(ctx, g.timeout,
		fmt.Errorf("collective: group %q: not all of its %d members have joined within %v; start them all at the same time, give collective.Timeout, or another name if an older group of this name is still in use", g.name, g.size, g.timeout))
	defer cancel()
	for {
		call := ray.Call[place](g.meeting, (*meeting).Announce, g.rank, g.size, g.net.address(), waitSlice)
		at, err := ray.GetContext(limit, call)
		switch {
		case err == nil && at.Addresses != nil:
			if err := g.net.start(at.Addresses, at.Secret); err != nil {
				return fmt.Errorf("%w: %v: Join: %w; join a group of another name to go on", ErrBroken, g, err)
			}
			return nil
		case limit.Err() != nil && ctx.Err() == nil:
			return context.Cause(limit)
		case err != nil:
			return err
		}
	}
}

// Rank is this member's number, from 0.
func (g *Group) Rank() int { return g.rank }

// Size is the number of members.
func (g *Group) Size() int { return g.size }

// String names the group and the member: "collective(gradients, rank 2 of 4)".
func (g *Group) String() string {
	return fmt.Sprintf("collective(%s, rank %d of %d)", g.name, g.rank, g.size)
}

// Close leaves the group. Calls of members that still need this one return ErrBroken.
func (g *Group) Close() error {
	g.stop()
	g.leave()
	return nil
}

// leave lets the members that need nothing more of this one go on.
func (g *Group) leave() {
	if g.net.close(errLeft) == errLeft {
		ray.Call[any](g.meeting, (*meeting).Leave, g.rank, g.net.address())
	}
	g.net.routines.Wait()
}

// run does one call of the group; what fails breaks the group.
func (g *Group) run(op operation, f func() error) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if err := f(); err != nil {
		err = g.net.close(err)
		return fmt.Errorf("%w: %v: %s: %w; join a group of another name to go on", ErrBroken, g, op, err)
	}
	return nil
}

// hostAddress is where the other members reach this process.
func hostAddress() (string, error) {
	hosts := map[string]bool{}
	for _, n := range ray.Nodes() {
		if n.Alive {
			hosts[n.IP] = true
		}
	}
	if len(hosts) == 0 {
		return "", ray.ErrNotInitialized
	}
	if len(hosts) == 1 {
		return "127.0.0.1", nil // all members are on this machine
	}
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		return "", fmt.Errorf("collective: %w", err)
	}
	for _, a := range addresses {
		if n, ok := a.(*net.IPNet); ok && hosts[n.IP.String()] {
			return n.IP.String(), nil
		}
	}
	return "", fmt.Errorf("collective: none of this machine's addresses is a node's: %v", addresses)
}
