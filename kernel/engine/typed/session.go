package typed

import (
	"context"
	"fmt"
	"go/types"
	"reflect"
	"runtime/debug"
	"sort"
	"sync"

	"golang.org/x/tools/go/ssa"

	"github.com/goray/goray/kernel/engine"
	"github.com/goray/goray/kernel/lang"
)

// Session is an [engine.Engine] that runs cells with the typed engine.
type Session struct {
	lang *lang.Session
	cfg  engine.Config
	w    *world
	code *codeStore

	admitting sync.Mutex
	executing sync.RWMutex // held by cells that run

	mu     sync.Mutex
	vars   map[string]variable
	runs   map[*run]bool // with goroutines that still execute
	closed bool
}

// variable is the newest declaration of a session variable.
type variable struct {
	obj  *types.Var
	cell int
	v    reflect.Value
}

var _ engine.Engine = (*Session)(nil)

// New starts a session. It raises the limit of a goroutine's stack for the whole process
// (debug.SetMaxStack), so that deep recursion in a cell is an error of the cell.
func New(cfg engine.Config) (engine.Engine, error) {
	lib, err := lang.NewPackages(cfg.Packages)
	if err != nil {
		return nil, err
	}
	debug.SetMaxStack(maxStack)
	if cfg.Context == nil {
		cfg.Context = context.Background()
	}
	if cfg.Exits {
		exits.Store(true)
	}
	s := &Session{lang: lang.NewSession(lib), cfg: cfg, vars: map[string]variable{}, runs: map[*run]bool{}}
	s.lang.Use(cfg.Analyzers...)
	s.lang.UseValues(s.lend, cfg.Strings)
	s.w = newWorld(lib.Fset(), lib)
	s.w.uncaught = cfg.Uncaught
	s.code = newCodeStore(s)
	return s, nil
}

// Execute implements [engine.Engine].
func (s *Session) Execute(ctx context.Context, cell engine.Cell) (engine.Result, error) {
	if s.isClosed() {
		return engine.Result{}, errClosed
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(s.cfg.Context, cancel)()
	if err := s.prepare(ctx, cell); err != nil {
		return engine.Result{}, err
	}
	checked, unit, err := s.admit(cell)
	if err != nil {
		return engine.Result{}, err
	}
	s.executing.RLock()
	defer s.executing.RUnlock()
	r := newRun(cell)
	r.uncaught, r.output = s.cfg.Uncaught, s.cfg.Output
	s.watch(r)
	var res engine.Result
	err = r.wait(ctx, func(g *gor) {
		s.w.initModules(g, checked.Imports)
		s.w.home.call(g, unit.Func("init"))
		if checked.Run != "" {
			res = result(s.w.home.call(g, unit.Func(checked.Run)), checked.Results)
		}
	})
	s.w.retire(unit.Func("init"), unit.Func(checked.Run))
	if err != nil {
		s.lang.Forget(checked)
		return engine.Result{}, err
	}
	return res, nil
}

// admit checks a cell and declares what it declares, one cell at a time.
func (s *Session) admit(cell engine.Cell) (*lang.Checked, *ssa.Package, error) {
	s.admitting.Lock()
	defer s.admitting.Unlock()
	checked, err := s.lang.Check(cell)
	if err != nil {
		return nil, nil, err
	}
	unit, err := s.load(checked, cell.Path)
	if err != nil {
		return nil, nil, err
	}
	s.lang.Commit(checked)
	s.declare(cell, checked)
	if s.cfg.Admitted != nil {
		s.cfg.Admitted(cell, checked.Footprint())
	}
	return checked, unit, nil
}

// result reads the results of a cell from the frame of its statements.
func result(fr *frame, ts []types.Type) (res engine.Result) {
	for i, r := range fr.body.f.results {
		v := reflect.New(r.t).Elem()
		v.Set(fr.rv(r))
		if r.c == cI {
			v = v.Elem()
		}
		res.Values = append(res.Values, engine.Value{Reflect: v, Type: typeString(ts[i])})
	}
	return res
}

// typeString writes a type as the source of a cell would.
func typeString(t types.Type) string {
	return types.TypeString(t, func(p *types.Package) string { return p.Name() })
}

// Variables implements [engine.Engine].
func (s *Session) Variables() []engine.Variable {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]engine.Variable, 0, len(s.vars))
	for name, v := range s.vars {
		out = append(out, engine.Variable{Name: name, Type: typeString(v.obj.Type()), Cell: v.cell, Value: v.v})
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out
}

// declare records the variables of a cell. What panics while it runs has been declared all the
// same, as in a program whose main panics.
func (s *Session) declare(cell engine.Cell, c *lang.Checked) {
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, o := range c.Vars {
		if g := s.w.globalOf(o); g != nil && o.Name() != "_" {
			v := reflect.NewAt(s.w.types.of(o.Type()), s.w.home.global(g)).Elem()
			s.vars[o.Name()] = variable{o, cell.Number, v}
		}
	}
}

func (s *Session) isClosed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed
}

// watch remembers a run while goroutines of it may execute, for Close.
func (s *Session) watch(r *run) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for old := range s.runs {
		if old.live.Load() == 0 {
			delete(s.runs, old)
		}
	}
	s.runs[r] = true
}

// Close implements [engine.Engine].
func (s *Session) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for r := range s.runs {
		r.interrupt()
	}
	return nil
}

// Code implements [engine.Engine].
func (s *Session) Code() engine.Code { return s.code }

var errClosed = fmt.Errorf("the session is closed; start a new one")
