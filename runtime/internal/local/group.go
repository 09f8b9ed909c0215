package local

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/marshal"
	"github.com/goray/goray/runtime/internal/metrics"
	"github.com/goray/goray/runtime/internal/sched"
	"github.com/goray/goray/runtime/internal/transport"
)

var (
	_ core.Placer    = (*Backend)(nil)
	_ core.Explainer = (*Backend)(nil)
)

// CreateGroup implements core.Placer.
func (b *Backend) CreateGroup(g core.PlacementGroup) error {
	b.mu.Lock()
	defer b.unlock()
	return b.createGroup(g)
}

func (b *Backend) createGroup(g core.PlacementGroup) error {
	if b.closed {
		return core.ErrClosed
	}
	if err := b.groups.Create(g); err != nil {
		return err
	}
	b.newObject(g.ID) // the caller's count
	b.retain(g.ID)    // the group's own, until it is removed
	b.keepGroup(g)
	b.lookLater()
	return nil
}

// groupReady tells those who wait for a group.
func (b *Backend) groupReady(a sched.Action) {
	b.groups.Placed(a)
	id := core.ID(a.Group)
	if o := b.objects.at(id); o == nil || o.value != nil {
		return // it was reserved before, and placed anew
	}
	v, err := marshal.EncodeAny(reflect.ValueOf(true))
	if err != nil {
		panic(err) // a truth value can always be encoded
	}
	stored, err := transport.Store(&v, nil)
	if err != nil {
		panic(err) // it is small: no shared memory is needed
	}
	b.settle(id, stored)
}

// RemoveGroup implements core.Placer.
func (b *Backend) RemoveGroup(id core.ID) error {
	b.mu.Lock()
	defer b.unlock()
	b.removeGroup(id)
	return nil
}

func (b *Backend) removeGroup(id core.ID) {
	b.act() // what the scheduler has decided to start has its worker
	if !b.groups.Remove(id) {
		return
	}
	b.act()
	delete(b.groupOwners, id)
	b.forgetKept(id)
	if o := b.objects.at(id); o != nil && o.value == nil {
		b.settle(id, &transport.Stored{Failure: &core.Failure{Kind: core.GroupRemoved, Text: "the placement group was removed before it was reserved"}})
	}
	b.release(id, 1)
}

// LookupGroup implements core.Placer.
func (b *Backend) LookupGroup(name, namespace string) (core.GroupInfo, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	info, err := b.groups.Lookup(name, namespace)
	if err == nil {
		b.retain(info.ID)
	}
	return info, err
}

// Groups implements core.Placer.
func (b *Backend) Groups() ([]core.GroupInfo, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.groups.List(), nil
}

// Explain implements core.Explainer.
func (b *Backend) Explain(id core.ID) (core.Explanation, error) {
	b.mu.Lock()
	defer b.unlock()
	return b.explain(id)
}

// asked answers what workers rarely ask.
func (b *Backend) asked(p *proc, request uint64, r *transport.Reader) {
	var answer any
	var err error
	switch what := r.String(); what {
	case "create group":
		var g core.PlacementGroup
		if r.JSON(&g); r.Err() == nil {
			if err = b.createGroup(g); err == nil {
				p.holds[g.ID]++
				if owner := b.driverFrom(p, 0); owner != nil && !g.Detached {
					b.groupOwners[g.ID] = owner
				}
			}
		}
	case "remove group":
		var id core.ID
		if r.JSON(&id); r.Err() == nil {
			b.removeGroup(id)
		}
	case "lookup group":
		var name [2]string
		r.JSON(&name)
		var info core.GroupInfo
		if info, err = b.groups.Lookup(name[0], name[1]); err == nil {
			b.retain(info.ID)
			p.holds[info.ID]++
		}
		answer = info
	case "groups":
		answer = b.groups.List()
	case "explain":
		var id core.ID
		if r.JSON(&id); r.Err() == nil {
			answer, err = b.explain(id)
		}
	case "force":
		var c core.ForcedCancel
		if r.JSON(&c); r.Err() == nil {
			err = b.forceCancel(c.ID, c.Recursive)
		}
	case "names":
		var namespace *string
		if r.JSON(&namespace); r.Err() == nil {
			answer = b.namedActors(namespace)
		}
	case "record":
		var e core.Event
		if r.JSON(&e); r.Err() == nil {
			b.Record(e)
		}
	case "add node":
		var q core.NodeRequest
		if r.JSON(&q); r.Err() == nil {
			answer, err = b.addNodeFor(p, q)
		}
	case "remove node":
		var q core.NodeRequest
		if r.JSON(&q); r.Err() == nil {
			err = b.removeNode(q.Config.Name, q.Drain)
		}
	case "state":
		answer = b.state()
	case "gauges":
		b.tasks.Go(func() { b.gauged(p, request) })
		return
	case "metrics":
		var m []metrics.Series
		if r.JSON(&m); r.Err() == nil {
			metrics.Merge(p.pid, m)
		}
	case "list metrics":
		answer = metrics.Snapshot()
	case "observe":
		var q core.Observation
		if r.JSON(&q); r.Err() == nil {
			b.tasks.Go(func() { b.observed(p, request, q) })
		}
		return
	default:
		err = fmt.Errorf("a worker asked for %q; driver and worker must be of one build", what)
	}
	b.reply(p, request, func(w *transport.Writer) {
		w.String(errorName(err))
		w.JSON(answer)
	})
}

// errorName is how an error travels to a worker, which knows some of them.
func errorName(err error) string {
	for _, known := range []error{core.ErrGroupExists, core.ErrGroupNotFound, core.ErrClosed} {
		if errors.Is(err, known) {
			return known.Error()
		}
	}
	if err != nil {
		return err.Error()
	}
	return ""
}
