package ray

import (
	"context"
	"reflect"
	"sync"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/marshal"
)

// CaptureRows is CaptureFunc for a function func([ctx,] T) (U[, error]) that is called for each row of
// many. One that a cell declares is compiled in the background, for Func.Rows.
func CaptureRows(fn any) (Func, error) { return captureFunc(fn, true) }

// Rows calls a function of CaptureRows with each element of a []T, in its compiled form; rows makes
// that slice, if there is one. The result is a []U; result is its U. Where a call fails or panics, it
// ends before that: call that one with Value, which reports it. Nil: there is no compiled form here,
// or not yet.
func (f Func) Rows(ctx context.Context, rows func() any, result reflect.Type) any {
	runner, ok := core.AnyBackend().(core.RowRunner)
	if !ok || f.code == nil || f.live.hash == "" && f.live.fn != nil {
		return nil
	}
	ref, err := rowRefs.decode(f.code)
	if err != nil || ref.Native == "" || !runner.CanRows(ref) {
		return nil
	}
	in, err := marshal.Encode(reflect.ValueOf(rows()))
	if err != nil {
		return nil
	}
	out, ok := runner.Rows(ctx, ref, in)
	if !ok {
		return nil
	}
	made, err := marshal.Decode(out, reflect.SliceOf(result))
	if err != nil {
		return nil
	}
	return made.Interface()
}

// refCache remembers the functions that were decoded last: one is used for many blocks, and is sent
// over a connection once for each pointer.
type refCache struct {
	mu     sync.Mutex
	byCode map[string]*core.FuncRef
}

var rowRefs = refCache{byCode: map[string]*core.FuncRef{}}

// maxRowRefs is how many functions are remembered.
const maxRowRefs = 64

func (c *refCache) decode(code []byte) (*core.FuncRef, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if ref := c.byCode[string(code)]; ref != nil {
		return ref, nil
	}
	ref, err := decodeFuncRef(code)
	if err != nil {
		return nil, err
	}
	if len(c.byCode) >= maxRowRefs {
		clear(c.byCode)
	}
	c.byCode[string(code)] = &ref
	return &ref, nil
}
