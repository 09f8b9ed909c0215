package typed

import (
	"context"
	"runtime/pprof"

	"github.com/goray/goray/kernel/engine"
)

var _ engine.Interruptible = (*Session)(nil)

// Enter implements [engine.Interruptible].
func (s *Session) Enter() (interrupt, leave func()) {
	r := newRun(engine.Cell{})
	r.uncaught, r.output = s.cfg.Uncaught, s.cfg.Output
	r.enter()
	label(r)
	key := profLabel()
	return r.interrupt, func() {
		pprof.SetGoroutineLabels(context.Background())
		r.leave()
		runs.release(key)
	}
}
