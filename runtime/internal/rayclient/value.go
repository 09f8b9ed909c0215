package rayclient

import (
	"context"
	"fmt"
	"reflect"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/marshal"
	"github.com/goray/goray/runtime/internal/rayclient/conn"
	"github.com/goray/goray/runtime/internal/rayclient/pickle"
	"github.com/goray/goray/runtime/internal/rayclient/wire"
)

// handle is a reference in a pickle that came from the cluster.
type handle struct{ kind, ray string }

// bigBody is from where bodies are numpy arrays, which workers map without a copy.
const bigBody = 1 << 20

// asArray makes an array of bytes on the cluster, if it has numpy.
var asArray = call("builtins", "eval", `lambda b: __import__("numpy").frombuffer(b, "uint8") if __import__("importlib.util", fromlist=["x"]).find_spec("numpy") else b`)

// call is a call of a Python function, for a pickle.
func call(module, name string, args ...any) pickle.Call {
	return pickle.Call{Fn: pickle.Global{Module: module, Name: name}, Args: pickle.Tuple(args)}
}

// stub is how Ray's client writes a reference.
func (b *backend) stub(kind, ray string) any {
	return pickle.Persistent{ID: call("ray.util.client.client_pickler", "PickleStub", kind, b.conn.ClientID(), []byte(ray), nil, nil)}
}

// reference is an entry in a pickle; it must be known.
func (b *backend) reference(e *entry) any {
	switch e.kind {
	case wire.Actor:
		return b.stub("Actor", e.ray)
	case wire.Group:
		return groupHandle(e.group)
	}
	return b.stub("Object", e.ray)
}

// pack makes what a value is in Ray's store: bytes or a tuple. It waits until its references are known.
func (b *backend) pack(v *core.Value) (any, *core.Failure) {
	refs := []any{}
	kinds := map[core.ID]string{}
	for _, id := range v.Refs {
		e := b.ids.find(id)
		if f := b.await(e); f != nil {
			return nil, f
		}
		kinds[id] = e.kind
		refs = append(refs, b.reference(e))
	}
	meta, body, err := wire.Pack(v, func(id core.ID) string { return kinds[id] })
	if err != nil {
		return nil, &core.Failure{Kind: core.BadCall, Text: err.Error()}
	}
	if note := wire.Note(meta, body, len(refs)); note != nil {
		return note, nil
	}
	var content any = body
	if len(body) >= bigBody {
		content = pickle.Call{Fn: asArray, Args: pickle.Tuple{body}}
	}
	return pickle.Tuple{wire.ValueTag, meta, content, refs}, nil
}

// await waits until an entry is known and returns its failure.
func (b *backend) await(e *entry) *core.Failure {
	select {
	case <-e.known:
	case <-b.conn.Ended():
		select {
		case <-e.known:
		default:
			return &core.Failure{Kind: core.SessionClosed, Text: b.conn.Err().Error()}
		}
	}
	return e.failure
}

// persistent reads a reference: PickleStub(kind, client, id, …), or what its reduction gives.
func persistent(id any) (handle, error) {
	o, ok := id.(*pickle.Object)
	if !ok {
		return handle{}, fmt.Errorf("a reference is a %T", id)
	}
	fields := o.Args
	for _, a := range o.Args { // copyreg._reconstructor(PickleStub, tuple, (…))
		if t, ok := a.(pickle.Tuple); ok && o.Class.Name != "PickleStub" {
			fields = t
		}
	}
	if len(fields) >= 3 {
		kind, _ := fields[0].(string)
		if ray, ok := fields[2].([]byte); ok {
			return handle{kind, string(ray)}, nil
		}
	}
	return handle{}, fmt.Errorf("a reference is a %s", o.Class)
}

// load reads the pickle of an object, which reply brings; it was asked for at the time since. What
// it refers to stays until unhold is called. An object with references that may be gone is asked
// for again.
func (b *backend) load(ctx context.Context, ray string, reply *conn.Reply, since int64) (v any, unhold func(), err error) {
	var held []string
	unhold = func() { b.ids.unhold(held) }
	for {
		var data []byte
		if data, err = reply.Data(ctx); err == nil {
			v, err = pickle.Load(data, func(id any) (any, error) {
				h, err := persistent(id)
				if err == nil {
					b.ids.hold(h.ray)
					held = append(held, h.ray)
				}
				return h, err
			})
			if err != nil {
				err = &damagedError{err}
			}
		}
		if err != nil || !b.ids.gets.stale(held, since) {
			break
		}
		since = b.ids.gets.begin()
		defer b.ids.gets.end()
		reply = b.conn.Get(ray)
	}
	if err != nil {
		unhold()
	}
	return v, unhold, err
}

// damagedError is an object that cannot be read.
type damagedError struct{ error }

// unpack makes a value of an object; its references live as long as e.
func (b *backend) unpack(e *entry, v any) (core.Value, error) {
	if o, ok := v.(*pickle.Object); ok {
		if x := exception(o); x != nil {
			return core.Value{Failure: b.ids.emptied(e, e.failed(x))}, nil
		}
		if e.kind == wire.Group { // the object of a group is the group; ours is true
			return marshal.EncodeAny(reflect.ValueOf(true))
		}
	}
	if b, ok := v.([]byte); ok {
		if meta, body, ok := wire.ReadNote(b); ok {
			value, _, err := wire.Unpack(meta, body)
			if err != nil {
				err = fmt.Errorf("object %s: %w", e.id, err)
			}
			return value, err
		}
	}
	t, ok := v.(pickle.Tuple)
	if !ok || len(t) != 4 || t[0] != wire.ValueTag {
		return foreign(v)
	}
	meta, ok1 := t[1].(string)
	body, ok2 := content(t[2])
	refs, ok3 := t[3].(*pickle.List)
	if !ok1 || !ok2 || !ok3 {
		return core.Value{}, fmt.Errorf("object %s is no value: its parts are %T, %T, %T", e.id, t[1], t[2], t[3])
	}
	value, m, err := wire.Unpack(meta, body)
	if err == nil && len(refs.Items) != len(m.Refs) {
		err = fmt.Errorf("it names %d references and has %d", len(m.Refs), len(refs.Items))
	}
	if err != nil {
		return core.Value{}, fmt.Errorf("object %s: %w", e.id, err)
	}
	for i, id := range m.Refs {
		switch r := refs.Items[i].(type) {
		case handle:
			b.ids.nested(e, id, m.Kinds[i:i+1], r.ray, "")
		case *pickle.Object:
			b.ids.nested(e, id, wire.Group, "", groupID(r))
		}
	}
	return value, nil
}

// content finds the bytes of a body: bytes, or an array of numpy's.
func content(v any) ([]byte, bool) {
	switch v := v.(type) {
	case []byte:
		return v, true
	case *pickle.Object: // _frombuffer(buffer, dtype, …)
		if len(v.Args) > 0 {
			return content(v.Args[0])
		}
	}
	return nil, false
}
