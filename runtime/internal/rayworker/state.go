package rayworker

import (
	"fmt"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/rayclient/wire"
)

var _ core.Surveyor = (*link)(nil)

// Survey implements core.Surveyor: Ray's dashboard knows.
func (l *link) Survey(what string) (core.State, error) {
	f, err := l.ask(nil, &message{Op: "state", Name: what})
	if err != nil {
		return core.State{}, wire.NoState(plain(err))
	}
	v, err := wire.ReadView(f.payload)
	return wire.Survey(what, v, f.Own), err
}

// Account implements core.Surveyor, as far as Ray tells.
func (l *link) Account(id core.ID) (core.Explanation, error) {
	kind := l.kind(id)
	if kind == wire.Group {
		return core.Explanation{}, wire.NoExplanation
	}
	f, err := l.ask(nil, &message{Op: "state", Ref: id})
	if err != nil {
		return core.Explanation{}, wire.NoState(plain(err))
	}
	v, err := wire.ReadView(f.payload)
	if err != nil {
		return core.Explanation{}, err
	}
	if len(v.Rows) == 0 {
		return core.Explanation{}, fmt.Errorf("%s: %w", id, wire.NoRow)
	}
	if f.Found {
		return wire.Explain(id, "actor", v), nil
	}
	return wire.Explain(id, "task", v), nil
}
