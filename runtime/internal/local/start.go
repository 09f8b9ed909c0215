package local

import (
	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/sched"
	"github.com/goray/goray/runtime/internal/transport"
)

// nearest is the node that has most of a task's arguments; 0 when it does not matter.
func (b *Backend) nearest(t *task) (best sched.Node) {
	if len(b.nodes) == 1 {
		return 0
	}
	bytes := map[sched.Node]int64{}
	for i := range t.spec.Args {
		if t.values[i] != nil {
			continue
		}
		if o := b.objects.at(t.spec.Args[i].Ref); o != nil && o.shelf != nil {
			for _, r := range o.copies {
				bytes[r.node.id] += r.at.Size
			}
		}
	}
	for n, size := range bytes {
		if best == 0 || size > bytes[best] || size == bytes[best] && n < best {
			best = n
		}
	}
	return best
}

// start sends a task to the worker that the scheduler chose.
func (b *Backend) start(id core.ID, p *proc, gpus []int) {
	t := b.pending.at(id)
	if p.node.firstGPU > 0 {
		for i := range gpus {
			gpus[i] += p.node.firstGPU
		}
	}
	if t.spec.Kind == core.ActorStart {
		p.actor = t.actor
		t.actor.proc = p
		t.actor.gpus = gpus
	} else if t.state = waitingForArguments; b.recoverArguments(t) {
		b.sched.Done(p.id, sched.Task(id), 0) // they were lost meanwhile, and may need its resources
		return
	}
	b.send(t, p, gpus)
}

// send gives a task to a worker.
func (b *Backend) send(t *task, p *proc, gpus []int) {
	t.state, t.proc, t.begun, t.ran, t.sent = submitted, p, b.now(), 0, false
	if p.given++; p.given > 1 {
		b.resume(p)
	}
	if !b.ready(t, p) {
		b.awaitArguments(t, p, gpus)
		return
	}
	var values []held
	for i := range t.spec.Args {
		if t.values[i] == nil {
			values = append(values, b.hold(t.spec.Args[i].Ref, p.node))
		}
	}
	b.write(t, p, gpus, values)
}

// write writes a task to its worker; refs are its references, held.
func (b *Backend) write(t *task, p *proc, gpus []int, refs []held) {
	values := make([]*transport.Stored, len(t.values))
	next := 0
	for i, v := range t.values {
		if v == nil {
			v = b.share(p, refs[next])
			next++
		}
		values[i] = v
	}
	b.letGo(refs)
	t.sent = true
	b.tellJob(p, t.spec.Job)
	if t.spec.Timeout > 0 {
		t.spec.Left = b.remaining(t)
	}
	p.label.Store(t)
	if crowded := p.given > 1; crowded != p.crowded.Load() {
		p.crowded.Store(crowded)
	}
	if p.given == 1 || p.actor != nil && (p.given <= p.actor.spec.MaxConcurrency || p.actor.spec.Groups != nil) {
		p.idled = true
	}
	p.conn.Queue(transport.Task, uint64(t.spec.ID), func(w *transport.Writer) {
		w.Uint(uint64(t.attempt()))
		w.Uint(uint64(len(gpus)))
		for _, g := range gpus {
			w.Uint(uint64(g))
		}
		w.Spec(t.spec, values)
	})
	b.touch(p)
}
