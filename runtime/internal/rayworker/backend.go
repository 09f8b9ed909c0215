package rayworker

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/rayclient/wire"
)

var (
	_ core.Backend      = (*link)(nil)
	_ core.BulkCanceler = (*link)(nil)
)

// NewID implements core.Backend: a random number, so that no two processes of a cluster make the
// same one.
func (l *link) NewID() core.ID {
	var b [8]byte
	for {
		_, _ = rand.Read(b[:]) // it cannot fail
		if id := core.ID(binary.LittleEndian.Uint64(b[:])); id != 0 {
			return id
		}
	}
}

// Submit implements core.Backend.
func (l *link) Submit(spec *core.TaskSpec) error {
	m := &message{Op: "task", Ref: spec.ID, Refs: spec.Returns}
	if spec.Kind == core.ActorCall {
		m.Op, m.Actor = "call", spec.Actor
		if o, ok := l.actors.Load(spec.Actor); ok {
			actor := o.(*core.Options)
			group := actor.GroupOf(spec)
			if actor.GroupLimit(group) == 0 { // Ray would end the actor
				return l.tell(&message{Op: "fail", Ref: spec.ID, Refs: spec.Returns, Failure: actor.NoGroup(spec.Label(), actor.Name, group)}, nil)
			}
			if group != spec.Group {
				spec.Own().Group = group
			}
		}
	}
	l.deadlines.begin(l, spec)
	return l.submit(m, spec)
}

// submit sends a task to Ray. What Ray refuses becomes the failure of the result.
func (l *link) submit(m *message, spec *core.TaskSpec) error {
	if j := l.single(); j != nil {
		spec.Parent = j.spec.ID
	}
	if spec.Kind != core.ActorCall && spec.Strategy.FailFast {
		if f := wire.Infeasible(spec, l.Nodes()); f != nil {
			if spec.Kind == core.ActorStart {
				f.Kind = core.ActorDied
			}
			return l.tell(&message{Op: "fail", Ref: spec.ID, Refs: spec.Returns, Failure: f}, nil)
		}
	}
	opts, err := wire.NewOptions(spec)
	if err != nil {
		return err
	}
	possible, f := opts.Strategy.Possible(l.Nodes)
	if f != nil {
		f.Func = spec.Label()
		if spec.Kind == core.ActorStart {
			f.Kind = core.ActorDied
		}
		return l.tell(&message{Op: "fail", Ref: spec.ID, Refs: spec.Returns, Failure: f}, nil)
	}
	opts.Strategy = possible
	if spec.Kind == core.ActorCall && len(spec.Returns) > 0 {
		n := len(spec.Returns) + 1
		opts.NumReturns = &n
	}
	m.Options = &opts
	m.Header = &wire.Header{Label: spec.Label(), Returns: len(spec.Returns) + 1, Namespace: l.namespace, Concurrency: spec.MaxConcurrency,
		GPUs: spec.Kind == core.Task && spec.Resources[core.GPU] > 0}
	letter, err := wire.Letter(m.Header, spec)
	if err != nil {
		return err
	}
	if letter != nil {
		m.Letter, m.Header = true, nil
		return l.tell(m, nil, letter)
	}
	var payload []byte
	if spec.Python != nil {
		m.Header.ForPython(spec)
	} else if payload, err = wire.EncodeSpec(spec); err != nil {
		return err
	}
	var values parcel
	if f := spec.Func; f != nil && spec.Python == nil && f.IsCell && (len(f.Captures.Inline) > 0 || len(f.Captures.Segments) > 0) {
		m.Header.Captures = true
		values.add(l, &f.Captures)
	}
	for i := range spec.Args {
		if a := &spec.Args[i]; a.Ref != 0 {
			values.refer(a.Ref)
		} else if err := values.add(l, &a.Value); err != nil {
			return fmt.Errorf("ray: %s: argument %d: %w", spec.Label(), i+1, err)
		}
	}
	return values.send(l, m, payload)
}

// CreateActor implements core.Backend.
func (l *link) CreateActor(spec *core.TaskSpec) (core.ID, error) {
	l.kinds.Store(spec.ID, wire.Actor)
	if len(spec.Groups) > 0 || len(spec.MethodGroups) > 0 {
		l.actors.Store(spec.ID, spec.Options)
	}
	return spec.ID, l.submit(&message{Op: "actor", Ref: spec.ID}, spec)
}

// Put implements core.Backend.
func (l *link) Put(id core.ID, v core.Value) error {
	var values parcel
	if err := values.add(l, &v); err != nil {
		return err
	}
	return values.send(l, &message{Op: "put", Ref: id}, nil)
}

// Get implements core.Backend.
func (l *link) Get(ctx context.Context, ids []core.ID) ([]core.Value, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	ctx, stop := l.joined(ctx)
	defer stop()
	l.counts.settle(ids)
	f, err := l.ask(ctx, &message{Op: "get", Refs: ids})
	if err != nil {
		return nil, err
	}
	if len(f.Vals) != len(ids) {
		return nil, fmt.Errorf("the shim answered %d values instead of %d", len(f.Vals), len(ids))
	}
	values := make([]core.Value, len(ids))
	payload := f.payload
	for i, raw := range f.Vals {
		if values[i], payload, err = l.value(raw, payload); err != nil {
			return nil, fmt.Errorf("object %s: %w", ids[i], err)
		}
		values[i].Failure = l.deadlines.explain(ids[i], values[i].Failure)
	}
	return values, nil
}

// Wait implements core.Backend.
func (l *link) Wait(ctx context.Context, ids []core.ID, n int, timeout time.Duration) ([]bool, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	ctx, stop := l.joined(ctx)
	defer stop()
	seconds := timeout.Seconds()
	if timeout < 0 {
		seconds = -1
	}
	f, err := l.ask(ctx, &message{Op: "wait", Refs: ids, N: n, Timeout: seconds})
	if err != nil {
		return nil, err
	}
	return f.Ready, nil
}

// joined makes a call that may block end when the task is cancelled that runs here.
func (l *link) joined(ctx context.Context) (context.Context, func()) {
	if core.TaskFrom(ctx) != nil {
		return ctx, func() {}
	}
	j := l.single()
	if j == nil {
		return ctx, func() {}
	}
	both, cancel := context.WithCancelCause(ctx)
	unhook := context.AfterFunc(j.ctx, func() { cancel(context.Canceled) })
	return both, func() { unhook(); cancel(nil) }
}

// Cancel implements core.Backend.
func (l *link) Cancel(id core.ID, force, recursive bool) error {
	_, err := l.ask(nil, &message{Op: "cancel", Ref: id, Force: force, Recursive: recursive})
	return plain(err)
}

// CancelAll implements core.BulkCanceler.
func (l *link) CancelAll(ids []core.ID) {
	for _, id := range ids {
		_ = l.tell(&message{Op: "cancel", Ref: id, Recursive: true}, nil)
	}
}

// Kill implements core.Backend.
func (l *link) Kill(actor core.ID, noRestart bool) error {
	_, err := l.ask(nil, &message{Op: "kill", Ref: actor, NoRestart: noRestart})
	return plain(err)
}

// LookupActor implements core.Backend.
func (l *link) LookupActor(name, namespace string) (core.ActorInfo, error) {
	f, err := l.ask(nil, &message{Op: "lookup", Name: name, Namespace: namespace})
	if err != nil {
		return core.ActorInfo{}, plain(err)
	}
	if !f.Found {
		return core.ActorInfo{}, core.ErrActorNotFound
	}
	l.kinds.Store(f.Ref, wire.Actor)
	return core.ActorInfo{ID: f.Ref, Name: name, Namespace: namespace, State: "ALIVE"}, nil
}

// Retain implements core.Backend.
func (l *link) Retain(id core.ID) { l.counts.add(id, 1) }

// Release implements core.Backend.
func (l *link) Release(id core.ID) { l.counts.add(id, -1) }

// AddCode implements core.Backend.
func (l *link) AddCode(hash string, source []byte) error {
	return l.tell(&message{Op: "addcode", Hash: hash}, nil, source)
}

// Code implements core.Backend.
func (l *link) Code(hash string) ([]byte, error) {
	f, err := l.ask(nil, &message{Op: "code", Hash: hash})
	switch {
	case err != nil:
		return nil, plain(err)
	case !f.Found:
		return nil, fmt.Errorf("the source %s of a cell is not in the cluster; define it again", hash)
	}
	return f.payload, nil
}

func (l *link) cluster() *frame {
	f, err := l.ask(nil, &message{Op: "cluster"})
	if err != nil {
		return &frame{} // the session is over
	}
	return f
}

// Total implements core.Backend.
func (l *link) Total() core.Resources { return wire.Amounts(l.cluster().Total) }

// Available implements core.Backend.
func (l *link) Available() core.Resources { return wire.Amounts(l.cluster().Available) }

// Nodes implements core.Backend.
func (l *link) Nodes() []core.NodeInfo {
	nodes := l.cluster().Nodes
	for i := range nodes {
		nodes[i].Labels, nodes[i].Resources = wire.Labels(nodes[i].Labels), wire.Amounts(nodes[i].Resources)
	}
	return nodes
}

// Info implements core.Backend.
func (l *link) Info() core.Info { return l.info }

// Close implements core.Backend; a worker ends with its Ray worker.
func (l *link) Close() error { return nil }

// plain makes an ordinary error of what Ray answered.
func plain(err error) error {
	var failed failureError
	if errors.As(err, &failed) {
		return errors.New(failed.failure.Text)
	}
	return err
}
