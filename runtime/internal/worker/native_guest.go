package worker

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/goray/goray/runtime/internal/codec"
	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/marshal"
	"github.com/goray/goray/runtime/internal/transport"
)

// Guest is a program of the form NativeAlone in a process that is no worker of a session, such as that of
// a Ray worker: it is given calls with their values, and asks for nothing. It takes one call at a time.
type Guest struct {
	conn    *transport.Conn
	cmd     *exec.Cmd
	node    string
	turn    sync.Mutex
	results chan nativeResult
	gone    chan struct{} // closed when it has ended
	err     error         // how
}

// ErrGuestRefuses is what Run returns for a call that the program cannot take: it has to be interpreted.
var ErrGuestRefuses = errors.New("the native program does not take the call")

// maxGuestBytes bounds the values of a call: they travel in one frame.
const maxGuestBytes = 256 << 20

// FitGuest makes the description of a program fit this build of the main program, which may be another one
// than the driver's: compiled types and functions have other places in it.
func FitGuest(b *core.NativeBuild) error {
	if b.Main == codec.Build() {
		return nil
	}
	foreign := make([]uint64, len(b.Foreign))
	for i, key := range b.Foreign {
		if t, err := codec.TypeByKey(key.Name, key.Layout); err == nil {
			foreign[i] = codec.Offsets([]reflect.Type{t})[0]
		} // else it has no place here, and cannot be named, as where the driver's build does not have it
	}
	own, err := marshal.OwnFuncs()
	if err != nil {
		return err
	}
	b.Main, b.Own = codec.Build(), own
	b.Offsets = slices.Concat(codec.Offsets(codec.CommonTypes()), foreign, codec.Offsets(codec.OwnTypes()))
	return nil
}

// StartGuest starts the program of a function. It ends with this process, or with End.
func StartGuest(b *core.NativeBuild, f *core.FuncRef, info core.Info, namespace string) (*Guest, error) {
	conn, cmd, err := launch(b, f, os.Environ())
	if err != nil {
		return nil, err
	}
	g := &Guest{conn: conn, cmd: cmd, node: info.NodeID, results: make(chan nativeResult, 1), gone: make(chan struct{})}
	conn.Send(transport.Hello, 0, func(w *transport.Writer) {
		w.Uint(1)
		w.String(namespace)
		w.JSON(info)
	})
	setup := setupOf(b, f, 1)
	setup.Alone = true
	conn.Send(transport.Setup, 0, func(w *transport.Writer) { w.JSON(setup) })
	conn.Flush()
	go g.read()
	return g, nil
}

// Run runs a call with the values of its arguments, and returns those of its results; one that is a Failure
// is the only one. When the program ends, this process ends as it did: to Ray they are one worker.
func (g *Guest) Run(ctx context.Context, c *Call) ([]core.Value, error) {
	values := make([]*transport.Stored, len(c.Args))
	size := 0
	for i := range c.Args {
		v := &c.Args[i]
		if size += marshal.FlatSize(v); size > maxGuestBytes || len(v.Refs) > 0 || v.Failure != nil {
			return nil, ErrGuestRefuses
		}
		values[i] = &transport.Stored{Flat: marshal.Flatten(v), Any: v.Any}
	}
	g.turn.Lock()
	defer g.turn.Unlock()
	g.conn.Send(transport.Task, uint64(c.Spec.ID), func(w *transport.Writer) {
		w.Uint(uint64(c.Attempt))
		w.Uint(0) // GPUs
		w.Spec(c.Spec, values)
	})
	g.conn.Flush()
	cancelled := ctx.Done()
	var patience <-chan time.Time
	for {
		select {
		case r := <-g.results:
			return g.answer(c, &r)
		case <-g.gone:
			select { // what it said last
			case r := <-g.results:
				return g.answer(c, &r)
			default:
			}
			if patience == nil {
				follow(g.err)
			}
			return []core.Value{{Failure: c.failure(core.Cancelled, "the task was cancelled while it ran")}}, nil
		case <-cancelled:
			cancelled, patience = nil, time.After(stopNative)
			g.conn.Send(transport.Cancel, uint64(c.Spec.ID), func(w *transport.Writer) { w.Uint(transport.EndContext) })
			g.conn.Flush()
		case <-patience:
			_ = g.cmd.Process.Kill() // it may have ended by itself
			patience = make(chan time.Time)
		}
	}
}

// answer are the values of a result.
func (g *Guest) answer(c *Call, r *nativeResult) ([]core.Value, error) {
	if r.refused() {
		return nil, fmt.Errorf("%w: %s", ErrGuestRefuses, r.first.Failure.Text)
	}
	var values []core.Value
	for _, s := range append([]*transport.Stored{r.first}, r.more...) {
		v, err := s.Value(nil)
		if err != nil {
			return nil, err
		}
		if v.Failure != nil {
			v.Failure.Node, v.Failure.PID = g.node, os.Getpid()
			return []core.Value{v}, nil
		}
		values = append(values, v)
	}
	return values, nil
}

// Ended reports whether the program is there no more.
func (g *Guest) Ended() bool {
	select {
	case <-g.gone:
		return true
	default:
		return false
	}
}

// End ends the program.
func (g *Guest) End() { g.conn.Close() }

func (g *Guest) read() {
	for {
		f, _, err := g.conn.Next()
		if err != nil {
			break
		}
		if f.Kind != transport.Done { // counts of references that it does not have
			continue
		}
		r := &f.Payload
		result := nativeResult{id: core.ID(f.ID), nanos: r.Int(), first: r.Stored()}
		result.begun = result.nanos >= 0
		for range r.Uint() {
			result.more = append(result.more, r.Stored())
		}
		if r.Err() != nil {
			break
		}
		g.results <- result
	}
	_ = g.cmd.Process.Kill() // it speaks no more
	g.err = g.cmd.Wait()
	g.conn.Close()
	close(g.gone)
}
