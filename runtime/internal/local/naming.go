package local

import (
	"cmp"
	"slices"

	"github.com/goray/goray/runtime/internal/core"
)

var _ core.ActorLister = (*Backend)(nil)

// NamedActors implements core.ActorLister.
func (b *Backend) NamedActors(namespace *string) ([]core.ActorName, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return nil, core.ErrClosed
	}
	return b.namedActors(namespace), nil
}

func (b *Backend) namedActors(namespace *string) []core.ActorName {
	list := []core.ActorName{}
	for key := range b.names {
		if namespace == nil || key.namespace == *namespace {
			list = append(list, core.ActorName{Name: key.name, Namespace: key.namespace})
		}
	}
	slices.SortFunc(list, func(x, y core.ActorName) int {
		return cmp.Or(cmp.Compare(x.Namespace, y.Namespace), cmp.Compare(x.Name, y.Name))
	})
	return list
}

// LookupActor implements core.Backend.
func (b *Backend) LookupActor(name, namespace string) (core.ActorInfo, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	a := b.names[nameKey{name, namespace}]
	if a == nil {
		return core.ActorInfo{}, core.ErrActorNotFound
	}
	b.retain(a.id)
	a.retired = false
	return a.info(), nil
}
