package serve

import (
	"context"
	"fmt"
	"reflect"
	"sync"
	"time"
)

// Batching collects requests of a replica, so that a handler of slices answers several in one call:
// func([ctx,] []In) ([]Out[, error]), one Out for each In, in order. A request is one In. An Out
// that is an error fails its request only.
type Batching struct {
	MaxSize int           // requests in a call at most; default: 10
	Wait    time.Duration // how long the first of them waits for others; default: 10 ms
}

// batcher is the Batching of a replica at work.
type batcher struct {
	Batching
	name string
	fn   reflect.Value // the handler
	in   reflect.Type  // []In

	mu      sync.Mutex
	waiting []*batchItem
	timer   *time.Timer
}

type batchItem struct {
	ctx  context.Context
	in   reflect.Value
	done chan struct{}
	out  any
	err  error
}

// newBatcher checks that fn takes and returns slices.
func newBatcher(name string, fn reflect.Value, b Batching) (*batcher, error) {
	t := fn.Type()
	n := t.NumIn()
	if n == 0 || n > 2 || n == 2 && t.In(0) != contextType || t.In(n-1).Kind() != reflect.Slice || t.NumOut() == 0 || t.Out(0).Kind() != reflect.Slice {
		return nil, fmt.Errorf("serve: %s has Batching and is a %s; make it func([ctx,] []In) ([]Out[, error])", name, t)
	}
	return &batcher{Batching: b, name: name, fn: fn, in: t.In(n - 1)}, nil
}

// one answers one request as part of a batch.
func (b *batcher) one(ctx context.Context, in any) (any, error) {
	v, err := converted(in, b.in.Elem())
	if err != nil {
		return nil, fmt.Errorf("serve: argument 1: %w", err)
	}
	item := &batchItem{ctx: ctx, in: v, done: make(chan struct{})}
	b.mu.Lock()
	b.waiting = append(b.waiting, item)
	switch len(b.waiting) {
	case b.MaxSize:
		full := b.takeLocked()
		b.mu.Unlock()
		b.run(full)
	case 1:
		b.timer = time.AfterFunc(b.Wait, func() {
			b.mu.Lock()
			items := b.takeLocked()
			b.mu.Unlock()
			b.run(items)
		})
		b.mu.Unlock()
	default:
		b.mu.Unlock()
	}
	select {
	case <-item.done:
		return item.out, item.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

func (b *batcher) takeLocked() []*batchItem {
	items := b.waiting
	b.waiting = nil
	if b.timer != nil {
		b.timer.Stop()
	}
	return items
}

// run calls the handler for the items that are still wanted. The call's context ends with none of
// them: the others would lose their answer.
func (b *batcher) run(items []*batchItem) {
	in := reflect.MakeSlice(b.in, 0, len(items))
	var live []*batchItem
	for _, item := range items {
		if item.ctx.Err() == nil {
			in = reflect.Append(in, item.in)
			live = append(live, item)
		}
	}
	if len(live) == 0 {
		return
	}
	out, err := b.call(context.WithoutCancel(live[0].ctx), in)
	for i, item := range live {
		if item.err = err; err == nil {
			item.out = out.Index(i).Interface()
			if failed, ok := item.out.(error); ok {
				item.out, item.err = nil, failed
			}
		}
		close(item.done)
	}
}

func (b *batcher) call(ctx context.Context, in reflect.Value) (out reflect.Value, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%s panicked: %v", b.name, p)
		}
	}()
	v, err := invoke(ctx, b.fn, []any{in.Interface()})
	if err != nil {
		return out, err
	}
	if out = reflect.ValueOf(v); out.Len() != in.Len() {
		return out, fmt.Errorf("serve: %s returned %d results for a batch of %d; return one for each, in order", b.name, out.Len(), in.Len())
	}
	return out, nil
}

// entry is how a batching handler is called.
func (b *batcher) entry(state any) entry {
	return entry{state: state, call: reflect.ValueOf(b.one), http: func(ctx context.Context, r *Request) (Reply, error) {
		v := reflect.New(b.in.Elem())
		if b.in.Elem() == requestType {
			return rendered(b.one(ctx, r))
		}
		if err := decodeInput(r, v.Interface()); err != nil {
			return Reply{}, err
		}
		return rendered(b.one(ctx, v.Elem().Interface()))
	}}
}
