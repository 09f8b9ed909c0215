package ray

import (
	"context"
	"errors"
	"iter"
	"reflect"
	"sync"
)

// ErrPoolEmpty is what an ActorPool's Next returns when every result has been taken.
var ErrPoolEmpty = errors.New("ray: the actor pool has no result left; Submit another call first")

// ActorPool spreads calls over a fixed set of actors: each has at most one call of the pool at a
// time, and further calls wait in the pool. T is the actors' state, R the result of the calls.
//
//	pool := ray.NewActorPool[Worker, int](a, b, c)
//	for n, err := range pool.Map((*Worker).Square, []int{1, 2, 3, 4}) { … }
//
// It is Ray's ray.util.ActorPool, and may be used by several goroutines.
type ActorPool[T, R any] struct {
	pool *Pool
}

// NewActorPool makes a pool of actors, which stay the caller's.
func NewActorPool[T, R any](actors ...ActorHandle[T]) ActorPool[T, R] {
	p := NewPool(reflect.TypeFor[T](), reflect.TypeFor[R]())
	for _, a := range actors {
		p.Push(a.Actor())
	}
	return ActorPool[T, R]{pool: p}
}

// Pool returns the pool without its types.
func (p ActorPool[T, R]) Pool() *Pool { return p.pool }

// Submit calls a method on an idle actor, or queues the call until one is idle. The method is a
// method expression, (*Worker).Square, or a name. What is wrong with a call is said by its result.
func (p ActorPool[T, R]) Submit(method any, args ...any) { p.Pool().Submit(method, args...) }

// Next waits for the result of the oldest call that was not taken yet. ErrPoolEmpty says that there
// is none; the error of one call leaves the others alone.
func (p ActorPool[T, R]) Next() (R, error) { return p.NextContext(nil) }

// NextContext is Next that obeys ctx: at its end the result stays in the pool.
func (p ActorPool[T, R]) NextContext(ctx context.Context) (R, error) {
	var out R
	err := p.Pool().NextInto(ctx, true, &out)
	return out, err
}

// NextUnordered is Next for whichever call is done first.
func (p ActorPool[T, R]) NextUnordered() (R, error) { return p.NextUnorderedContext(nil) }

// NextUnorderedContext is NextUnordered that obeys ctx: at its end the results stay in the pool.
func (p ActorPool[T, R]) NextUnorderedContext(ctx context.Context) (R, error) {
	var out R
	err := p.Pool().NextInto(ctx, false, &out)
	return out, err
}

// HasNext reports whether a result was not taken yet.
func (p ActorPool[T, R]) HasNext() bool { return p.Pool().HasNext() }

// HasFree reports whether an actor is idle.
func (p ActorPool[T, R]) HasFree() bool { return p.Pool().HasFree() }

// Push adds an actor, which takes the oldest waiting call.
func (p ActorPool[T, R]) Push(a ActorHandle[T]) { p.Pool().Push(a.Actor()) }

// PopIdle takes an idle actor out of the pool; ok is false when all are busy.
func (p ActorPool[T, R]) PopIdle() (a ActorHandle[T], ok bool) {
	ref, ok := p.Pool().PopIdle()
	return HandleOf[T](ref), ok
}

// Map calls the method once for every element of items, a slice, and yields the results in the
// order of the items. Breaking off leaves the other results in the pool.
func (p ActorPool[T, R]) Map(method, items any) iter.Seq2[R, error] {
	return func(yield func(R, error) bool) {
		left := p.Pool().SubmitAll(method, items)
		for ; left > 0; left-- {
			if !yield(p.Next()) {
				return
			}
		}
	}
}

// MapUnordered is Map in the order in which the calls finish.
func (p ActorPool[T, R]) MapUnordered(method, items any) iter.Seq2[R, error] {
	return func(yield func(R, error) bool) {
		left := p.Pool().SubmitAll(method, items)
		for ; left > 0; left-- {
			if !yield(p.NextUnordered()) {
				return
			}
		}
	}
}

// Pool is an ActorPool without static types.
type Pool struct {
	state, result reflect.Type

	mu      sync.Mutex
	idle    []*ActorRef
	waiting []poolCall // oldest first
	flying  []poolCall // submitted and not taken, oldest first
}

// poolCall is a call of a pool; ref and actor are nil while it waits.
type poolCall struct {
	method any
	args   []any
	ref    *Ref
	actor  *ActorRef
}

// NewPool makes a pool without actors; state is their T, result what results are read as.
func NewPool(state, result reflect.Type) *Pool { return &Pool{state: state, result: result} }

// Submit is ActorPool.Submit.
func (p *Pool) Submit(method any, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waiting = append(p.waiting, poolCall{method: method, args: args})
	p.start()
}

// SubmitAll submits a call for every element of items, and returns how many. When items is not a
// slice it submits one call, whose result says so.
func (p *Pool) SubmitAll(method, items any) int {
	v := reflect.ValueOf(items)
	if v.Kind() != reflect.Slice && v.Kind() != reflect.Array {
		p.mu.Lock()
		defer p.mu.Unlock()
		err := invalidCall("ActorPool: the items are a %T; give a slice, one element for each call", items)
		p.flying = append(p.flying, poolCall{ref: errorRef(currentSession(), err)})
		return 1
	}
	for i := range v.Len() {
		p.Submit(method, v.Index(i).Interface())
	}
	return v.Len()
}

// start gives waiting calls to idle actors.
func (p *Pool) start() {
	for len(p.idle) > 0 && len(p.waiting) > 0 {
		call := p.waiting[0]
		call.actor = p.idle[0]
		p.waiting, p.idle = p.waiting[1:], p.idle[1:]
		call.ref = call.actor.Call(p.state, p.result, call.method, call.args...)
		call.method, call.args = nil, nil
		p.flying = append(p.flying, call)
	}
}

// NextInto waits for a result and stores it in *out; ordered says whether it is the oldest call's
// or the first one's that is done.
func (p *Pool) NextInto(ctx context.Context, ordered bool, out any) error {
	call, err := p.done(ctx, ordered)
	if err != nil {
		return err
	}
	if call.actor != nil {
		p.Push(call.actor)
	}
	return GetInto(ctx, call.ref, out)
}

// done takes a call out of the pool that has its result.
func (p *Pool) done(ctx context.Context, ordered bool) (poolCall, error) {
	for {
		p.mu.Lock()
		candidates := p.flying
		if ordered && len(candidates) > 1 {
			candidates = candidates[:1]
		}
		refs := make([]*Ref, len(candidates))
		for i, c := range candidates {
			refs[i] = c.ref
		}
		stuck := len(p.waiting) > 0
		p.mu.Unlock()
		if len(refs) == 0 && stuck {
			return poolCall{}, invalidCall("the actor pool has calls and no actor; add one with Push")
		}
		if len(refs) == 0 {
			return poolCall{}, ErrPoolEmpty
		}
		ready, err := WaitRefs(ctx, refs)
		if err != nil {
			return poolCall{}, err
		}
		for i, ok := range ready {
			if call, mine := p.take(refs[i], ok); mine {
				return call, nil
			}
		}
		// Another goroutine was faster: look again.
	}
}

// take removes the call of ref, unless another goroutine has.
func (p *Pool) take(ref *Ref, ready bool) (poolCall, bool) {
	if !ready {
		return poolCall{}, false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, c := range p.flying {
		if c.ref == ref {
			p.flying = append(p.flying[:i:i], p.flying[i+1:]...)
			return c, true
		}
	}
	return poolCall{}, false
}

// HasNext is ActorPool.HasNext.
func (p *Pool) HasNext() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.flying)+len(p.waiting) > 0
}

// HasFree is ActorPool.HasFree.
func (p *Pool) HasFree() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.idle) > 0
}

// Push is ActorPool.Push.
func (p *Pool) Push(a *ActorRef) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.idle = append(p.idle, a)
	p.start()
}

// PopIdle is ActorPool.PopIdle.
func (p *Pool) PopIdle() (*ActorRef, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.idle) == 0 {
		return nil, false
	}
	a := p.idle[0]
	p.idle = p.idle[1:]
	return a, true
}
