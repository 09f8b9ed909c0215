package typed

import (
	"context"
	"go/types"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"golang.org/x/tools/go/ssa"

	"github.com/goray/goray/kernel/engine"
	"github.com/goray/goray/kernel/lang"
)

// prepare fetches the third-party packages that a cell imports. It returns engine.ErrInterrupted
// when ctx ends; what cannot be had is an error of the import when the cell is checked.
func (s *Session) prepare(ctx context.Context, cell engine.Cell) error {
	if s.lang.Prepare(ctx, cell) != nil {
		return engine.ErrInterrupted
	}
	return nil
}

// prepareProgram is prepare for a program; its module is the one around its file.
func prepareProgram(ctx context.Context, lib *lang.Packages, path string, src []byte) error {
	dir, err := filepath.Abs(filepath.Dir(path))
	if err != nil {
		return err
	}
	if lib.FetchFor(ctx, dir, src) != nil {
		return engine.ErrInterrupted
	}
	return nil
}

// initModules initialises third-party packages, dependencies first, each once. One that panics, or
// is interrupted, is tried again by the next cell that needs it.
func (w *world) initModules(g *gor, list []*types.Package) {
	lib, ok := w.lib.(interface{ FromModule(path string) bool })
	if !ok {
		return
	}
	for _, p := range list {
		if lib.FromModule(p.Path()) {
			w.initialise.Lock() // two cells may run at a time
			func() {
				defer w.initialise.Unlock()
				w.initModule(g, p)
			}()
		}
	}
}

func (w *world) initModule(g *gor, p *types.Package) {
	w.mu.Lock()
	sp := w.prog.Package(p)
	if sp == nil || sp.Var("init$guard") == nil {
		w.mu.Unlock()
		return
	}
	guard := (*bool)(w.home.global(sp.Var("init$guard")))
	w.mu.Unlock()
	if *guard {
		return
	}
	done := false
	defer func() {
		if !done {
			*guard = false
		}
	}()
	w.home.call(g, sp.Func("init"))
	done = true
}

// Get chooses versions of third-party modules, as "go get" does: "module", "module@version",
// several with spaces, or nothing to list those that are chosen. The text is for people.
func (s *Session) Get(ctx context.Context, query string) (string, error) {
	text, err := s.lang.Packages().Choose(ctx, query)
	if ctx.Err() != nil {
		return "", engine.ErrInterrupted
	}
	return text, err
}

// buildAll builds packages side by side: those of a module may be many.
func buildAll(list []*ssa.Package) {
	if len(list) < 2 {
		for _, p := range list {
			p.Build()
		}
		return
	}
	defer debug.SetGCPercent(debug.SetGCPercent(400)) // nearly all that is made stays
	var failed atomic.Pointer[any]
	var g sync.WaitGroup
	next := make(chan *ssa.Package)
	for range runtime.GOMAXPROCS(0) {
		g.Go(func() {
			defer func() {
				if p := recover(); p != nil {
					failed.Store(&p)
					for range next { // the sender must not wait for ever
					}
				}
			}()
			for p := range next {
				p.Build()
			}
		})
	}
	for _, p := range list {
		next <- p
	}
	close(next)
	g.Wait()
	if p := failed.Load(); p != nil {
		panic(*p)
	}
}
