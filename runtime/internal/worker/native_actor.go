package worker

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"time"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/marshal"
	"github.com/goray/goray/runtime/internal/transport"
)

// nativeActor is an actor of a cell. Its state is in this process, where calls are interpreted, or
// in a native program that has the methods, and moves between calls to where they take less time.
type nativeActor struct {
	n       *natives
	spec    *core.TaskSpec // of the constructor
	attempt int
	gpus    []int

	// calls is held for reading while a call runs, and for writing while the state moves.
	calls sync.RWMutex
	child *nativeChild // that has the state; nil: this process has it
	t     reflect.Type // of the state in this process; nil until it has been here

	mu    sync.Mutex
	paces [2]actorPace // interpreted and native, since the state came there
	moves int
	stuck bool // it stays where it is
}

// actorPace is how many calls have ended in a tier, and how long they took together.
type actorPace struct {
	calls int
	took  time.Duration
}

func (p actorPace) mean() time.Duration { return p.took / time.Duration(max(p.calls, 1)) }

const (
	// moveAfter is how long calls are interpreted before it is asked whether the state should move,
	// and moveMean how long one must take at least: a shorter one takes longer natively, for the way
	// to the program and back.
	moveAfter = 2 * time.Millisecond
	moveMean  = 100 * time.Microsecond
	// homeAfter is how many native calls show that they are, in the mean, too short to be native: trifling.
	homeAfter = 32
	// maxMoves bounds the moves of an actor whose calls differ much.
	maxMoves = 4
	// maxMove is how large a state may be, as it is copied; one that comes back because its calls are
	// short must be smaller than maxHome.
	maxMove, maxHome = 256 << 20, 1 << 20
	// moveRetry is how often a move is tried that has to wait for the calls that run.
	moveRetry = time.Millisecond
)

// home is the actor that a call is for, if its class may be native.
func (n *natives) home(j *job) *nativeActor {
	if n == nil || j.spec.Kind != core.ActorCall {
		return nil
	}
	return n.actor
}

// startActor runs the constructor natively if the program is there. ok is false when it must run
// here.
func (n *natives) startActor(b *core.NativeBuild, j *job) (first *transport.Stored, more []*transport.Stored, ok bool) {
	if j.spec.Func == nil || j.spec.Func.Native == "" || j.spec.Tier == core.TierInterpreted {
		return nil, nil, false
	}
	a := &nativeActor{n: n, spec: j.spec, attempt: j.attempt, gpus: j.gpus}
	n.actor = a
	if b == nil {
		return nil, nil, false
	}
	c := a.program(b)
	if c == nil {
		return nil, nil, false
	}
	r := c.run(j)
	if r.refused() && !shared(j.values) {
		c.end()
		a.stay(b, r.first.Failure.Text)
		return nil, nil, false
	}
	if r.first.Failure == nil {
		a.live(c)
		n.p.become(j.spec, reflect.Value{})
	}
	return r.first, r.more, true
}

// program starts the native program; nil when it does not start.
func (a *nativeActor) program(b *core.NativeBuild) *nativeChild {
	a.n.mu.Lock()
	c, err := a.n.start(b, a.spec.Func)
	a.n.mu.Unlock()
	if err != nil {
		a.stay(b, err.Error())
		return nil
	}
	return c
}

// stay keeps the state in this process from now on.
func (a *nativeActor) stay(b *core.NativeBuild, why string) {
	a.mu.Lock()
	a.stuck = true
	a.mu.Unlock()
	if why != "" {
		a.n.failed(a.spec.Func.Native, b, why)
	}
}

// shared says whether values lie in shared memory: a program that has taken them does not give
// them back.
func shared(values []*transport.Stored) bool {
	for _, v := range values {
		if v != nil && v.Shared {
			return true
		}
	}
	return false
}

// call runs a call where the state is.
func (a *nativeActor) call(j *job) (first *transport.Stored, more []*transport.Stored) {
	a.consider()
	a.calls.RLock()
	if a.child != nil && j.spec.Func != nil { // no method by its name: the program does not have it
		a.calls.RUnlock()
		if err := a.bringHome(&j.ctx); err != nil {
			return a.cannot(j, err), nil
		}
		a.calls.RLock()
	}
	start := time.Now()
	if a.child == nil {
		defer a.calls.RUnlock() // also when the call ends its goroutine
		first, more = a.n.p.here(j)
		a.note(core.TierInterpreted, time.Since(start))
		return first, more
	}
	r := a.child.run(j)
	a.calls.RUnlock()
	a.note(core.TierNative, time.Since(start))
	if !r.refused() || shared(j.values) {
		return r.first, r.more
	}
	// Something of a type that the program does not know, and the interpreter does.
	if err := a.bringHome(&j.ctx); err != nil {
		return a.cannot(j, err), nil
	}
	return a.call(j)
}

func (a *nativeActor) cannot(j *job, err error) *transport.Stored {
	call := Call{Spec: j.spec, Attempt: j.attempt, Node: a.n.p.info.NodeID}
	kind := core.BadCall
	if errors.Is(err, context.Canceled) {
		kind = core.Cancelled
	}
	return &transport.Stored{Failure: call.failure(kind, fmt.Sprintf("the call needs the interpreter, and the actor is native: %v; give ray.Interpreted to the actor", err))}
}

func (a *nativeActor) note(tier core.Tier, took time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	p := &a.paces[0]
	if tier == core.TierNative {
		p = &a.paces[1]
	}
	p.calls++
	p.took += took
}

// consider moves the state if its calls would take less time elsewhere and none runs.
func (a *nativeActor) consider() {
	a.mu.Lock()
	interpreted, native := a.paces[0], a.paces[1]
	idle := a.stuck || a.moves >= maxMoves
	a.mu.Unlock()
	away := a.spec.Tier == core.TierNative || interpreted.took >= moveAfter && interpreted.mean() >= max(moveMean, native.mean())
	back := a.spec.Tier == core.TierAuto && native.calls >= homeAfter && native.mean() < trifling && (interpreted.calls == 0 || interpreted.mean() < native.mean())
	if idle || !away && !back || !a.calls.TryLock() {
		return
	}
	defer a.calls.Unlock()
	switch {
	case a.child == nil && away:
		a.moveOut()
	case a.child != nil && back:
		if a.moveBack(maxHome) != nil {
			a.stay(nil, "") // it is too large: as fast as it can be
		}
	}
}

// bringHome brings the state to this process, when the calls that run have ended, and lets it stay.
func (a *nativeActor) bringHome(ctx context.Context) error {
	a.mu.Lock()
	a.stuck = true
	a.mu.Unlock()
	for !a.calls.TryLock() { // Lock would keep calls out that a running one may wait for
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(moveRetry):
		}
	}
	defer a.calls.Unlock()
	if a.child == nil {
		return nil
	}
	return a.moveBack(maxMove)
}

// moveOut gives the state to a native program, if there is one. The caller holds calls.
func (a *nativeActor) moveOut() {
	b := a.n.build(a.spec)
	if b == nil {
		return
	}
	p := a.n.p
	state, err := marshal.EncodeState(p.state, maxMove)
	if err != nil {
		a.stay(b, fmt.Sprintf("its state cannot move between processes: %v", err))
		return
	}
	c := a.program(b)
	if c == nil {
		return
	}
	done := c.expect(a.spec.ID)
	spec := *a.spec
	spec.Args = nil
	c.conn.Send(transport.Adopt, uint64(spec.ID), func(w *transport.Writer) {
		w.Uint(uint64(a.attempt))
		w.Uint(uint64(len(a.gpus)))
		for _, g := range a.gpus {
			w.Uint(uint64(g))
		}
		w.Spec(&spec, nil)
		w.Stored(&transport.Stored{Flat: marshal.Flatten(&state), Refs: state.Refs})
	})
	c.conn.Flush()
	if _, err := c.answer(done); err != nil {
		c.end()
		a.stay(b, fmt.Sprintf("its state cannot move to the program: %v", err))
		return
	}
	a.t = p.state.Type()
	p.settle(reflect.Value{})
	a.moved(c)
}

// moveBack brings the state to this process, unless it is larger than limit. The caller holds calls.
func (a *nativeActor) moveBack(limit int64) error {
	p := a.n.p
	if a.t == nil {
		ctor, err := marshal.Resolve(a.spec.Func, p.Code)
		if err != nil {
			return err
		}
		if a.t = ctor.Type().Out(0); a.t.Kind() != reflect.Pointer {
			a.t = reflect.PointerTo(a.t)
		}
	}
	done := a.child.expect(a.spec.ID)
	a.child.conn.Send(transport.Yield, uint64(a.spec.ID), func(w *transport.Writer) { w.Uint(uint64(limit)) })
	a.child.conn.Flush()
	stored, err := a.child.answer(done)
	if err != nil {
		return err
	}
	state, err := stateOf(stored, a.t)
	if err != nil {
		return err
	}
	p.settle(state)
	p.counts.flush() // before the program's own references go
	a.child.end()
	a.moved(nil)
	return nil
}

// live makes a program the home: when it ends, the actor does.
func (a *nativeActor) live(c *nativeChild) {
	a.n.mu.Lock()
	defer a.n.mu.Unlock()
	a.child, c.home = c, true
}

// exited ends the actor, which has ended itself, when the results of its calls are on their way. Calls
// that have come to the program since then never begin.
func (c *nativeChild) exited() {
	p := c.n.p
	_ = p.ExitActor(0) // nothing begins here any more; it cannot fail
	for {
		p.mu.Lock()
		running := len(p.running)
		p.mu.Unlock()
		c.n.mu.Lock()
		waiting := len(c.tasks)
		c.n.mu.Unlock()
		if running <= waiting {
			break
		}
		time.Sleep(moveRetry)
	}
	p.conn.Send(transport.Exited, uint64(p.actor), nil)
	p.conn.Flush()
}

// moved notes where the state is now.
func (a *nativeActor) moved(to *nativeChild) {
	if a.child = to; to != nil {
		a.live(to)
	}
	a.mu.Lock()
	a.moves++
	if to == nil {
		a.paces[0] = actorPace{}
	} else {
		a.paces[1] = actorPace{}
	}
	a.mu.Unlock()
	go a.n.p.collect() // for the references of the old state
}

// settle makes state that of this process's actor; none, if it is elsewhere.
func (p *Process) settle(state reflect.Value) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.state = state
	p.methods.forget()
}

// stateOf decodes a state.
func stateOf(s *transport.Stored, t reflect.Type) (reflect.Value, error) {
	v, err := s.Value(nil)
	if err != nil {
		return reflect.Value{}, err
	}
	return marshal.DecodeState(v, t)
}

// answer waits for what a program says about the state.
func (c *nativeChild) answer(done chan nativeResult) (*transport.Stored, error) {
	c.n.p.readNow() // what the program asks the driver passes through here
	select {
	case r := <-done:
		if f := r.first.Failure; f != nil {
			return nil, errors.New(f.Text)
		}
		return r.first, nil
	case <-c.gone:
		return nil, errors.New("its process ended")
	}
}
