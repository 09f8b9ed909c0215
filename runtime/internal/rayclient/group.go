package rayclient

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/rayclient/pickle"
	"github.com/goray/goray/runtime/internal/rayclient/wire"
	"github.com/goray/goray/runtime/internal/sched"
)

// groupHandle is a placement group in a pickle.
func groupHandle(group string) any {
	return call("ray.util.placement_group", "PlacementGroup", call("ray._raylet", "PlacementGroupID", []byte(group)))
}

// groupID finds Ray's id in a placement group that came in a pickle; empty in anything else.
func groupID(o *pickle.Object) string {
	if o.Class.Name == "PlacementGroupID" && len(o.Args) > 0 {
		id, _ := o.Args[0].([]byte)
		return string(id)
	}
	for _, a := range o.Args {
		if inner, ok := a.(*pickle.Object); ok {
			if id := groupID(inner); id != "" {
				return id
			}
		}
	}
	if state, ok := o.State.(*pickle.Dict); ok {
		if inner, ok := state.Get("id"); ok {
			if id, ok := inner.(*pickle.Object); ok {
				return groupID(id)
			}
		}
	}
	return ""
}

// CreateGroup implements core.Placer.
func (b *backend) CreateGroup(g core.PlacementGroup) error {
	if err := b.closed(); err != nil {
		return err
	}
	if err := b.ownNamespace(g.Namespace); err != nil {
		return err
	}
	bundles := []any{}
	for _, r := range g.Bundles {
		m := map[string]any{}
		for name, amount := range r {
			m[name] = number(amount)
		}
		bundles = append(bundles, m)
	}
	var lifetime any
	if g.Detached {
		lifetime = "detached"
	}
	ctx, cancel := b.patient()
	defer cancel()
	v, release, err := b.evaluate(ctx, `lambda bundles, strategy, name, lifetime: (lambda g: [g.id.binary(), g.ready()])(__import__("ray.util", fromlist=["x"]).placement_group(bundles, strategy=strategy, name=name, lifetime=lifetime))`,
		bundles, g.Placement.String(), g.Name, lifetime)
	if err != nil {
		if strings.Contains(err.Error(), "already") {
			return core.ErrGroupExists
		}
		return err
	}
	defer release()
	id, ready, err := readGroup(v)
	if err != nil {
		return err
	}
	e := b.ids.add(g.ID, wire.Group, g.Name)
	e.group = id
	b.ids.settle(e, ready)
	return nil
}

func readGroup(v any) (id, ready string, err error) {
	l, ok := v.(*pickle.List)
	if ok && len(l.Items) == 2 {
		b, ok1 := l.Items[0].([]byte)
		h, ok2 := l.Items[1].(handle)
		if ok1 && ok2 {
			return string(b), h.ray, nil
		}
	}
	return "", "", fmt.Errorf("Ray answered with %T, not with a placement group", v)
}

// ownNamespace refuses other namespaces: Ray finds a placement group by its name only in the
// namespace of the job.
func (b *backend) ownNamespace(namespace string) error {
	if namespace == "" || namespace == b.namespace {
		return nil
	}
	return fmt.Errorf("Ray keeps placement groups in the namespace of the job, which is %q, not %q; connect with Config.Namespace", b.namespace, namespace)
}

// RemoveGroup implements core.Placer.
func (b *backend) RemoveGroup(id core.ID) error {
	if err := b.closed(); err != nil {
		return err
	}
	e := b.ids.find(id)
	if e.kind != wire.Group {
		return nil
	}
	ctx, cancel := b.patient()
	defer cancel()
	b.emptyGroup(ctx, id)
	return b.sent(ctx, func() error {
		_, release, err := b.evaluate(ctx, `lambda g: __import__("ray.util", fromlist=["x"]).remove_placement_group(g)`, groupHandle(e.group))
		if err == nil {
			release()
		}
		return err
	})
}

// groupRemoved is why something in a placement group has failed.
const groupRemoved = "its placement group has been removed"

// emptyPatience is how long the tasks of a group may take to end before it is removed.
const emptyPatience = 5 * time.Second

// emptyGroup ends the tasks and actors of a group that is about to be removed. Ray would end the workers of
// tasks and try again, in a group that there is not any more, without end; 2.9.3 would never give back what
// the group had reserved. Calls of an actor that is just being created would sometimes never end.
func (b *backend) emptyGroup(ctx context.Context, id core.ID) {
	t := b.ids
	t.mu.Lock()
	t.removed[id] = true
	var tasks, actors []*entry
	for _, e := range t.entries {
		switch {
		case e.within != id || e.call:
		case e.kind == wire.Object:
			tasks = append(tasks, e)
		case e.kind == wire.Actor:
			actors = append(actors, e)
		}
	}
	t.mu.Unlock()
	var ended []string
	_ = b.sent(ctx, func() error { // what it refuses or does not do in time, the removal does
		for _, e := range actors {
			if b.await(e) == nil {
				b.conn.Kill(e.ray, true)
			}
		}
		for _, e := range tasks {
			if b.await(e) == nil {
				ended = append(ended, e.ray)
			}
		}
		if len(ended) == 0 {
			return nil
		}
		_ = b.cancelled(ctx, b.cancel(true, true, ended...))
		_, err := b.conn.Wait(ctx, ended, len(ended), emptyPatience)
		return err
	})
}

// isRemoved reports whether this driver has given up a group.
func (t *table) isRemoved(id core.ID) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.removed[id]
}

// emptied makes the failure of what was in a group that was removed.
func (t *table) emptied(e *entry, f *core.Failure) *core.Failure {
	if e.within == 0 || !t.isRemoved(e.within) {
		return f
	}
	gone := *f
	switch f.Kind {
	case core.Cancelled, core.WorkerCrashed:
		gone.Kind, gone.Text = core.GroupRemoved, groupRemoved
	case core.ActorDied:
		gone.Text = groupRemoved + ": " + f.Text
	}
	return &gone
}

// LookupGroup implements core.Placer.
func (b *backend) LookupGroup(name, namespace string) (core.GroupInfo, error) {
	if err := b.closed(); err != nil {
		return core.GroupInfo{}, err
	}
	if err := b.ownNamespace(namespace); err != nil {
		return core.GroupInfo{}, err
	}
	ctx, cancel := b.patient()
	defer cancel()
	v, release, err := b.evaluate(ctx, `lambda name: (lambda g: [g.id.binary(), g.ready()])(__import__("ray.util", fromlist=["x"]).get_placement_group(name))`, name)
	if err != nil {
		if strings.Contains(err.Error(), "Failed to look up placement group") {
			return core.GroupInfo{}, core.ErrGroupNotFound
		}
		return core.GroupInfo{}, err
	}
	defer release()
	ray, ready, err := readGroup(v)
	if err != nil {
		return core.GroupInfo{}, err
	}
	known := b.groupIDs()[ray]
	if known == 0 {
		e := b.ids.add(b.NewID(), wire.Group, name)
		e.group, known = ray, e.id
		b.ids.settle(e, ready)
	} else {
		b.ids.retain(known)
	}
	all, err := b.Groups()
	if err != nil {
		return core.GroupInfo{}, err
	}
	for _, g := range all {
		if g.ID == known {
			return g, nil
		}
	}
	return core.GroupInfo{}, core.ErrGroupNotFound
}

// groupIDs are the groups that the driver refers to, by Ray's id.
func (b *backend) groupIDs() map[string]core.ID {
	b.ids.mu.Lock()
	defer b.ids.mu.Unlock()
	m := map[string]core.ID{}
	for id, e := range b.ids.entries {
		if e.kind == wire.Group && e.group != "" {
			m[e.group] = id
		}
	}
	return m
}

// Groups implements core.Placer. It lists the groups of the whole cluster; those that this driver
// does not know have the id 0.
func (b *backend) Groups() ([]core.GroupInfo, error) {
	ctx, cancel := b.patient()
	defer cancel()
	v, release, err := b.evaluate(ctx, `lambda: [[bytes.fromhex(k), g["name"], g["strategy"], g["state"], list(g["bundles"].values()), [str(g["bundles_to_node_id"].get(i) or "") for i in g["bundles"]]] for k, g in __import__("ray.util", fromlist=["x"]).placement_group_table().items()]`)
	if err != nil {
		return nil, err
	}
	defer release()
	rows, err := native(v, 0)
	if err != nil {
		return nil, err
	}
	ids := b.groupIDs()
	var out []core.GroupInfo
	for _, row := range rows.([]any) {
		f, ok := row.([]any)
		if !ok || len(f) != 6 {
			return nil, fmt.Errorf("Ray's table of placement groups has a row %v", row)
		}
		out = append(out, groupInfo(f, ids, b.namespace))
	}
	return out, nil
}

func groupInfo(f []any, ids map[string]core.ID, namespace string) core.GroupInfo {
	text := func(v any) string { s, _ := v.(string); return s }
	raw, _ := f[0].([]byte)
	g := core.GroupInfo{State: text(f[3])}
	g.ID, g.Name, g.Namespace = ids[string(raw)], text(f[1]), namespace
	for _, p := range []sched.Placement{sched.Pack, sched.SpreadOut, sched.StrictPack, sched.StrictSpreadOut} {
		if p.String() == text(f[2]) {
			g.Placement = p
		}
	}
	bundles, _ := f[4].([]any)
	for _, x := range bundles {
		r := core.Resources{}
		m, _ := x.(map[string]any)
		for name, amount := range m {
			switch n := amount.(type) {
			case int:
				r[name] = float64(n)
			case float64:
				r[name] = n
			}
		}
		g.Bundles = append(g.Bundles, r)
	}
	nodes, _ := f[5].([]any)
	for _, n := range nodes {
		g.Nodes = append(g.Nodes, text(n))
	}
	return g
}
