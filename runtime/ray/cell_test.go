package ray_test

import (
	"context"
	"errors"
	"runtime/pprof"
	"sync"
	"testing"
	"time"

	"github.com/goray/goray/runtime/ray"
)

// fakeKernel runs "cells" one after another, as a session does.
type fakeKernel struct {
	mu        sync.Mutex
	cell      context.Context
	interrupt context.CancelFunc
}

func newKernel(t *testing.T) *fakeKernel {
	k := &fakeKernel{cell: t.Context()}
	ray.SetCellContext(func() context.Context {
		k.mu.Lock()
		defer k.mu.Unlock()
		return k.cell
	})
	t.Cleanup(func() { ray.SetCellContext(nil) })
	return k
}

// run executes f as a cell on a goroutine with labels of its own, as the default engine does.
func (k *fakeKernel) run(t *testing.T, number string, f func()) {
	between := k.cell
	ctx, cancel := context.WithCancel(between)
	k.set(ctx, cancel)
	pprof.Do(t.Context(), pprof.Labels("cell", number), func(context.Context) { f() })
	k.set(between, nil)
	cancel()
}

func (k *fakeKernel) set(ctx context.Context, interrupt context.CancelFunc) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.cell, k.interrupt = ctx, interrupt
}

// waiter is an actor whose calls wait for their end.
type waiter struct{ n int }

func newWaiter() *waiter                         { return &waiter{} }
func (w *waiter) Wait(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
func (w *waiter) Count() int                     { w.n++; return w.n }
func parent(ctx context.Context) error           { return failed(ray.Remote[any](untilDone).Remote()) }
func countOf(h ray.ActorHandle[waiter]) (n int, err error) {
	return ray.Get(ray.Call[int](h, (*waiter).Count))
}

func TestInterruptReachesTheCluster(t *testing.T) {
	both(t, func(t *testing.T) {
		k := newKernel(t)
		var before ray.ObjectRef[any]
		var actor ray.ActorHandle[waiter]
		k.run(t, "1", func() {
			before = ray.Remote[any](untilDone).Options(ray.NumCPUs(0)).Remote()
			actor = ray.NewActor[waiter](newWaiter)
			if _, err := countOf(actor); err != nil {
				t.Error(err)
			}
		})
		var refs []ray.ObjectRef[any]
		var kept ray.ObjectRef[int]
		k.run(t, "2", func() {
			for range 20 {
				refs = append(refs, ray.Remote[any](untilDone).Remote())
			}
			refs = append(refs, ray.Remote[any](parent).Options(ray.NumCPUs(0)).Remote(), ray.Call[any](actor, (*waiter).Wait))
			kept = ray.Put(7)
			time.AfterFunc(50*time.Millisecond, k.interrupt)
			if _, err := ray.GetAll(refs); !errors.Is(err, context.Canceled) {
				t.Error("the cell itself:", err)
			}
			refs = append(refs, ray.Remote[any](untilDone).Remote()) // a deferred call, say
		})
		begun := time.Now()
		for i, ref := range refs {
			// In one process, what a task waits for obeys the cell's interrupt itself.
			if err := failed(ref); !errors.Is(err, ray.ErrTaskCancelled) && !errors.Is(err, context.Canceled) {
				t.Errorf("task %d: %v", i, err)
			}
		}
		if d := time.Since(begun); d > time.Second {
			t.Errorf("the tasks took %v to end", d)
		}
		k.run(t, "3", func() {
			check(t, ray.Remote[int](square).Remote(kept), 49)
			if n, err := countOf(actor); n != 2 || err != nil {
				t.Error("the actor lost its state:", n, err)
			}
			if ready, _, err := ray.Wait([]ray.ObjectRef[any]{before}, ray.Timeout(0)); len(ready) != 0 || err != nil {
				t.Error("the task of an earlier cell ended, too:", err)
			}
		})
		ray.Cancel(before)
	})
}

// What a cell has left running belongs to it, and not to the cell that runs now.
func TestBackgroundGoroutineOfACell(t *testing.T) {
	both(t, func(t *testing.T) {
		k := newKernel(t)
		next, submitted := make(chan bool), make(chan ray.ObjectRef[any])
		result := make(chan error)
		k.run(t, "1", func() {
			_ = ray.Put(1) // a Put makes no claim
			slow := ray.Remote[any](untilDone).Remote()
			go func() { result <- failed(slow) }()
			go func() {
				<-next
				submitted <- ray.Remote[any](untilDone).Remote()
			}()
			t.Cleanup(func() { ray.Cancel(slow); <-result })
		})
		var ref ray.ObjectRef[any]
		k.run(t, "2", func() {
			next <- true
			ref = <-submitted
			k.interrupt()
		})
		k.run(t, "3", func() {
			if ready, _, err := ray.Wait([]ray.ObjectRef[any]{ref}, ray.Timeout(50*time.Millisecond)); len(ready) != 0 || err != nil {
				t.Error(failed(ref), err)
			}
		})
		select {
		case err := <-result:
			t.Error("the Get of a goroutine ended with its cell:", err)
			go func() { result <- nil }()
		default:
		}
		ray.Cancel(ref)
	})
}

// A kernel that gives a cause can say that a cell was interrupted after the cell has left.
func TestInterruptWithCause(t *testing.T) {
	start(t, ray.Config{InProcess: true, NumCPUs: 1})
	k := newKernel(t)
	between := k.cell
	ctx, end := context.WithCancelCause(between)
	k.set(ctx, nil)
	ref := ray.Remote[any](untilDone).Remote()
	k.set(between, nil)
	end(errBoom)
	if err := failed(ref); !errors.Is(err, ray.ErrTaskCancelled) {
		t.Error(err)
	}
}
