package local

import (
	"errors"
	"fmt"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/store"
	"github.com/goray/goray/runtime/internal/transport"
)

// held is the value of an object for a moment: small, or a place on a node that stays meanwhile.
type held struct {
	value  *transport.Stored
	object *object
	at     *residence // nil for a small value or a failure
}

// arrival is told when an object lies on a node: r is nil when its value is small or a failure,
// f says why it could not be brought.
type arrival func(r *residence, f *core.Failure)

// isHere reports whether the value of a ready object can be used on a node at once.
func (b *Backend) isHere(id core.ID, n *node) bool {
	o := b.objects.at(id)
	return o == nil || !o.value.Shared || o.on(n) != nil
}

// hold keeps the value of an object that isHere until letGo.
func (b *Backend) hold(id core.ID, n *node) held {
	o := b.objects.at(id)
	if o == nil || !o.value.Shared {
		return held{value: b.stored(id)}
	}
	r := o.on(n)
	b.clock++
	r.used = b.clock
	r.pins++
	return held{object: o, at: r}
}

func (b *Backend) letGo(list []held) {
	for _, h := range list {
		if h.at != nil {
			h.at.pins--
		}
	}
}

// gather brings the values of ready objects to a node, and calls then under the mutex: at once, if
// they are there. Whoever takes them calls letGo.
func (b *Backend) gather(n *node, ids []core.ID, then func(values []held)) {
	values := make([]held, len(ids))
	missing := 1
	done := func() {
		if missing--; missing == 0 {
			then(values)
		}
	}
	for i, id := range ids {
		o := b.objects.at(id)
		switch {
		case o == nil:
			values[i] = held{value: b.stored(id)}
			continue
		case !o.value.Shared: // nearly always
			values[i] = held{value: o.value}
			continue
		case o.on(n) != nil:
			values[i] = b.hold(id, n)
			continue
		}
		missing++
		b.bring(o, n, func(_ *residence, f *core.Failure) {
			if f != nil {
				values[i] = held{value: &transport.Stored{Failure: f}}
			} else {
				values[i] = b.hold(id, n)
			}
			done()
		})
	}
	done()
}

// bring copies an object to a node, restores it from a file, or has it computed again.
func (b *Backend) bring(o *object, n *node, then arrival) {
	if r := o.on(n); r != nil || !o.value.Shared {
		then(r, nil)
		return
	}
	if waiting, busy := o.bringing[n]; busy {
		o.bringing[n] = append(waiting, then)
		return
	}
	if o.bringing == nil {
		o.bringing = map[*node][]arrival{}
	}
	o.bringing[n] = []arrival{then}
	o.refs++ // until it has arrived
	b.fetch(o, n)
}

func (b *Backend) fetch(o *object, n *node) {
	switch {
	case b.closed:
	case n.dead:
		b.arrive(o, n, &core.Failure{Kind: core.ObjectLost, Text: fmt.Sprintf("node %s is gone", n.config.Name)})
	case o.on(n) != nil || !o.value.Shared:
		b.arrive(o, n, nil)
	case len(o.copies) > 0:
		from := o.copies[0]
		buf, err := from.node.store.Open(from.at, nil) // as long as it is open, it stays
		if err != nil {
			b.arrive(o, n, lostFailure(err))
			return
		}
		b.tasks.Go(func() { b.transfer(o, n, buf) })
	case o.file != nil:
		file := o.file
		b.tasks.Go(func() { b.restore(o, n, file) })
	default:
		b.recover(o) // and then this is called again
	}
}

func lostFailure(err error) *core.Failure {
	kind := core.ObjectLost
	switch {
	case errors.Is(err, core.ErrOutOfDisk):
		kind = core.OutOfDisk
	case errors.Is(err, core.ErrOutOfMemory):
		kind = core.OutOfMemory
	case errors.Is(err, core.ErrClosed):
		kind = core.SessionClosed
	}
	return &core.Failure{Kind: kind, Text: err.Error()}
}

// arrive tells those who wait that an object is on a node, or why not.
func (b *Backend) arrive(o *object, n *node, f *core.Failure) {
	waiting := o.bringing[n]
	delete(o.bringing, n)
	r := o.on(n)
	for _, then := range waiting {
		then(r, f)
	}
	b.release(o.id, 1)
}

// transferChunk is how much is copied between two looks at whether the copy is still wanted.
const transferChunk = 4 << 20

// transfer copies an object from another node.
func (b *Backend) transfer(o *object, n *node, from *store.Buffer) {
	data := from.Bytes()
	size := int64(len(data))
	draft, err := b.createCopy(n, size)
	for at := int64(0); err == nil && at < size; at += transferChunk {
		if err = draft.Copy(at, data[at:min(at+transferChunk, size)]); err == nil && !b.goesOn() {
			err = core.ErrClosed
		}
	}
	from.Release()
	b.mu.Lock()
	defer b.unlock()
	if err == nil {
		b.stats.transferred += size
	}
	b.settleOn(o, n, draft, err)
}

// settleOn finishes the bringing of an object: draft has its value if err is nil.
func (b *Backend) settleOn(o *object, n *node, draft *store.Draft, err error) {
	if err == nil && (n.dead || o.on(n) != nil || !o.value.Shared) {
		draft.Abort()
		b.fetch(o, n) // which finds out what has happened meanwhile
		return
	}
	if err != nil {
		if draft != nil {
			draft.Abort()
		}
		b.arrive(o, n, lostFailure(err))
		return
	}
	b.reside(o, draft.Seal())
	b.arrive(o, n, nil)
}

// restore reads an object from its file.
func (b *Backend) restore(o *object, n *node, file *store.Spilled) {
	draft, err := b.createCopy(n, file.Size)
	if err == nil {
		err = file.Restore(draft, b.goesOn)
	}
	b.mu.Lock()
	defer b.unlock()
	if err == nil {
		b.stats.restored += file.Size
	}
	if errors.Is(err, store.ErrCorrupt) {
		draft.Abort()
		if o.file == file {
			b.dropFile(o)
			o.damage = err.Error()
		}
		b.fetch(o, n) // from another copy, or by computing it again
		return
	}
	b.settleOn(o, n, draft, err)
}

// goesOn reports whether the session has not ended.
func (b *Backend) goesOn() bool {
	select {
	case <-b.ended:
		return false
	default:
		return true
	}
}
