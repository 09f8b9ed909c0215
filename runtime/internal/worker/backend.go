package worker

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/transport"
)

// Process implements core.Backend by asking the driver.
var _ core.Backend = (*Process)(nil)

// NewID implements core.Backend.
func (p *Process) NewID() core.ID { return core.MakeID(p.index, p.sequence.Add(1)) }

// Submit implements core.Backend.
func (p *Process) Submit(spec *core.TaskSpec) error {
	return p.send(transport.Submit, spec, 0)
}

// send submits a task; request is the number of the question whose answer the driver owes, or 0.
func (p *Process) send(kind transport.Kind, spec *core.TaskSpec, request uint64) error {
	if p.link.over() {
		return core.ErrClosed
	}
	if j := p.single(); j != nil {
		spec.Parent = j.spec.ID
		core.CaptureChild(spec, p.strategy(j))
	}
	values := make([]*transport.Stored, len(spec.Args))
	for i := range spec.Args {
		if spec.Args[i].Ref != 0 {
			continue
		}
		stored, err := transport.Store(&spec.Args[i].Value, p.create)
		if err != nil {
			return fmt.Errorf("ray: %s: argument %d: %w", spec.Label(), i+1, err)
		}
		values[i] = stored
	}
	if request == 0 {
		p.counts.given(spec.ID)
		for _, id := range spec.Returns {
			p.counts.given(id)
		}
	}
	p.counts.flush()
	p.conn.Send(kind, uint64(spec.ID), func(w *transport.Writer) {
		w.Uint(request)
		w.Spec(spec, values)
		p.link.site(w)
	})
	return nil
}

// CreateActor implements core.Backend.
func (p *Process) CreateActor(spec *core.TaskSpec) (core.ID, error) {
	if !spec.GetIfExists {
		return spec.ID, p.send(transport.CreateActor, spec, 0)
	}
	var id core.ID
	done := make(chan struct{})
	request := p.requests.add(func(r *transport.Reader) {
		id = r.ID()
		close(done)
	})
	if err := p.send(transport.CreateActor, spec, request); err != nil {
		return 0, err
	}
	p.conn.Flush()
	p.readNow()
	select {
	case <-done:
	case <-p.link.ended():
		return 0, core.ErrClosed
	}
	p.counts.given(id)
	return id, nil
}

// Put implements core.Backend.
func (p *Process) Put(id core.ID, v core.Value) error {
	if p.link.over() {
		return core.ErrClosed
	}
	stored, err := transport.Store(&v, p.create)
	if err != nil {
		return err
	}
	p.counts.given(id)
	p.counts.flush()
	p.conn.Send(transport.Put, uint64(id), func(w *transport.Writer) {
		w.Stored(stored)
		p.link.site(w)
	})
	return nil
}

// Get implements core.Backend.
func (p *Process) Get(ctx context.Context, ids []core.ID) ([]core.Value, error) {
	ctx, stop := p.waiting(ctx)
	defer stop()
	stored := make([]*transport.Stored, len(ids))
	var mu sync.Mutex // orders the answer and the end of the waiting
	answered, abandoned := false, false
	err := p.ask(ctx, transport.Get, func(w *transport.Writer) { w.IDs(ids) }, func(r *transport.Reader) {
		mu.Lock()
		defer mu.Unlock()
		for i := range stored {
			s := r.Stored()
			if abandoned && s.Shared { // nobody waits any more: let go what was counted for us
				p.counts.unmapped(s.Object)
			}
			stored[i] = s
		}
		answered = true
	})
	mu.Lock()
	abandoned = !answered
	mu.Unlock()
	if abandoned {
		return nil, err
	}
	values := make([]core.Value, len(ids))
	var failed error
	for i, s := range stored {
		v, err := s.Value(p.open)
		if err != nil && failed == nil {
			failed = err
		}
		values[i] = v
	}
	return values, failed
}

// waiting makes a call that may block end when the task is cancelled.
func (p *Process) waiting(ctx context.Context) (context.Context, func()) {
	if core.TaskFrom(ctx) != nil {
		return ctx, func() {}
	}
	j := p.single()
	if j == nil {
		return ctx, func() {}
	}
	joined, cancel := context.WithCancelCause(ctx)
	unhook := context.AfterFunc(j.ctx.Made(), func() { cancel(context.Canceled) })
	return joined, func() { unhook(); cancel(nil) }
}

// Wait implements core.Backend.
func (p *Process) Wait(ctx context.Context, ids []core.ID, n int, timeout time.Duration) ([]bool, error) {
	ctx, stop := p.waiting(ctx)
	defer stop()
	var mu sync.Mutex
	ready := make([]bool, len(ids))
	err := p.ask(ctx, transport.Wait, func(w *transport.Writer) {
		w.IDs(ids)
		w.Uint(uint64(n))
		w.Int(int64(timeout))
	}, func(r *transport.Reader) {
		mu.Lock()
		defer mu.Unlock()
		for i := range ready {
			ready[i] = r.Bool()
		}
	})
	mu.Lock()
	defer mu.Unlock()
	if err != nil {
		return nil, err
	}
	return ready, nil
}

// Cancel implements core.Backend.
func (p *Process) Cancel(id core.ID, force, recursive bool) error {
	if force { // it may be refused
		return p.inquire("force", core.ForcedCancel{ID: id, Recursive: recursive}, nil)
	}
	p.conn.Send(transport.CancelTask, uint64(id), func(w *transport.Writer) {
		w.Bool(force)
		w.Bool(recursive)
	})
	p.conn.Flush()
	return nil
}

// Kill implements core.Backend.
func (p *Process) Kill(actor core.ID, noRestart bool) error {
	p.conn.Send(transport.Kill, uint64(actor), func(w *transport.Writer) { w.Bool(noRestart) })
	p.conn.Flush()
	return nil
}

// LookupActor implements core.Backend.
func (p *Process) LookupActor(name, namespace string) (info core.ActorInfo, err error) {
	found := false
	err = p.ask(nil, transport.Lookup, func(w *transport.Writer) {
		w.String(name)
		w.String(namespace)
	}, func(r *transport.Reader) {
		if found = r.Bool(); found {
			r.JSON(&info)
		}
	})
	switch {
	case err != nil:
		return info, err
	case !found:
		return info, core.ErrActorNotFound
	}
	p.counts.given(info.ID)
	return info, nil
}

// Retain implements core.Backend.
func (p *Process) Retain(id core.ID) { p.counts.retain(id) }

// Release implements core.Backend.
func (p *Process) Release(id core.ID) { p.counts.release(id) }

// AddCode implements core.Backend.
func (p *Process) AddCode(hash string, source []byte) error {
	p.conn.Send(transport.AddCode, 0, func(w *transport.Writer) {
		w.String(hash)
		w.Bytes(source)
	})
	return nil
}

// Code implements core.Backend. Definitions are remembered above, so each source is asked for once.
func (p *Process) Code(hash string) (source []byte, err error) {
	if p.guest {
		return nil, nil // its program has what it needs, and does not look at sources
	}
	problem := ""
	err = p.ask(nil, transport.Code, func(w *transport.Writer) { w.String(hash) }, func(r *transport.Reader) {
		if problem = r.String(); problem == "" {
			source = r.Bytes()
		}
	})
	if err == nil && problem != "" {
		err = errors.New(problem)
	}
	return source, err
}

// cluster is what a worker asks about the session.
type cluster struct {
	Total, Available core.Resources
	Nodes            []core.NodeInfo
}

func (p *Process) cluster() (c cluster) {
	// Without an answer the driver is gone, and this process goes, too.
	_ = p.ask(nil, transport.Resources, nil, func(r *transport.Reader) { r.JSON(&c) })
	return c
}

// Total implements core.Backend.
func (p *Process) Total() core.Resources { return p.cluster().Total }

// Available implements core.Backend.
func (p *Process) Available() core.Resources { return p.cluster().Available }

// Nodes implements core.Backend.
func (p *Process) Nodes() []core.NodeInfo { return p.cluster().Nodes }

// Info implements core.Backend.
func (p *Process) Info() core.Info { return p.info }

// Close implements core.Backend; a worker ends with its driver.
func (p *Process) Close() error { return p.link.close(p) }
