package rayclient

import (
	"encoding/hex"
	"fmt"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/rayclient/wire"
	"github.com/goray/goray/runtime/internal/rayworker"
)

var _ core.Surveyor = (*backend)(nil)

// view asks the shim's function state, in the driver on the head.
func (b *backend) view(kind, id string) (wire.View, error) {
	ctx, cancel := b.patient()
	defer cancel()
	const expression = `lambda source, kind, id: (lambda ns: (exec(source, ns), ns["state"](kind, id))[1])({"__name__": "goray_state"})`
	v, release, err := b.evaluate(ctx, expression, rayworker.Shim(), kind, id)
	if err != nil {
		return wire.View{}, wire.NoState(err)
	}
	defer release()
	text, ok := v.(string)
	if !ok {
		return wire.View{}, wire.NoState(fmt.Errorf("the head answered with a %T", v))
	}
	return wire.ReadView([]byte(text))
}

// Survey implements core.Surveyor: Ray's dashboard knows.
func (b *backend) Survey(what string) (core.State, error) {
	v, err := b.view(what, "")
	return wire.Survey(what, v, b.ids.ours()), err
}

// ours are the ids of tasks and actors, by Ray's.
func (t *table) ours() map[string]core.ID {
	t.mu.Lock()
	defer t.mu.Unlock()
	own := map[string]core.ID{}
	for id, e := range t.entries {
		switch {
		case e.ray == "":
		case e.kind == wire.Actor:
			own[hex.EncodeToString([]byte(e.ray))] = id
		case e.kind == wire.Object:
			own[wire.TaskOf(e.ray)] = id
		}
	}
	return own
}

// Account implements core.Surveyor, as far as Ray tells.
func (b *backend) Account(id core.ID) (core.Explanation, error) {
	e := b.ids.find(id)
	if e.kind == wire.Group {
		return core.Explanation{}, wire.NoExplanation
	}
	if f := b.await(e); f != nil {
		return core.Explanation{ID: id, Kind: "task", Name: f.Func, State: "FAILED", Note: f.Text}, nil
	}
	kind, rows, name := "task", "tasks", wire.TaskOf(e.ray)
	if e.kind == wire.Actor {
		kind, rows, name = "actor", "actors", hex.EncodeToString([]byte(e.ray))
	}
	v, err := b.view(rows, name)
	if err != nil {
		return core.Explanation{}, err
	}
	if len(v.Rows) == 0 {
		return core.Explanation{}, fmt.Errorf("%s: %w", id, wire.NoRow)
	}
	return wire.Explain(id, kind, v), nil
}
