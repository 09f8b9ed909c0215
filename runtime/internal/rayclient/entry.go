package rayclient

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/rayclient/wire"
)

// entry is what a core id stands for on the cluster.
type entry struct {
	id    core.ID
	kind  string // wire.Object, wire.Actor, wire.Group
	label string // of the task, for failures
	call  bool   // the result of an actor's method

	known chan struct{} // closed when the following is
	ray   string        // Ray's id of the object, the actor, or the object that tells of the group
	group string        // Ray's id of a placement group
	// failure stands in the place of an object that Ray has never heard of.
	failure *core.Failure

	// options are those of an actor that was created here.
	options *core.Options
	// mortal is a call of an actor that Ray does not restart.
	mortal bool
	// first is the first result of the same task; nil if that is this one.
	first *entry
	// forced: the task was cancelled with force.
	forced atomic.Bool
	// within is the placement group of the task or the actor, or of the call's actor.
	within core.ID
	// late is how long the task might have taken, once that time has passed.
	late atomic.Int64

	// Under table.mu.
	count  int
	nested []*entry // references in the value, which live as long as it does
	probe  *entry   // of an actor: an object that is there when its constructor has returned
}

// table is what the driver knows of ids.
type table struct {
	mu      sync.Mutex
	entries map[core.ID]*entry
	users   map[string]int    // entries per id of Ray's: the server counts a client once
	byRay   map[string]*entry // actors, which may be found by name
	dead    []string          // to be released
	removed map[core.ID]bool  // placement groups that this driver has given up
	gets    getTimes
	wake    chan struct{}
	end     chan struct{}
}

func newTable() *table {
	return &table{entries: map[core.ID]*entry{}, users: map[string]int{}, byRay: map[string]*entry{}, removed: map[core.ID]bool{}, wake: make(chan struct{}, 1), end: make(chan struct{})}
}

func (t *table) close() { close(t.end) }

// add makes an entry with one count whose place on the cluster is not known yet.
func (t *table) add(id core.ID, kind, label string) *entry {
	e := &entry{id: id, kind: kind, label: label, known: make(chan struct{}), count: 1}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.entries[id] = e
	return e
}

// find returns an entry, or one that failed.
func (t *table) find(id core.ID) *entry {
	t.mu.Lock()
	defer t.mu.Unlock()
	if e := t.entries[id]; e != nil {
		return e
	}
	known := make(chan struct{})
	close(known)
	return &entry{id: id, kind: wire.Object, known: known, failure: &core.Failure{Kind: core.ObjectLost, Text: "nobody refers to it any more, so Ray has let it go"}}
}

// settle says where an entry is on the cluster.
func (t *table) settle(e *entry, ray string) {
	t.mu.Lock()
	e.ray = ray
	t.users[ray]++
	if e.kind == wire.Actor && t.byRay[ray] == nil {
		t.byRay[ray] = e
	}
	gone := t.entries[e.id] != e // released meanwhile
	if gone {
		t.drop(e)
	}
	close(e.known) // under the lock: a release now must see that it is known, or nobody drops it
	t.mu.Unlock()
}

// fail says that an entry has no place on the cluster.
func (t *table) fail(e *entry, f *core.Failure) {
	e.failure = f
	close(e.known)
}

// retain adds a count.
func (t *table) retain(id core.ID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if e := t.entries[id]; e != nil {
		e.count++
	}
}

// release takes a count.
func (t *table) release(id core.ID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if e := t.entries[id]; e != nil {
		t.less(e)
	}
}

// less takes a count of an entry; under t.mu.
func (t *table) less(e *entry) {
	if e.count--; e.count > 0 {
		return
	}
	if t.entries[e.id] == e {
		delete(t.entries, e.id)
	}
	for _, n := range e.nested {
		t.less(n)
	}
	e.nested = nil
	if e.probe != nil {
		t.less(e.probe)
	}
	select {
	case <-e.known:
		t.drop(e)
	default: // settle does it
	}
}

// drop lets Ray's object go with its last entry; under t.mu.
func (t *table) drop(e *entry) {
	if e.ray == "" {
		return
	}
	if t.byRay[e.ray] == e {
		delete(t.byRay, e.ray)
	}
	t.unuse(e.ray)
}

// unuse takes a use of Ray's object; under t.mu.
func (t *table) unuse(ray string) {
	if t.users[ray]--; t.users[ray] > 0 {
		return
	}
	delete(t.users, ray)
	t.dead = append(t.dead, ray)
	select {
	case t.wake <- struct{}{}:
	default:
	}
}

// nested registers a reference that came inside the value of parent.
func (t *table) nested(parent *entry, id core.ID, kind, ray, group string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	e := t.entries[id]
	if e == nil {
		e = &entry{id: id, kind: kind, known: make(chan struct{}), ray: ray, group: group}
		close(e.known)
		t.entries[id] = e
		if ray != "" {
			t.users[ray]++
		}
		if kind == wire.Actor && t.byRay[ray] == nil {
			t.byRay[ray] = e
		}
	}
	for _, n := range parent.nested {
		if n == e {
			return
		}
	}
	e.count++
	parent.nested = append(parent.nested, e)
}

// releaseDelay gathers releases: one message for the references of a loop.
const releaseDelay = 10 * time.Millisecond

// releases tells the cluster what is not used any more, in batches.
func (b *backend) releases() {
	t := b.ids
	for {
		select {
		case <-t.wake:
		case <-t.end:
			return
		}
		pause := time.NewTimer(releaseDelay)
		select {
		case <-pause.C:
		case <-t.end:
			pause.Stop()
			return
		}
		t.gets.release(t.unused, func(ids []string) { b.conn.Release(ids) })
	}
}

// unused takes what may be released. What has come back meanwhile, inside another value, stays.
func (t *table) unused() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	kept := t.dead[:0]
	for _, ray := range t.dead {
		if t.users[ray] == 0 {
			kept = append(kept, ray)
		}
	}
	t.dead = nil
	return kept
}

// hold keeps a reference that was read until it belongs to an entry.
func (t *table) hold(ray string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.users[ray]++
}

// unhold ends what hold began.
func (t *table) unhold(held []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, ray := range held {
		t.unuse(ray)
	}
}

// Retain implements core.Backend.
func (b *backend) Retain(id core.ID) { b.ids.retain(id) }

// Release implements core.Backend.
func (b *backend) Release(id core.ID) { b.ids.release(id) }
