package worker

import (
	"context"
	"errors"
	"reflect"
	"time"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/marshal"
	"github.com/goray/goray/runtime/internal/transport"
)

// eachRow calls f for each row. The results end before the first call that fails or panics: the row is
// run again by who can tell its place.
func eachRow[T, U any](rows []T, f func(T) (U, error)) (out []U) {
	out = make([]U, 0, len(rows))
	defer func() { _ = recover() }()
	for _, row := range rows {
		u, err := f(row)
		if err != nil {
			return out
		}
		out = append(out, u)
	}
	return out
}

// Rows makes a function of rows of a function; native programs call it, and those below for
// functions of other shapes.
func Rows[T, U any](f func(T) U) any {
	return func(_ context.Context, rows []T) []U {
		return eachRow(rows, func(t T) (U, error) { return f(t), nil })
	}
}

// RowsError is Rows for a function that may fail.
func RowsError[T, U any](f func(T) (U, error)) any {
	return func(_ context.Context, rows []T) []U { return eachRow(rows, f) }
}

// RowsContext is Rows for a function that takes a context.
func RowsContext[T, U any](f func(context.Context, T) U) any {
	return func(ctx context.Context, rows []T) []U {
		return eachRow(rows, func(t T) (U, error) { return f(ctx, t), nil })
	}
}

// RowsContextError is Rows for a function that takes a context and may fail.
func RowsContextError[T, U any](f func(context.Context, T) (U, error)) any {
	return func(ctx context.Context, rows []T) []U {
		return eachRow(rows, func(t T) (U, error) { return f(ctx, t) })
	}
}

// rowProgram is the program of a function of rows; nil without one.
func (n *natives) rowProgram(ref *core.FuncRef) *core.NativeBuild {
	if n == nil || ref.Native == "" {
		return nil
	}
	b := n.look(ref.Native, false)
	if b == nil {
		return nil
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if b.Failure != "" {
		return nil
	}
	return b
}

// CanRows implements core.RowRunner.
func (p *Process) CanRows(ref *core.FuncRef) bool { return p.natives.rowProgram(ref) != nil }

// Rows implements core.RowRunner: the calls are made in a native program.
func (p *Process) Rows(ctx context.Context, ref *core.FuncRef, rows core.Value) (core.Value, bool) {
	n := p.natives
	b := n.rowProgram(ref)
	if b == nil {
		return core.Value{}, false
	}
	c := n.child(b, ref)
	if c == nil {
		return core.Value{}, false
	}
	id := p.NewID()
	done := c.expect(id)
	c.conn.Send(transport.Rows, uint64(id), func(w *transport.Writer) {
		w.Func(ref)
		w.Stored(&transport.Stored{Flat: marshal.Flatten(&rows), Refs: rows.Refs})
	})
	c.conn.Flush()
	p.readNow()
	r, err := c.rowsAnswer(ctx, done)
	if err != nil {
		return core.Value{}, false
	}
	if f := r.first.Failure; f != nil {
		n.failed(ref.Native, b, f.Text)
		return core.Value{}, false
	}
	v, err := r.first.Value(nil)
	return v, err == nil
}

// rowsAnswer waits for the results. What does not heed the end of its context is ended.
func (c *nativeChild) rowsAnswer(ctx context.Context, done chan nativeResult) (nativeResult, error) {
	select {
	case r := <-done:
		return r, nil
	case <-c.gone:
		if !c.wasEnded() {
			c.follow() // as if it had happened here
		}
		return nativeResult{}, errors.New("its process has ended")
	case <-ctx.Done():
	}
	select {
	case r := <-done:
		return r, nil
	case <-c.gone:
	case <-time.After(stopNative):
		_ = c.cmd.Process.Kill() // it may have ended by itself
	}
	return nativeResult{}, ctx.Err()
}

// rows makes the calls in a native program.
func (p *Process) rows(id core.ID, r *transport.Reader) {
	ref, stored := r.Func(), r.Stored()
	go func() {
		err := errors.New("it ended its goroutine with runtime.Goexit")
		answer := &transport.Stored{}
		defer func() { p.say(id, answer, err) }()
		answer, err = p.rowResults(ref, stored)
	}()
}

func (p *Process) rowResults(ref *core.FuncRef, stored *transport.Stored) (*transport.Stored, error) {
	fn, err := marshal.Resolve(ref, p.Code)
	if err != nil {
		return nil, err
	}
	all := reflect.ValueOf(ownProgram().Rows(fn.Interface()))
	v, err := stored.Value(nil)
	if err != nil {
		return nil, err
	}
	rows, err := marshal.Decode(v, all.Type().In(1))
	if err != nil {
		return nil, err
	}
	out, err := marshal.Encode(all.Call([]reflect.Value{reflect.ValueOf(context.Background()), rows})[0])
	if err != nil {
		return nil, err
	}
	return &transport.Stored{Flat: marshal.Flatten(&out), Refs: out.Refs}, nil
}
