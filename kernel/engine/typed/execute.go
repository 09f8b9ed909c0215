package typed

import (
	"context"
	"errors"
	"fmt"
	"path"
	"runtime/pprof"
	"time"

	"golang.org/x/tools/go/ssa"

	"github.com/goray/goray/kernel/engine"
)

// abandonAfter is how long an interrupted cell may take to leave by itself. After that it is in a
// compiled call that does not return; it is left behind, and stops when the call is over.
const abandonAfter = 80 * time.Millisecond

// wait runs f on a goroutine of its own and returns when it has ended, or when ctx has.
func (r *run) wait(ctx context.Context, f func(g *gor)) error {
	done := make(chan error, 1)
	r.enter()
	go func() {
		label(r)
		defer runs.release(profLabel())
		g := newGor(r)
		err := error(errGoexit)
		defer r.leave()
		defer g.leaveThread()
		defer func() {
			if p := recover(); p != nil {
				err = r.failure(g, p)
			}
			done <- err
		}()
		f(g)
		err = nil
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	r.interrupt()
	t := time.NewTimer(abandonAfter)
	defer t.Stop()
	select {
	case err := <-done:
		if err != nil {
			return err
		}
	case <-t.C:
	}
	return engine.ErrInterrupted
}

// failure turns the panic that ended a run into its error.
func (r *run) failure(g *gor, p any) error {
	switch p := p.(type) {
	case interruptPanic:
		return engine.ErrInterrupted
	case exitPanic:
		return &exitError{p.code}
	}
	return g.panicError(p)
}

// exitError is os.Exit, or what calls it, in a cell.
type exitError struct{ code int }

func (e *exitError) Error() string {
	return fmt.Sprintf("os.Exit(%d): a cell cannot end the session; shut the kernel down to end it", e.code)
}

// ExitCode is the status that the cell asked for.
func (e *exitError) ExitCode() int { return e.code }

var errGoexit = errors.New("runtime.Goexit: a cell ended its own goroutine; return from a function instead")

// label marks the goroutine, and those that it starts, as belonging to the run.
func label(r *run) {
	pprof.SetGoroutineLabels(pprof.WithLabels(context.Background(), pprof.Labels("cell", path.Base(r.cell.Label()))))
	runs.store(profLabel(), r)
}

// call calls a function without parameters and returns its frame, which holds the results.
func (sp *space) call(g *gor, sf *ssa.Function) *frame {
	sp.w.mu.Lock()
	f := sp.function(sf)
	sp.w.mu.Unlock()
	fr := g.root.push(f)
	fr.run()
	return fr
}
