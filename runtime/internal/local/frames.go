package local

import (
	"errors"
	"fmt"
	"time"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/sched"
	"github.com/goray/goray/runtime/internal/store"
	"github.com/goray/goray/runtime/internal/transport"
)

// handle does what a frame of a worker says.
func (b *Backend) handle(p *proc, f *transport.Frame) {
	r, id := &f.Payload, core.ID(f.ID)
	p.silent = 0
	switch f.Kind {
	case transport.Pong:
	case transport.Ready:
		p.up = true
		b.sched.WorkerUpIn(p.id, p.node.id, p.envHash())
	case transport.Done:
		nanos := r.Int()
		v := b.arrived(p, r.Stored())
		var more []*transport.Stored
		for range min(r.Uint(), maxReturns) {
			more = append(more, b.arrived(p, r.Stored()))
		}
		b.done(p, id, nanos, v, more)
	case transport.Returned:
		b.givenBack(p, r.IDs())
	case transport.Submit:
		b.resumeAll()
		r.Uint()
		spec, values := b.arrivedSpec(p, id, r)
		b.inherit(p, spec)
		if b.submit(spec, values) == nil {
			b.own(p, id)
			b.markAs(p, id, r)
			p.holds[id]++
			for _, more := range spec.Returns {
				p.holds[more]++
			}
		}
	case transport.CreateActor:
		request := r.Uint()
		spec, values := b.arrivedSpec(p, id, r)
		b.inherit(p, spec)
		created, err := b.createActor(spec, values)
		if err == nil {
			b.own(p, created)
			b.markAs(p, created, r)
			p.holds[created]++
		}
		if request != 0 {
			b.reply(p, request, func(w *transport.Writer) { w.ID(created) })
		}
	case transport.Put:
		v := b.arrived(p, r.Stored())
		b.newObject(id).origin = fromPut
		b.markAs(p, id, r)
		p.holds[id]++
		b.settle(id, v)
	case transport.Counts:
		for range r.Uint() {
			id, n := r.ID(), int(r.Int())
			if r.Err() != nil {
				break
			}
			b.count(p, id, n)
		}
	case transport.Unmapped:
		for range r.Uint() {
			id, n := r.ID(), int(r.Uint())
			if r.Err() != nil {
				break
			}
			b.unmapped(p, id, n)
		}
	case transport.CancelTask:
		b.cancel(id, r.Bool(), r.Bool())
	case transport.Exited:
		if a := p.actor; a != nil && a.id == id {
			b.die(a, core.Exited(a.spec.Label()))
		}
	case transport.Kill:
		b.killActor(id, r.Bool())
	case transport.AddCode:
		hash := r.String()
		b.code[hash] = r.Bytes()
	case transport.Ungrant:
		b.ungrant(p, r.Location())
	case transport.Dumped:
		b.dumps.take(f.ID, p, r.String())
	case transport.Abandon:
		if cancel := p.waits[f.ID]; cancel != nil {
			cancel()
			b.unblocked(p, f.ID)
		}
	default:
		b.answer(p, f)
	}
}

// answer handles the requests.
func (b *Backend) answer(p *proc, f *transport.Frame) {
	r := &f.Payload
	switch f.Kind {
	case transport.Get:
		ids := r.IDs()
		b.block(p, f.ID, ids, len(ids), -1, func(w *transport.Writer, values []*transport.Stored) {
			for _, v := range values {
				w.Stored(v)
			}
		})
	case transport.Wait:
		ids, n, timeout := r.IDs(), int(r.Uint()), time.Duration(r.Int())
		b.block(p, f.ID, ids, n, timeout, nil)
	case transport.Lookup:
		a := b.names[nameKey{r.String(), r.String()}]
		if a != nil {
			b.retain(a.id)
			p.holds[a.id]++
		}
		b.reply(p, f.ID, func(w *transport.Writer) {
			if w.Bool(a != nil); a != nil {
				w.JSON(a.info())
			}
		})
	case transport.Code:
		hash := r.String()
		source, known := b.code[hash]
		b.reply(p, f.ID, func(w *transport.Writer) {
			if !known {
				w.String(fmt.Sprintf("no process of this session has code with hash %s; define the function again", hash))
				return
			}
			w.String("")
			w.Bytes(source)
		})
	case transport.Ask:
		b.asked(p, f.ID, r)
	case transport.Grant:
		b.grant(p, f.ID, int64(r.Uint()))
	case transport.Resources:
		c := struct {
			Total, Available core.Resources
			Nodes            []core.NodeInfo
		}{b.sched.Total(), b.available(), b.nodeInfos()}
		b.reply(p, f.ID, func(w *transport.Writer) { w.JSON(c) })
	}
}

func (b *Backend) reply(p *proc, request uint64, write func(*transport.Writer)) {
	p.conn.Queue(transport.Reply, request, write)
	b.touch(p)
}

// block answers a Get or a Wait when it can be answered. Meanwhile the worker's CPUs are lent.
// write is nil for Wait.
func (b *Backend) block(p *proc, request uint64, ids []core.ID, n int, timeout time.Duration, write func(*transport.Writer, []*transport.Stored)) {
	b.resumeAll()
	answered := false
	reply := func(content func(*transport.Writer)) {
		answered = true
		b.unblocked(p, request)
		b.reply(p, request, content)
	}
	answer := func() {
		if answered {
			return
		}
		if write == nil {
			ready := b.readiness(ids, n)
			reply(func(w *transport.Writer) {
				for _, r := range ready {
					w.Bool(r)
				}
			})
			return
		}
		b.gather(p.node, ids, func(list []held) {
			defer b.letGo(list)
			if answered || b.procs[p.id] != p {
				return
			}
			values := make([]*transport.Stored, len(ids))
			for i, h := range list {
				values[i] = b.share(p, h)
			}
			reply(func(w *transport.Writer) { write(w, values) })
		})
	}
	cancel := b.await(ids, n, answer)
	if answered {
		return
	}
	if timeout == 0 {
		cancel()
		answer()
		return
	}
	p.waits[request] = func() { answered = true; cancel() }
	b.sched.Blocked(p.id)
	if timeout > 0 {
		b.after(timeout, func() {
			if !answered {
				cancel()
				answer()
			}
		})
	}
}

// unblocked ends the waiting of a request, if it had begun.
func (b *Backend) unblocked(p *proc, request uint64) {
	if _, waited := p.waits[request]; waited {
		delete(p.waits, request)
		b.sched.Unblocked(p.id)
	}
}

// givenBack takes tasks that a worker has not started.
func (b *Backend) givenBack(p *proc, ids []core.ID) {
	p.given -= len(ids)
	ids = append(ids, p.recalled...)
	p.recalled = nil
	var back []sched.Task
	for _, id := range ids {
		t := b.pending.at(id)
		if t == nil || t.proc != p { // cancelled meanwhile: it only has to leave the worker
			delete(p.forced, id)
			b.sched.Done(p.id, sched.Task(id), 0)
			continue
		}
		t.proc, t.state = nil, waitingForResources
		back = append(back, sched.Task(id))
	}
	b.sched.Returned(p.id, back)
}

// count changes the counts that a process has.
func (b *Backend) count(p *proc, id core.ID, n int) {
	if n > 0 {
		o := b.objects.at(id)
		if o == nil {
			return
		}
		o.refs += int32(n)
		p.holds[id] += n
		return
	}
	n = min(-n, p.holds[id])
	if p.holds[id] -= n; p.holds[id] == 0 {
		delete(p.holds, id)
	}
	b.release(id, n)
}

// arrived takes over the shared memory of a value that a worker has written.
func (b *Backend) arrived(p *proc, v *transport.Stored) *transport.Stored {
	if !v.Shared {
		return v
	}
	key := grantKey(v.Location)
	g, ok := p.grants[key]
	if !ok {
		return &transport.Stored{Failure: &core.Failure{Kind: core.ObjectLost, Text: "the worker wrote outside of what it was granted"}}
	}
	delete(p.grants, key)
	err := p.node.store.Adopt(g, v.Location)
	p.node.store.Reclaim(g)
	if err != nil {
		return &transport.Stored{Failure: &core.Failure{Kind: core.ObjectLost, Text: err.Error()}}
	}
	return v
}

func (b *Backend) arrivedSpec(p *proc, id core.ID, r *transport.Reader) (*core.TaskSpec, []*transport.Stored) {
	spec, values := r.Spec(id)
	for i, v := range values {
		if v != nil {
			values[i] = b.arrived(p, v)
		}
	}
	return spec, values
}

// grantKey identifies a grant by where it begins.
func grantKey(l store.Location) store.Location {
	l.Size = 0
	return l
}

// grant gives a worker space for one large value.
func (b *Backend) grant(p *proc, request uint64, size int64) {
	var g store.Grant
	try := func() (err error) {
		g, err = p.node.store.Grant(size)
		return err
	}
	if try() == nil {
		b.granted(p, request, g, nil)
		return
	}
	b.tasks.Go(func() {
		err := b.makeRoom(p.node, size, try, nil)
		b.mu.Lock()
		defer b.unlock()
		b.granted(p, request, g, err)
	})
}

func (b *Backend) granted(p *proc, request uint64, g store.Grant, err error) {
	if err == nil {
		if b.procs[p.id] != p { // it has ended meanwhile
			p.node.store.Reclaim(g)
			return
		}
		if err = b.attach(p, g.Segment, true); err != nil {
			p.node.store.Reclaim(g)
		}
	}
	if err == nil {
		p.grants[grantKey(store.Location{Segment: g.Segment, Offset: g.Offset})] = g
	}
	b.reply(p, request, func(w *transport.Writer) {
		if err != nil {
			w.String(err.Error())
			w.Bool(errors.Is(err, core.ErrOutOfDisk))
			return
		}
		w.String("")
		w.Grant(g)
	})
}

func (b *Backend) ungrant(p *proc, at store.Location) {
	if g, ok := p.grants[grantKey(at)]; ok {
		delete(p.grants, grantKey(at))
		p.node.store.Reclaim(g)
	}
}
