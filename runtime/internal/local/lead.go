package local

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/transport"
)

// reading says who reads what a worker sends. Who waits for a single result of it, while the worker
// has nothing else to do, reads himself: between the arrival of the result and the return of Get no
// other goroutine has to run. It is under Backend.mu.
type reading uint8

const (
	byReader reading = iota // the goroutine of the worker
	byWaiter
	byNobody // the next who waits will, or the reader after a while
)

// carePeriod is how long at most nobody reads.
const carePeriod = time.Millisecond

// waiter waits for some of several objects.
type waiter struct {
	need  int           // objects that still have to become ready
	then  func()        // called when they are; nil: whoever holds the waiter is told
	fired bool          // they are
	done  chan struct{} // told that they are, unless waker is
	waker *transport.Waker
	at    *proc // whose result it waits for, when that is all
	reads bool  // it sleeps until something comes from there, or waker wakes it
}

var waiters = sync.Pool{New: func() any { return &waiter{done: make(chan struct{}, 1)} }}

// fire tells that the objects are ready. It is called under the mutex.
func (w *waiter) fire() {
	w.fired = true
	if p := w.at; p != nil {
		w.at = nil
		if p.awaited--; p.awaited == 0 && p.given == 0 && p.reading == byReader {
			p.handOver = true
		}
	}
	switch {
	case w.then != nil:
		w.then()
	case w.reads:
		w.waker.Wake()
	default:
		w.done <- struct{}{}
	}
}

// free gives a waiter back that nothing refers to any more.
func (w *waiter) free() {
	select {
	case <-w.done:
	default:
	}
	*w = waiter{done: w.done, waker: w.waker}
	waiters.Put(w)
}

// batch handles the frames that have come together under one hold of the mutex, waiting for the
// first. w is whoever waits for it, nil for the reader. It returns with the mutex held; not ok is
// the end of the connection.
func (b *Backend) batch(p *proc, w *waiter) (ok bool) {
	locked := false
	lock := func() {
		if !locked {
			b.mu.Lock()
			locked = true
		}
	}
	for {
		f, more, err := p.conn.Next()
		if err == nil && !locked {
			for _, o := range p.outputs {
				o.showPending()
			}
		}
		lock()
		if w != nil {
			w.reads = false
		}
		if err != nil || b.closed || p.node.dead {
			return false
		}
		b.handle(p, &f)
		if f.Payload.Err() != nil {
			return false // the process speaks another language: it is killed
		}
		if !more {
			return true
		}
	}
}

// read is the life of the goroutine that handles a worker's frames, until its socket closes.
func (b *Backend) read(p *proc) {
	for {
		ok := b.batch(p, nil)
		left := ok && p.handOver && p.given == 0 && p.awaited == 0
		p.handOver = false
		if left {
			b.stepDown(p)
		}
		b.unlock()
		if left {
			<-p.resume
			ok = !p.over
		}
		if !ok {
			return
		}
	}
}

// stepDown ends the turn of whoever reads for p.
func (b *Backend) stepDown(p *proc) {
	p.reading = byNobody
	if b.closed || p.over || p.given > 0 || p.awaited > 0 {
		b.resume(p)
		return
	}
	p.left = b.cares
	if !slices.Contains(b.unread, p) {
		b.unread = append(b.unread, p)
	}
	if len(b.unread) == 1 {
		select {
		case b.care <- struct{}{}:
		default: // it is known
		}
	}
}

// resume makes the goroutine of p read again, if nobody does.
func (b *Backend) resume(p *proc) {
	if p.reading == byNobody {
		p.reading = byReader
		p.resume <- struct{}{}
	}
}

// resumeAll is resume for all, as somebody waits for more than one of them.
func (b *Backend) resumeAll() {
	for _, p := range b.unread {
		b.resume(p)
	}
}

// takeCare sees to it that workers are heard when nobody waits for them any more.
func (b *Backend) takeCare() {
	tick := time.NewTicker(carePeriod)
	defer tick.Stop()
	for {
		tick.Stop()
		select {
		case <-b.care:
		case <-b.ended:
		}
		tick.Reset(carePeriod)
		for busy := true; busy; {
			select {
			case <-tick.C:
			case <-b.ended:
				b.mu.Lock()
				b.resumeAll()
				b.mu.Unlock()
				return
			}
			b.mu.Lock()
			b.unread = slices.DeleteFunc(b.unread, func(p *proc) bool {
				if p.left < b.cares {
					b.resume(p)
				}
				return p.reading == byReader
			})
			b.cares++
			busy = len(b.unread) > 0
			b.mu.Unlock()
		}
	}
}

// waitForOne blocks until an object is ready or ctx ends. It returns with the mutex held, unless there
// is an error.
func (b *Backend) waitForOne(ctx context.Context, id core.ID) error {
	b.mu.Lock()
	switch {
	case b.closed:
		b.mu.Unlock()
		return core.ErrClosed
	case b.isReady(id):
		return nil
	}
	w := waiters.Get().(*waiter)
	w.need = 1
	o := b.objects.at(id)
	o.waiters.add(w)
	if o.behind != 0 {
		id = o.maker()
	}
	if t := b.pending.at(id); t != nil && t.state == submitted {
		w.at = t.proc
		w.at.awaited++
		if w.at.awaited > 1 {
			b.resume(w.at)
		} else if w.at.reading == byNobody && w.canRead() {
			w.at.reading = byWaiter
			b.lead(ctx, w)
		}
	}
	err := b.awaitFire(ctx, w)
	if !w.fired {
		if w.at != nil {
			w.at.awaited--
		}
		o.waiters.remove(w)
	}
	w.free()
	if err != nil {
		b.unlock()
	}
	return err
}

// awaitFire blocks until w fires, or ctx or the session ends. It is called, and returns, with the
// mutex held.
func (b *Backend) awaitFire(ctx context.Context, w *waiter) error {
	if !w.fired {
		b.unlock()
		select {
		case <-w.done:
		case <-ctx.Done():
		case <-b.ended:
		}
		b.mu.Lock()
	}
	// An interrupt cancels the task, too: then the interrupt is what is told.
	if err := ctx.Err(); err != nil {
		return err
	}
	if !w.fired {
		return core.ErrClosed
	}
	return nil
}

// canRead makes sure that a waiter can be woken while it reads.
func (w *waiter) canRead() bool {
	if w.waker == nil {
		w.waker, _ = transport.NewWaker() // without one, the reader reads
	}
	return w.waker != nil
}

// lead reads for a worker until w has fired, ctx ends, or the connection does. It is called, and
// returns, with the mutex held.
func (b *Backend) lead(ctx context.Context, w *waiter) {
	p := w.at
	if ctx.Done() != nil {
		defer context.AfterFunc(ctx, w.waker.Wake)()
	}
	for !w.fired && !p.over && ctx.Err() == nil {
		w.reads = true
		b.unlock()
		if p.conn.Await(w.waker) {
			p.over = !b.batch(p, w)
		} else {
			b.mu.Lock()
		}
		w.reads = false
	}
	b.stepDown(p)
}
