package rayclient

import (
	"context"
	"fmt"

	"github.com/goray/goray/runtime/internal/rayclient/pickle"
)

// evaluate calls a Python function, given as an expression, in the driver on the head, and reads
// its result. The function must not wait for anything: the stream stands still meanwhile. What the
// result refers to stays until release is called.
func (b *backend) evaluate(ctx context.Context, function string, args ...any) (v any, release func(), err error) {
	p := pickle.Dump(pickle.Call{Fn: call("builtins", "eval", function), Args: pickle.Tuple(args)})
	id, err := b.conn.Put(ctx, [][]byte{p}, nil).ID(ctx)
	if err != nil {
		return nil, nil, plain(err)
	}
	since := b.ids.gets.begin()
	defer b.ids.gets.end()
	v, unhold, err := b.load(ctx, id, b.conn.Get(id), since)
	if err != nil {
		b.conn.Release([]string{id})
		return nil, nil, fmt.Errorf("the answer of the head: %w", plain(err))
	}
	return v, func() {
		unhold()
		b.conn.Release([]string{id})
	}, nil
}
