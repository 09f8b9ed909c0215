package local

import (
	"fmt"
	"slices"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/store"
	"github.com/goray/goray/runtime/internal/transport"
)

// residence is an object's value in the memory of a node.
type residence struct {
	node *node
	at   store.Location
	pins int    // processes that have it mapped, and what is about to give it to one
	used uint64 // when it was last needed, by Backend.clock
}

// on returns where an object lies on a node; nil when it does not.
func (o *object) on(n *node) *residence {
	if o.shelf == nil {
		return nil
	}
	for _, r := range o.copies {
		if r.node == n {
			return r
		}
	}
	return nil
}

// isLost reports whether an object had a value, which is nowhere any more.
func (o *object) isLost() bool {
	return o.value != nil && o.value.Shared && len(o.copies) == 0 && o.file == nil
}

// reside records that an object's value lies somewhere.
func (b *Backend) reside(o *object, at store.Location) *residence {
	n := b.nodeOf(at)
	if n.dead {
		return nil
	}
	b.clock++
	r := &residence{node: n, at: at, used: b.clock}
	o.copies = append(o.copies, r)
	n.holds[o] = r
	return r
}

// leave gives up one copy of an object.
func (b *Backend) leave(o *object, r *residence) {
	o.copies = slices.DeleteFunc(o.copies, func(other *residence) bool { return other == r })
	delete(r.node.holds, o)
	_ = r.node.store.Free(r.at) // it fails only for what is free already
}

// vacate gives up all that an object takes, in memory and on disk.
func (b *Backend) vacate(o *object) {
	for len(o.copies) > 0 {
		b.leave(o, o.copies[0])
	}
	if o.file != nil {
		b.dropFile(o)
	}
}

// dropFile forgets the file of an object, which is removed when the mutex is let go.
func (b *Backend) dropFile(o *object) {
	delete(b.fileNode(o).files, o)
	b.stats.spilled -= o.file.Size
	b.unlink = append(b.unlink, o.file.Path)
	o.file = nil
}

// fileNode is the node on whose disk an object's file lies.
func (b *Backend) fileNode(o *object) *node { return b.nodes[o.fileOn-1] }

// discard frees the memory of a value that nobody wants and no object has.
func (b *Backend) discard(v *transport.Stored) {
	if v.Shared {
		_ = b.nodeOf(v.Location).store.Free(v.Location) // it fails only for what is free already
	}
}

// share prepares to send an object that lies on p's node to p: the memory is attached and counted.
func (b *Backend) share(p *proc, h held) *transport.Stored {
	if h.at == nil {
		return h.value
	}
	if err := b.attach(p, h.at.at.Segment, false); err != nil {
		return &transport.Stored{Failure: &core.Failure{Kind: core.ObjectLost, Text: err.Error()}}
	}
	o := h.object
	o.refs++
	h.at.pins++
	p.maps[o.id]++
	return &transport.Stored{Shared: true, Place: &transport.Place{Location: h.at.at, Object: o.id}, Any: o.value.Any, Refs: o.value.Refs}
}

// unmapped takes back n counts of share.
func (b *Backend) unmapped(p *proc, id core.ID, n int) {
	if n = min(n, p.maps[id]); n <= 0 {
		return
	}
	if p.maps[id] -= n; p.maps[id] == 0 {
		delete(p.maps, id)
	}
	if o := b.objects.at(id); o != nil {
		if r := o.on(p.node); r != nil {
			r.pins = max(0, r.pins-n)
		}
	}
	b.release(id, n)
}

// lossText says why an object that is gone cannot be computed again.
func (o *object) lossText() string {
	if o.released && o.origin != fromTask {
		return fmt.Sprintf("object %s, from which it was made, was let go; keep a reference to it for as long", o.id)
	}
	switch o.origin {
	case fromPut:
		return fmt.Sprintf("object %s was put, and its node is gone: nothing says how to make it again", o.id)
	case fromCall:
		return fmt.Sprintf("object %s was the result of an actor's method, and its node is gone: methods have effects and are not repeated for a lost result", o.id)
	case fromArgument:
		return fmt.Sprintf("object %s was an argument given by value, and its node is gone", o.id)
	}
	return fmt.Sprintf("object %s is gone with its node, and the task that made it may not run again (MaxRetries 0, or its lineage took too much memory)", o.id)
}
