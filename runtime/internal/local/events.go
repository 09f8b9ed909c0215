package local

import (
	"fmt"
	"sync"
	"time"

	"github.com/goray/goray/runtime/internal/core"
)

// maxEvents is how many events are remembered.
const maxEvents = 2000

// events are the last things that happened. They have a mutex of their own, which is taken last.
type events struct {
	mu      sync.Mutex
	last    int64
	ring    []core.Event // up to maxEvents; that of serial n at (n-1) % maxEvents
	spilled spillage
}

// spillage is what was spilled since an event told of it.
type spillage struct {
	at    time.Time
	bytes int64
	count int
}

// spillPeriod is how often an event tells of what is spilled.
const spillPeriod = 2 * time.Second

// Record implements core.EventLog.
func (b *Backend) Record(e core.Event) {
	l := &b.events
	l.mu.Lock()
	defer l.mu.Unlock()
	l.add(e)
}

func (l *events) add(e core.Event) {
	l.last++
	e.Serial, e.At = l.last, time.Now()
	if len(l.ring) < maxEvents {
		l.ring = append(l.ring, e)
		return
	}
	l.ring[(l.last-1)%maxEvents] = e
}

// Events implements core.EventLog.
func (b *Backend) Events(after int64) (list []core.Event) {
	l := &b.events
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tellSpilled()
	for n := max(after, l.last-int64(len(l.ring))) + 1; n <= l.last; n++ {
		list = append(list, l.ring[(n-1)%maxEvents])
	}
	return list
}

// note records what happened to something on a node.
func (b *Backend) note(severity, kind, id string, n *node, message string, args ...any) {
	e := core.Event{Severity: severity, Type: kind, ID: id, Message: fmt.Sprintf(message, args...)}
	if n != nil {
		e.Node = n.config.Name
	}
	b.Record(e)
}

// noteSpill counts what is spilled; an event tells of it now and then.
func (b *Backend) noteSpill(bytes int64) {
	l := &b.events
	l.mu.Lock()
	defer l.mu.Unlock()
	s := &l.spilled
	s.bytes += bytes
	s.count++
	if time.Since(s.at) > spillPeriod {
		l.tellSpilled()
	}
}

func (l *events) tellSpilled() {
	s := &l.spilled
	if s.count == 0 {
		return
	}
	l.add(core.Event{Severity: "WARNING", Type: "OBJECTS_SPILLED", Message: fmt.Sprintf(
		"%d objects, %d MiB, were written to files, since they did not fit into the object store", s.count, s.bytes>>20)})
	*s = spillage{at: time.Now()}
}
