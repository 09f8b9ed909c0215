package rayclient

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/rayclient/pickle"
	"github.com/goray/goray/runtime/internal/rayclient/wire"
)

// noArguments are those of a call without any.
var noArguments = pickle.Dump(pickle.Tuple{[]any{}, map[string]any{}})

// CreateActor implements core.Backend.
func (b *backend) CreateActor(spec *core.TaskSpec) (core.ID, error) {
	if err := b.closed(); err != nil {
		return 0, err
	}
	if spec.GetIfExists && spec.Options.Name != "" {
		// Ray's client server would take the answer for another actor and forget the first handle,
		// which is the one that keeps the actor alive: it is asked only where there is none yet.
		if info, err := b.LookupActor(spec.Options.Name, spec.Options.Namespace); err == nil {
			return info.ID, nil
		} else if !errors.Is(err, core.ErrActorNotFound) {
			return 0, err
		}
	}
	e := b.ids.add(spec.ID, wire.Actor, spec.Label())
	e.options, e.within = spec.Options, b.groupOf(spec)
	if err := b.queue(spec, []*entry{e}); err != nil {
		return 0, err
	}
	if spec.GetIfExists && spec.Options.Name != "" && b.await(e) == nil {
		return b.sameActor(e), nil
	}
	return e.id, nil
}

// sameActor returns the id under which an actor is known already, with the count of e.
func (b *backend) sameActor(e *entry) core.ID {
	b.ids.mu.Lock()
	defer b.ids.mu.Unlock()
	first := b.ids.byRay[e.ray]
	if first == nil || first == e {
		return e.id
	}
	first.count++
	b.ids.less(e)
	return first.id
}

// LookupActor implements core.Backend. The client protocol has a request of its own for it, after
// which the head keeps the actor for as long as this session lives; this way it can be let go.
func (b *backend) LookupActor(name, namespace string) (core.ActorInfo, error) {
	var info core.ActorInfo
	if err := b.closed(); err != nil {
		return info, err
	}
	var in any
	if namespace != "" {
		in = namespace
	}
	ctx, cancel := b.patient()
	defer cancel()
	if err := b.sent(ctx, func() error { return nil }); err != nil {
		return info, err
	}
	v, release, err := b.evaluate(ctx, `lambda name, namespace: __import__("ray").get_actor(name, namespace)`, name, in)
	if err != nil {
		if strings.Contains(err.Error(), "Failed to look up actor") {
			return info, core.ErrActorNotFound
		}
		return info, err
	}
	defer release()
	h, ok := v.(handle)
	if !ok || h.kind != "Actor" {
		return info, fmt.Errorf("Ray found a %T by the name %q, not an actor", v, name)
	}
	e := b.ids.add(b.NewID(), wire.Actor, name)
	b.ids.settle(e, h.ray)
	return core.ActorInfo{ID: b.sameActor(e), Name: name, Namespace: namespace, State: "ALIVE"}, nil
}

// NamedActors implements core.ActorLister.
func (b *backend) NamedActors(namespace *string) ([]core.ActorName, error) {
	if err := b.closed(); err != nil {
		return nil, err
	}
	ctx, cancel := b.patient()
	defer cancel()
	var js string
	err := b.sent(ctx, func() (err error) {
		// What was sent before is done when the server has answered on the same stream.
		if err = b.conn.Release(nil).OK(ctx); err == nil {
			js, err = b.conn.ListNamedActors(ctx)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	var all, out []core.ActorName
	if err := json.Unmarshal([]byte(js), &all); err != nil {
		return nil, fmt.Errorf("Ray's list of named actors: %w", err)
	}
	for _, a := range all {
		if namespace == nil || a.Namespace == *namespace || *namespace == "" && a.Namespace == b.namespace {
			out = append(out, a)
		}
	}
	slices.SortFunc(out, func(x, y core.ActorName) int {
		return cmp.Or(cmp.Compare(x.Namespace, y.Namespace), cmp.Compare(x.Name, y.Name))
	})
	return out, nil
}

// Kill implements core.Backend.
func (b *backend) Kill(actor core.ID, noRestart bool) error {
	if err := b.closed(); err != nil {
		return err
	}
	e := b.ids.find(actor)
	if b.await(e) != nil || e.kind != wire.Actor {
		return nil // it never was
	}
	ctx, cancel := b.patient()
	defer cancel()
	return b.sent(ctx, func() error { return b.conn.Kill(e.ray, noRestart).OK(ctx) })
}

// sent does something when all that was submitted before has been sent.
func (b *backend) sent(ctx context.Context, do func() error) error {
	done := make(chan struct{})
	if !b.sending.push(func() { close(done) }) {
		return core.ErrClosed
	}
	select {
	case <-done:
		return do()
	case <-ctx.Done():
		return ctx.Err()
	}
}
