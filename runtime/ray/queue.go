package ray

import (
	"context"
	"errors"
)

var (
	// ErrQueueFull: a queue has no room, and the call does not wait.
	ErrQueueFull = errors.New("ray: the queue is full; take items out, use Put, which waits, or make it with a larger capacity")
	// ErrQueueEmpty: a queue has no item, and the call does not wait.
	ErrQueueEmpty = errors.New("ray: the queue is empty; put items in, or use Get, which waits")
)

// Queue is a first-in, first-out queue of Ts which tasks, actors and the driver share: pass it as
// an argument. Items are objects of the store, so that the queue itself handles references only.
//
//	q := ray.NewQueue[int](100)
//	producer.Remote(q)
//	item, err := q.Get() // waits
//
// Two calls of one goroutine keep their order. It is Ray's ray.util.queue.Queue.
type Queue[T any] struct {
	line *Line
}

// NewQueue makes a queue for at most capacity items; 0 is without limit. The options are those of
// the actor behind it: ray.Name, ray.NumCPUs ….
func NewQueue[T any](capacity int, opts ...Option) Queue[T] {
	return Queue[T]{line: NewLine(capacity, opts...)}
}

// Line returns the queue without its type.
func (q Queue[T]) Line() *Line { return q.line }

// Put adds an item, and waits while the queue is full. It obeys the interrupt of the running cell.
func (q Queue[T]) Put(item T) error { return q.PutContext(nil, item) }

// PutContext is Put that obeys ctx: when it ends the item is taken out again, if nobody has got it.
func (q Queue[T]) PutContext(ctx context.Context, item T) error {
	return q.Line().Offer(ctx, true, Put(item).Ref())
}

// TryPut adds an item, or returns ErrQueueFull.
func (q Queue[T]) TryPut(item T) error { return q.Line().Offer(nil, false, Put(item).Ref()) }

// TryPutAll adds all items, or none and returns ErrQueueFull.
func (q Queue[T]) TryPutAll(items []T) error {
	refs := make([]*Ref, len(items))
	for i, item := range items {
		refs[i] = Put(item).Ref()
	}
	return q.Line().Offer(nil, false, refs...)
}

// Get takes the oldest item, and waits while there is none. It obeys the interrupt of the running
// cell.
func (q Queue[T]) Get() (T, error) { return q.GetContext(nil) }

// GetContext is Get that obeys ctx: when it ends no item has been lost.
func (q Queue[T]) GetContext(ctx context.Context) (T, error) {
	var out T
	refs, err := q.Line().Take(ctx, true, 1)
	if err == nil {
		err = GetInto(ctx, refs[0], &out)
	}
	return out, err
}

// TryGet takes the oldest item, or returns ErrQueueEmpty.
func (q Queue[T]) TryGet() (T, error) {
	var out T
	refs, err := q.Line().Take(nil, false, 1)
	if err == nil {
		err = GetInto(nil, refs[0], &out)
	}
	return out, err
}

// TryGetAll takes at most n items, as many as there are.
func (q Queue[T]) TryGetAll(n int) ([]T, error) {
	refs, err := q.Line().Take(nil, false, n)
	if errors.Is(err, ErrQueueEmpty) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	out := make([]T, len(refs))
	return out, GetAllInto(nil, refs, out)
}

// Len is how many items are in the queue.
func (q Queue[T]) Len() (int, error) { return q.Line().Len() }

// Close ends the queue's actor; what waits gets ErrActorDied, and items are lost.
func (q Queue[T]) Close() error { return q.Line().Close() }

// Line is a Queue without a static type.
type Line struct {
	actor ActorHandle[lineState]
}

// NewLine makes a queue for references.
func NewLine(capacity int, opts ...Option) *Line {
	all := append([]Option{MaxConcurrency(waitersAtOnce)}, opts...)
	return &Line{actor: Actor[lineState](newLine).Options(all...).Remote(capacity)}
}

// Offer adds references: all, or none. It waits for room where wait is set.
func (l *Line) Offer(ctx context.Context, wait bool, refs ...*Ref) error {
	if l == nil {
		return invalidCall("the queue is the zero value; make it with ray.NewQueue")
	}
	ctx = orAmbient(ctx)
	ticket := newTicket()
	for {
		ok, err := GetContext(ctx, Call[bool](l.actor, (*lineState).Offer, ticket, refs, slice(wait)))
		switch {
		case err == nil && ok:
			return nil
		case ctx.Err() != nil:
			settle(Call[any](l.actor, (*lineState).Withdraw, ticket))
			return err
		case err != nil:
			return causeOf(err)
		case !wait:
			return ErrQueueFull
		}
	}
}

// Take takes at most n references, at least one. It waits for one where wait is set.
func (l *Line) Take(ctx context.Context, wait bool, n int) ([]*Ref, error) {
	refs, left, err := l.take(ctx, wait, n)
	if left.Ref() != nil {
		settle(left)
	}
	return refs, err
}

// take is Take; left is the call that gives back what was taken when ctx had ended.
func (l *Line) take(ctx context.Context, wait bool, n int) (refs []*Ref, left ObjectRef[any], err error) {
	if l == nil {
		return nil, left, invalidCall("the queue is the zero value; make it with ray.NewQueue")
	}
	if n < 1 {
		return nil, left, invalidCall("%d items are asked of a queue; ask for at least 1", n)
	}
	ctx = orAmbient(ctx)
	ticket := newTicket()
	for {
		refs, err := GetContext(ctx, Call[[]*Ref](l.actor, (*lineState).Take, ticket, n, slice(wait)))
		switch {
		case err == nil && len(refs) > 0:
			return refs, left, nil
		case ctx.Err() != nil:
			// What was taken for this call all the same goes back to the front.
			return nil, Call[any](l.actor, (*lineState).Return, ticket), err
		case err != nil:
			return nil, left, causeOf(err)
		case !wait:
			return nil, left, ErrQueueEmpty
		}
	}
}

// Len is how many references are in the queue.
func (l *Line) Len() (int, error) {
	if l == nil {
		return 0, invalidCall("the queue is the zero value; make it with ray.NewQueue")
	}
	return Get(Call[int](l.actor, (*lineState).Len))
}

// Close ends the queue's actor.
func (l *Line) Close() error {
	if l == nil {
		return nil
	}
	return Kill(l.actor)
}
