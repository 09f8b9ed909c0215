package session

import (
	"context"
	"slices"

	"github.com/goray/goray/kernel/engine"
)

// running is what the cells that run at this moment share: a context for whoever is not told for
// which of them it works. It ends when one is interrupted, since an interrupt is for all, and when
// the last has ended.
type running struct {
	cells  map[*context.CancelCauseFunc]bool // each stops one
	ended  chan struct{}                     // closed when the last has
	ctx    context.Context
	cancel context.CancelCauseFunc
}

// enter begins a cell, and the function that it returns ends it. Plain Go runs beside other cells.
// A cell with magic or shell commands, which change the process, waits for others of its kind; so
// does every cell where the engine runs one at a time. When asked ends, which end brings about, the
// cell is interrupted.
func (l *Local) enter(asked context.Context, end context.CancelCauseFunc, parts []part) (leave func()) {
	_, concurrent := l.Engine().(engine.Concurrent)
	alone := !concurrent || slices.ContainsFunc(parts, func(p part) bool { return p.kind != goPart })
	if alone {
		l.alone.Lock()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	r := l.now
	if r == nil || r.ctx.Err() != nil {
		r = &running{cells: map[*context.CancelCauseFunc]bool{}, ended: make(chan struct{})}
		r.ctx, r.cancel = context.WithCancelCause(l.ctx)
		l.now = r
	}
	r.cells[&end] = true
	stop := context.AfterFunc(asked, func() { r.cancel(engine.ErrInterrupted) })
	return func() {
		if stop(); asked.Err() != nil { // the cell may have left before anybody was told
			r.cancel(engine.ErrInterrupted)
		}
		if alone {
			l.runEnds()
			l.alone.Unlock()
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		if delete(r.cells, &end); len(r.cells) == 0 {
			r.cancel(nil)
			close(r.ended)
			if l.now == r {
				l.now = nil
			}
		}
	}
}

// stopCells interrupts what runs, for a reason that becomes the cells' error. It returns a channel
// that is closed when the cells have ended, and nil when there are none.
func (l *Local) stopCells(why error) (ended <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.now == nil {
		return nil
	}
	for end := range l.now.cells {
		(*end)(why)
	}
	return l.now.ended
}

// CellContext ends when a running cell is interrupted, or when none runs any more; between cells
// it is the session's.
func (l *Local) CellContext() context.Context {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.now != nil {
		return l.now.ctx
	}
	return l.ctx
}
