package serve

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"sync"
	"time"

	"github.com/goray/goray/runtime/ray"
)

// slot is the place of one replica. The replica in it may be replaced.
type slot struct {
	index   int
	actor   *ray.ActorRef // nil while there is none
	ongoing int
	total   int64 // requests that ended
	share   int64 // requests that began, for an even distribution
	pid     int
	born    int // how many replicas have been here
}

// router picks a replica for every call of one process.
type router struct {
	app, deployment string
	generation      int64
	maxOngoing      int
	maxQueued       int
	atMostOnce      bool

	mu      sync.Mutex
	slots   []*slot
	waiting []chan *slot // first come, first served
	closed  error

	// dead is told about a replica that died, and sees to it that the slot is filled again.
	dead func(s *slot, actor *ray.ActorRef)
}

// acquire takes a place at the less busy of two replicas, or waits for the first place to be free.
func (r *router) acquire(ctx context.Context) (*slot, *ray.ActorRef, error) {
	r.mu.Lock()
	if r.closed != nil {
		r.mu.Unlock()
		return nil, nil, r.closed
	}
	if s := r.take(); s != nil {
		actor := s.actor
		r.mu.Unlock()
		return s, actor, nil
	}
	if r.maxQueued > 0 && len(r.waiting) >= r.maxQueued {
		r.mu.Unlock()
		return nil, nil, ErrQueueFull
	}
	turn := make(chan *slot, 1)
	r.waiting = append(r.waiting, turn)
	r.mu.Unlock()
	select {
	case s := <-turn:
		if s == nil {
			return nil, nil, r.reason()
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		return s, s.actor, nil
	case <-ctx.Done():
		r.giveUp(turn)
		return nil, nil, context.Cause(ctx)
	}
}

func (r *router) reason() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.closed
}

// giveUp leaves the queue; a place that was given meanwhile goes to the next.
func (r *router) giveUp(turn chan *slot) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, w := range r.waiting {
		if w == turn {
			r.waiting = append(r.waiting[:i], r.waiting[i+1:]...)
			return
		}
	}
	if s := <-turn; s != nil {
		s.ongoing--
		r.wake()
	}
}

// take is pick that counts.
func (r *router) take() *slot {
	s := r.pick()
	if s != nil {
		s.ongoing++
		s.share++
	}
	return s
}

// better orders replicas: the less busy one, else the one that has had less to do.
func better(a, b *slot) bool {
	return a.ongoing < b.ongoing || a.ongoing == b.ongoing && a.share < b.share
}

// pick returns a slot with room: the better of two by chance, else any. It is called with mu held.
func (r *router) pick() *slot {
	free := func(s *slot) bool { return s.actor != nil && s.ongoing < r.maxOngoing }
	n := len(r.slots)
	if n == 0 {
		return nil
	}
	a := r.slots[rand.IntN(n)]
	if n > 1 {
		b := r.slots[(a.index+1+rand.IntN(n-1))%n]
		if free(b) && (!free(a) || better(b, a)) {
			a = b
		}
	}
	if free(a) {
		return a
	}
	var best *slot
	for _, s := range r.slots {
		if free(s) && (best == nil || better(s, best)) {
			best = s
		}
	}
	return best
}

// wake gives free places to those who wait. It is called with mu held.
func (r *router) wake() {
	for len(r.waiting) > 0 {
		s := r.take()
		if s == nil {
			return
		}
		r.waiting[0] <- s
		r.waiting = r.waiting[1:]
	}
}

func (r *router) release(s *slot) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s.ongoing--
	s.total++
	r.wake()
}

// fill puts a replica into a slot.
func (r *router) fill(index int, actor *ray.ActorRef, pid int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.slots[index]
	s.actor, s.pid = actor, pid
	s.born++
	for _, other := range r.slots { // the new one need not make up for its age
		s.share = max(s.share, other.share)
	}
	r.wake()
}

// lost empties a slot if actor is still in it.
func (r *router) lost(s *slot, actor *ray.ActorRef) {
	r.mu.Lock()
	same := s.actor == actor && r.closed == nil
	if same {
		s.actor, s.pid = nil, 0
	}
	r.mu.Unlock()
	if same && r.dead != nil {
		r.dead(s, actor)
	}
}

// close lets everybody who waits fail with err.
func (r *router) close(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = err
	for _, w := range r.waiting {
		w <- nil
	}
	r.waiting = nil
}

func (r *router) busy() (n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.slots {
		n += s.ongoing
	}
	return n + len(r.waiting)
}

// attempts is how many replicas may die with a request before it fails.
const attempts = 4

// call calls a method of a replica and returns its result as a t. A replica that died with the
// call is replaced, and the call repeated unless that is forbidden.
func (r *router) call(ctx context.Context, t reflect.Type, method string, args ...any) (any, error) {
	for attempt := 1; ; attempt++ {
		v, err := r.callOnce(ctx, t, method, args)
		if err == nil || !died(err) || r.atMostOnce || attempt == attempts {
			return v, err
		}
	}
}

func (r *router) callOnce(ctx context.Context, t reflect.Type, method string, args []any) (any, error) {
	s, actor, err := r.acquire(ctx)
	if err != nil {
		return nil, err
	}
	defer r.release(s)
	if actor == nil { // lost since it was picked
		return nil, fmt.Errorf("serve: %w", ray.ErrActorUnavailable)
	}
	ref := actor.Call(replicaType, t, method, args...)
	v, err := ray.GetRef(ctx, ref, t)
	switch {
	case err == nil:
		return v, nil
	case ctx.Err() != nil:
		// Nobody waits for the answer any more: the handler's context ends.
		if cancelErr := ray.CancelRef(ref); cancelErr != nil && !died(cancelErr) {
			return nil, errors.Join(err, cancelErr)
		}
	case died(err):
		r.lost(s, actor)
	}
	return nil, err
}

var replicaType = reflect.TypeFor[replica]()

// died reports whether a call failed because its replica did, and not because of something that
// the handler itself called.
func died(err error) bool {
	var own *ray.TaskError
	if errors.As(err, &own) {
		return false
	}
	return errors.Is(err, ray.ErrActorDied) || errors.Is(err, ray.ErrActorUnavailable) || errors.Is(err, ray.ErrWorkerCrashed)
}

// replicaName is how other processes find a replica.
func replicaName(app, deployment string, generation int64, index int) string {
	return fmt.Sprintf("%s#%s#%d#%d", app, deployment, generation, index)
}

// namespace holds the names of replicas.
const namespace = "serve"

// newRemoteRouter routes in a process that does not deploy: replicas are looked up by name.
func newRemoteRouter(h handleState) *router {
	r := &router{app: h.App, deployment: h.Deployment, generation: h.Generation, maxOngoing: h.MaxOngoing, maxQueued: h.MaxQueued, atMostOnce: h.AtMostOnce}
	for i := range h.Replicas {
		r.slots = append(r.slots, &slot{index: i})
	}
	var looking sync.Map
	look := func(index int) {
		defer looking.Delete(index)
		for wait := 5 * time.Millisecond; ray.IsInitialized(); wait = min(2*wait, time.Second) {
			actor, err := ray.FindActor(replicaName(h.App, h.Deployment, h.Generation, index), namespace)
			if err == nil {
				r.fill(index, actor, 0)
				return
			}
			if errors.Is(err, ray.ErrSessionClosed) {
				return
			}
			time.Sleep(wait)
		}
	}
	start := func(index int) {
		if _, on := looking.LoadOrStore(index, true); !on {
			go look(index)
		}
	}
	r.dead = func(s *slot, _ *ray.ActorRef) { start(s.index) }
	for i := range r.slots {
		start(i)
	}
	return r
}
