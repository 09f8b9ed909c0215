package rayclient

import (
	"context"
	"encoding/json"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/marshal"
	"github.com/goray/goray/runtime/internal/rayclient/conn"
	"github.com/goray/goray/runtime/internal/rayclient/pickle"
	pb "github.com/goray/goray/runtime/internal/rayclient/raypb"
	"github.com/goray/goray/runtime/internal/rayclient/wire"
	"github.com/goray/goray/runtime/internal/sched"
)

// send gives Ray what was submitted, in that order: calls of an actor must not overtake each
// other. A task whose argument has no id of Ray's yet waits for it, which is one round trip.
func (b *backend) send() {
	for {
		work, ok := b.sending.next()
		if !ok {
			return
		}
		work()
	}
}

// receive takes Ray's tickets, which come in the order of the requests.
func (b *backend) receive() {
	for {
		work, ok := b.tickets.next()
		if !ok {
			return
		}
		work()
	}
}

// Submit implements core.Backend.
func (b *backend) Submit(spec *core.TaskSpec) error {
	if err := b.closed(); err != nil {
		return err
	}
	label := spec.Label()
	results := []*entry{b.ids.add(spec.ID, wire.Object, label)}
	for _, id := range spec.Returns {
		results = append(results, b.ids.add(id, wire.Object, label))
	}
	within, mortal := b.groupOf(spec), spec.Kind == core.ActorCall && b.ids.find(spec.Actor).neverRestarts()
	for i, e := range results {
		if e.call, e.within, e.mortal = spec.Kind == core.ActorCall, within, mortal; i > 0 {
			e.first = results[0]
		}
	}
	if spec.Timeout > 0 {
		b.limit(results, spec.Timeout)
	}
	return b.queue(spec, results)
}

// groupOf is the placement group that a task belongs to, or 0.
func (b *backend) groupOf(spec *core.TaskSpec) core.ID {
	if spec.Kind == core.ActorCall {
		return b.ids.find(spec.Actor).within
	}
	if spec.Strategy.Kind == sched.InGroup {
		return core.ID(spec.Strategy.Group)
	}
	return 0
}

// queue puts a task into the line; what it uses stays until Ray knows of it.
func (b *backend) queue(spec *core.TaskSpec, results []*entry) error {
	for i := range spec.Args { // it is sent later, and the caller's memory may change
		spec.Args[i].Value = marshal.Own(spec.Args[i].Value)
	}
	used := uses(spec)
	for _, id := range used {
		b.ids.retain(id)
	}
	if !b.sending.push(func() {
		defer func() {
			for _, id := range used {
				b.ids.release(id)
			}
		}()
		reply, f := b.submit(spec)
		if f != nil {
			if f.Func == "" {
				f.Func = spec.Label()
			}
			b.refuse(results, f)
			return
		}
		if !b.tickets.push(func() { b.ticket(reply, results) }) {
			b.refuse(results, &core.Failure{Kind: core.SessionClosed, Text: core.ErrClosed.Error()})
		}
	}) {
		return core.ErrClosed
	}
	return nil
}

// uses lists what a task refers to.
func uses(spec *core.TaskSpec) (ids []core.ID) {
	if spec.Kind == core.ActorCall {
		ids = append(ids, spec.Actor)
	}
	for i := range spec.Args {
		if ref := spec.Args[i].Ref; ref != 0 {
			ids = append(ids, ref)
		}
		ids = append(ids, spec.Args[i].Value.Refs...)
	}
	if spec.Func != nil {
		ids = append(ids, spec.Func.Captures.Refs...)
	}
	return ids
}

func (b *backend) refuse(results []*entry, f *core.Failure) {
	for _, e := range results {
		b.ids.fail(e, f)
	}
}

// ticket learns Ray's ids of the results.
func (b *backend) ticket(reply *conn.Reply, results []*entry) {
	ids, err := reply.IDs(context.Background())
	if err == nil && len(ids) != len(results) {
		b.refuse(results, &core.Failure{Kind: core.BadCall, Text: "Ray answered with another number of results"})
		return
	}
	if err != nil {
		b.refuse(results, refused(err, results[0].label))
		return
	}
	for i, e := range results {
		b.ids.settle(e, ids[i])
	}
}

// submit sends a task.
func (b *backend) submit(spec *core.TaskSpec) (*conn.Reply, *core.Failure) {
	t := &pb.ClientTask{Name: spec.Label()}
	switch spec.Kind {
	case core.Task:
		t.Type = pb.ClientTask_FUNCTION
	case core.ActorStart:
		t.Type = pb.ClientTask_ACTOR
	case core.ActorCall:
		t.Type, t.Name = pb.ClientTask_METHOD, "call"
	}
	f := b.address(t, spec)
	if f != nil {
		return nil, f
	}
	if t.Options, f = b.options(spec); f != nil {
		return nil, f
	}
	if spec.Kind != core.ActorCall && spec.Strategy.FailFast {
		if f = wire.Infeasible(spec, b.Nodes()); f != nil {
			return nil, f
		}
	}
	args, f := b.arguments(spec)
	if f != nil {
		return nil, f
	}
	return b.conn.Task(t, pickle.Buffers(pickle.Tuple{args, map[string]any{}})), nil
}

// address says what the task runs: the shim, or an actor's method.
func (b *backend) address(t *pb.ClientTask, spec *core.TaskSpec) *core.Failure {
	if spec.Kind != core.ActorCall {
		index, variant := shimTask, ""
		if spec.Python != nil {
			index = shimPython
		}
		if spec.Kind == core.ActorStart {
			if index = shimActor; spec.Python != nil {
				index = shimPythonActor
			}
			t.BaselineOptions = groupOptions(spec.Groups)
			variant = string(t.BaselineOptions.GetPickledOptions())
		}
		id, err := b.shim(index, variant)
		if err != nil {
			return refused(err, spec.Label())
		}
		t.PayloadId = []byte(id)
		return nil
	}
	e := b.ids.find(spec.Actor)
	if f := b.await(e); f != nil {
		// A copy: the failure of the actor is not that of the call.
		dead := *f
		if dead.Kind != core.SessionClosed && dead.Kind != core.ActorExists {
			dead.Kind = core.ActorDied
		}
		return &dead
	}
	t.PayloadId = []byte(e.ray)
	if o := e.options; o != nil {
		group := o.GroupOf(spec)
		if group != "" && o.GroupLimit(group) == 0 {
			return o.NoGroup(spec.Label(), e.label, group)
		}
		if group != spec.Group {
			spec.Own().Group = group
		}
	}
	return nil
}

// arguments makes the list of what the shim is called with.
func (b *backend) arguments(spec *core.TaskSpec) ([]any, *core.Failure) {
	h := wire.Header{Label: spec.Label(), Namespace: b.namespace}
	bad := func(err error) *core.Failure { return &core.Failure{Kind: core.BadCall, Text: err.Error()} }
	args := []any{nil}
	switch spec.Kind {
	case core.ActorStart:
		h.Concurrency = spec.MaxConcurrency
	case core.Task:
		h.Returns, h.GPUs = len(spec.Returns)+1, spec.Resources[core.GPU] > 0
	}
	letter, err := wire.Letter(&h, spec)
	if err != nil {
		return nil, bad(err)
	}
	if letter != nil {
		return []any{letter}, nil
	}
	var payload []byte
	var bins any
	if spec.Python == nil && spec.Kind != core.ActorCall || spec.Python != nil && h.ForPython(spec) {
		refs, sha, err := b.binaries()
		if err != nil {
			return nil, bad(err)
		}
		bins, h.SHA = refs, sha
	}
	if spec.Python == nil {
		var err error
		if payload, err = wire.EncodeSpec(spec); err != nil {
			return nil, bad(err)
		}
	}
	if spec.Kind == core.ActorCall {
		args = append(args, payload)
	} else {
		args = append(args, bins, payload)
	}
	if h.Bins {
		args = append(args, bins)
	}
	if spec.Func != nil && spec.Python == nil && spec.Func.IsCell && spec.Func.Captures.Size() > 0 {
		h.Captures = true
		c, f := b.captured(spec.Func)
		if f != nil {
			return nil, f
		}
		args = append(args, c)
	}
	for i := range spec.Args {
		a, f := b.argument(&spec.Args[i])
		if f != nil {
			return nil, f
		}
		args = append(args, a)
	}
	header, err := json.Marshal(h)
	if err != nil {
		return nil, bad(err)
	}
	args[0] = string(header)
	return args, nil
}

func (b *backend) argument(a *core.Arg) (any, *core.Failure) {
	if a.Ref == 0 {
		return b.pack(&a.Value)
	}
	e := b.ids.find(a.Ref)
	if f := b.await(e); f != nil {
		return nil, f
	}
	if e.kind == wire.Actor {
		// As an argument an actor is the object that its constructor yields.
		e = b.constructed(e)
		if f := b.await(e); f != nil {
			return nil, f
		}
	}
	return b.stub("Object", e.ray), nil
}

// inlineCaptures is the size up to which captured variables travel with each task.
const inlineCaptures = 64 << 10

// captured makes the value of a function's captured variables; large ones are stored once.
func (b *backend) captured(f *core.FuncRef) (any, *core.Failure) {
	if f.Captures.Size() <= inlineCaptures {
		return b.pack(&f.Captures)
	}
	b.mu.Lock()
	e := b.captures[f]
	b.mu.Unlock()
	if e == nil {
		e = b.ids.add(b.NewID(), wire.Object, f.Name)
		if err := b.put(context.Background(), e, f.Captures); err != nil {
			return nil, refused(err, f.Name)
		}
		b.mu.Lock()
		if len(b.captures) >= maxCaptures {
			for k, old := range b.captures { // any: Ray keeps what tasks in flight use
				delete(b.captures, k)
				b.ids.release(old.id)
				break
			}
		}
		b.captures[f] = e
		b.mu.Unlock()
	}
	if failure := b.await(e); failure != nil {
		return nil, failure
	}
	return b.stub("Object", e.ray), nil
}

// maxCaptures bounds what is stored for functions that may never be called again.
const maxCaptures = 64

// Put implements core.Backend.
func (b *backend) Put(id core.ID, v core.Value) error {
	return b.PutContext(context.Background(), id, v)
}

// PutContext implements core.ContextPutter.
func (b *backend) PutContext(ctx context.Context, id core.ID, v core.Value) error {
	if err := b.closed(); err != nil {
		return err
	}
	e := b.ids.add(id, wire.Object, "ray.Put")
	if err := b.put(ctx, e, v); err != nil {
		b.ids.release(id)
		return err
	}
	return nil
}

// put stores a value as an entry, and waits until Ray has it: the value's memory is the caller's.
func (b *backend) put(ctx context.Context, e *entry, v core.Value) error {
	f := v.Failure
	var packed any
	if f == nil {
		packed, f = b.pack(&v)
	}
	if f != nil {
		b.ids.fail(e, f)
		return nil // it is the failure of the object, as anywhere else
	}
	reply := b.conn.Put(ctx, pickle.Buffers(packed), progressOf(e.label, marshal.FlatSize(&v)))
	id, err := reply.ID(ctx)
	if err != nil && err == ctx.Err() {
		b.conn.Abandon(reply)
		b.ids.fail(e, &core.Failure{Kind: core.Cancelled, Func: e.label, Text: "it was interrupted while it was sent"})
		return err
	}
	if err != nil {
		b.ids.fail(e, refused(err, e.label))
		return plain(err)
	}
	b.ids.settle(e, id)
	return nil
}
