package ray

import (
	"context"
	"errors"
	"fmt"

	"github.com/goray/goray/runtime/internal/core"
)

// NamedActor is the name of an actor, for GetActor.
type NamedActor struct{ Name, Namespace string }

// ListNamedActors lists the living actors that have a name, in the session's namespace or in all of
// them, in the order of namespaces and names.
func ListNamedActors(allNamespaces bool) ([]NamedActor, error) {
	s := currentSession()
	if s == nil {
		return nil, notInitialized()
	}
	lister, ok := s.backend.(core.ActorLister)
	if !ok {
		return nil, fmt.Errorf("ray: ListNamedActors: this backend (%s) does not list names; use ray.GetActor: %w", s.backend.Info().Scheme, errors.ErrUnsupported)
	}
	namespace := new(s.namespace())
	if allNamespaces {
		namespace = nil
	}
	names, err := lister.NamedActors(namespace)
	if err != nil {
		return nil, waitError(context.Background(), err)
	}
	list := make([]NamedActor, len(names))
	for i, n := range names {
		list[i] = NamedActor(n)
	}
	return list, nil
}

// ExitActor ends the actor whose method calls it, with the context of that call: after the calls
// that are running, whose values are delivered, no other begins. Those that wait, and all later
// ones, fail with ErrActorDied. The actor is not restarted. Outside of an actor it is an
// ErrInvalidCall.
func ExitActor(ctx context.Context) error {
	t := core.TaskFrom(ctx)
	if t == nil || t.ActorID == 0 {
		return invalidCall("ExitActor: the context is not that of an actor's call; call it in a method with the method's own context, or end the actor with ray.Kill")
	}
	exiter, ok := t.Backend.(core.ActorExiter)
	if !ok {
		return fmt.Errorf("ray: ExitActor: this backend (%s) cannot; end the actor with ray.Kill: %w", t.Backend.Info().Scheme, errors.ErrUnsupported)
	}
	return exiter.ExitActor(t.TaskID)
}
