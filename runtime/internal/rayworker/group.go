package rayworker

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/rayclient/wire"
	"github.com/goray/goray/runtime/internal/sched"
)

var (
	_ core.Placer      = (*link)(nil)
	_ core.ActorLister = (*link)(nil)
	_ core.ActorExiter = (*link)(nil)
)

// group is a placement group as the shim tells of it.
type group struct {
	ID       core.ID          `json:"ref"` // 0: nobody here refers to it
	Name     string           `json:"name"`
	Strategy string           `json:"strategy"`
	State    string           `json:"state"`
	Bundles  []core.Resources `json:"bundles"`
	Nodes    []string         `json:"nodes"`
}

// CreateGroup implements core.Placer.
func (l *link) CreateGroup(g core.PlacementGroup) error {
	if err := l.ownNamespace(g.Namespace); err != nil {
		return err
	}
	_, err := l.ask(nil, &message{Op: "group", Ref: g.ID, Bundles: g.Bundles, Strategy: g.Placement.String(), Name: g.Name, Detached: g.Detached})
	if err != nil {
		if strings.Contains(err.Error(), "already") {
			return core.ErrGroupExists
		}
		return plain(err)
	}
	l.kinds.Store(g.ID, wire.Group)
	return nil
}

// ownNamespace refuses other namespaces: Ray finds placement groups in that of the job.
func (l *link) ownNamespace(namespace string) error {
	if namespace == "" || namespace == l.namespace {
		return nil
	}
	return fmt.Errorf("Ray keeps placement groups in the namespace of the job, which is %q, not %q; connect with Config.Namespace", l.namespace, namespace)
}

// RemoveGroup implements core.Placer.
func (l *link) RemoveGroup(id core.ID) error {
	_, err := l.ask(nil, &message{Op: "ungroup", Ref: id})
	return plain(err)
}

// LookupGroup implements core.Placer.
func (l *link) LookupGroup(name, namespace string) (core.GroupInfo, error) {
	if err := l.ownNamespace(namespace); err != nil {
		return core.GroupInfo{}, err
	}
	f, err := l.ask(nil, &message{Op: "findgroup", Name: name})
	switch {
	case err != nil:
		return core.GroupInfo{}, plain(err)
	case !f.Found:
		return core.GroupInfo{}, core.ErrGroupNotFound
	}
	l.kinds.Store(f.Ref, wire.Group)
	all, err := l.Groups()
	for _, g := range all {
		if g.ID == f.Ref {
			return g, nil
		}
	}
	return core.GroupInfo{}, errors.Join(core.ErrGroupNotFound, err)
}

// Groups implements core.Placer. It lists those of the whole cluster; which nobody here refers to
// have the id 0.
func (l *link) Groups() ([]core.GroupInfo, error) {
	f, err := l.ask(nil, &message{Op: "groups"})
	if err != nil {
		return nil, plain(err)
	}
	var list []core.GroupInfo
	for _, g := range f.Groups {
		i := core.GroupInfo{State: g.State, Nodes: g.Nodes}
		i.ID, i.Name, i.Namespace, i.Bundles = g.ID, g.Name, l.namespace, g.Bundles
		for _, p := range []sched.Placement{sched.Pack, sched.SpreadOut, sched.StrictPack, sched.StrictSpreadOut} {
			if p.String() == g.Strategy {
				i.Placement = p
			}
		}
		list = append(list, i)
	}
	return list, nil
}

// NamedActors implements core.ActorLister.
func (l *link) NamedActors(namespace *string) ([]core.ActorName, error) {
	f, err := l.ask(nil, &message{Op: "names"})
	if err != nil {
		return nil, plain(err)
	}
	var list []core.ActorName
	for _, n := range f.Names {
		if namespace == nil || n.Namespace == *namespace {
			list = append(list, n)
		}
	}
	slices.SortFunc(list, func(a, b core.ActorName) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
	})
	return list, nil
}

// ExitActor implements core.ActorExiter: Ray ends the actor after the calls that it has already.
func (l *link) ExitActor(core.ID) error {
	_, err := l.ask(nil, &message{Op: "exit"})
	return plain(err)
}
