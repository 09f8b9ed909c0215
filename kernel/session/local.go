package session

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/goray/goray/kernel/display"
	"github.com/goray/goray/kernel/engine"
	"github.com/goray/goray/kernel/plugin"
)

// Config says what a session is made of.
type Config struct {
	NewEngine func(engine.Config) (engine.Engine, error)
	Engine    string // its name, for %about
	Version   string // of the program, for %about
	Plugins   []plugin.Plugin
	Screen    display.Screen // nil: text on standard output
	// Output is engine.Config's.
	Output func(cell engine.Cell, stream string) io.Writer
	// Command is told when a command of a cell starts and ends, by its process group; nil for nobody.
	Command func(group int, runs bool)
	// Spoken is told when %lang changes the language; nil for nobody.
	Spoken func(language string)
	// Limited is told when %memory changes how much the process may hold; nil for nobody.
	Limited func(bytes int64)
}

// Outcome is what came of a cell, besides what it printed and displayed.
type Outcome struct {
	Result    *display.Bundle // the last expression; nil without one
	Err       error           // nil when the cell went well; see NewReport
	Pages     []display.Bundle
	NextInput string // proposed as the next cell

	ran     []string // the sources that ran, in their order; those of a magic too
	changed bool     // variables or declarations may have
}

// Local is a session in this process. Its methods may be called at any time; cells of Execute run
// one at a time, or side by side where the engine can. It is the Host of its plugins.
type Local struct {
	cfg     Config
	started time.Time
	ctx     context.Context
	cancel  context.CancelFunc
	unhook  func()

	commands sync.WaitGroup // that cells have started
	watching sync.WaitGroup // for memory
	limit    atomic.Int64   // of memory

	mu    sync.Mutex
	eng   engine.Engine
	now   *running      // nil between cells
	cells []engine.Cell // for %history
	keep  keeper
	graph graph

	alone  sync.Mutex // held by a cell with magics; it guards what follows
	comms  comms
	ends   []func() // called when the cell has ended
	asking *asking  // how the next shell command is answered
}

var _ plugin.Host = (*Local)(nil)

// Open starts the engine, then the plugins.
func Open(cfg Config) (*Local, error) {
	l := &Local{cfg: cfg, started: time.Now()}
	l.ctx, l.cancel = context.WithCancel(context.Background())
	l.unhook = func() {}
	l.keep.changed, l.keep.heavy = map[string]int{}, map[string]int{}
	l.keep.now = &image{} // the first cell can be undone too
	if cfg.Screen != nil {
		l.unhook = display.SetScreen(cfg.Screen)
	}
	if err := l.begin(); err != nil {
		l.Close()
		return nil, err
	}
	l.setLimit(startLimit())
	l.watching.Go(func() { l.watchMemory(l.ctx) })
	return l, nil
}

func (l *Local) begin() error {
	if err := l.newEngine(); err != nil {
		return err
	}
	for _, p := range l.cfg.Plugins {
		if err := p.Start(l); err != nil { // the session is of use without it
			fmt.Fprintf(os.Stderr, "session: %s does not start: %v\n", p.Name(), err)
		}
	}
	return nil
}

func (l *Local) newEngine() error {
	cfg := engine.Config{Packages: Packages(l.cfg.Plugins), Context: l.ctx, Uncaught: l.uncaught, Output: l.cfg.Output, Admitted: l.graph.admitted}
	plugin.Assist(&cfg, l.cfg.Plugins)
	eng, err := l.cfg.NewEngine(cfg)
	if err != nil {
		return fmt.Errorf("session: the engine does not start: %w", err)
	}
	l.mu.Lock()
	l.eng = eng
	l.mu.Unlock()
	return nil
}

// Reset begins anew: plugins end and start again, and the engine knows nothing any more.
func (l *Local) Reset() error {
	l.keep.forget()
	l.graph.forget()
	return errors.Join(l.end(), l.begin())
}

func (l *Local) end() error {
	var errs []error
	l.comms.end()
	for _, p := range l.cfg.Plugins {
		if err := p.Close(); err != nil {
			errs = append(errs, fmt.Errorf("session: %s: %w", p.Name(), err))
		}
	}
	if eng := l.Engine(); eng != nil {
		errs = append(errs, eng.Close())
	}
	return errors.Join(errs...)
}

// Close ends plugins and engine.
func (l *Local) Close() error {
	l.mu.Lock()
	l.cancel()
	l.mu.Unlock()
	l.wake()
	err := l.end()
	l.commands.Wait()
	l.watching.Wait()
	l.unhook()
	return err
}

// Engine is the engine in use; %reset changes it.
func (l *Local) Engine() engine.Engine {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.eng
}

// Code moves functions of cells between processes; nil where the engine cannot.
func (l *Local) Code() engine.Code { return l.Engine().Code() }

// Display shows b in the output of the running cell.
func (l *Local) Display(id string, b display.Bundle) { l.screen().Display(id, b) }

// Update replaces what was displayed under id.
func (l *Local) Update(id string, b display.Bundle) { l.screen().Update(id, b) }

func (l *Local) screen() display.Screen {
	if l.cfg.Screen != nil {
		return l.cfg.Screen
	}
	return display.Terminal()
}

func (l *Local) uncaught(cell engine.Cell, err *engine.PanicError) {
	r := NewReport(err, false)
	w := io.Writer(os.Stderr)
	if l.cfg.Output != nil {
		if own := l.cfg.Output(cell, "stderr"); own != nil {
			w = own
		}
	}
	fmt.Fprintf(w, "in a goroutine of %s: %s\n", cell.Label(), r.Text())
}

// Execute runs a cell: its magics, shell commands and Go code, in their order. When ctx ends,
// Outcome.Err is engine.ErrInterrupted, or the cause of ctx if that says more.
func (l *Local) Execute(ctx context.Context, cell engine.Cell) Outcome {
	defer l.remember(cell)
	before := l.begins()
	l.graph.begin(cell)
	out := l.execute(ctx, cell)
	l.graph.end(cell, nil, len(out.ran) > 0)
	l.keep.note(cell.Number, before, &out, l.repeatable())
	l.rest()
	return out
}

func (l *Local) execute(ctx context.Context, cell engine.Cell) (out Outcome) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stop := context.AfterFunc(l.ctx, func() { cancel(nil) })
	defer stop()
	parts := split(cell.Source)
	defer l.enter(ctx, cancel, parts)()
	for _, p := range parts {
		out.Result = nil // only the last part's result is the cell's
		l.part(ctx, cell, p, &out)
		if out.Err != nil {
			break
		}
	}
	if ctx.Err() != nil && out.Err == nil { // the last call may have returned because of it
		out.Err, out.Result = engine.ErrInterrupted, nil
	}
	if errors.Is(out.Err, engine.ErrInterrupted) {
		if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, context.Canceled) {
			out.Err = cause
		}
	}
	return out
}

// atEnd has f called when the running cell has ended.
func (l *Local) atEnd(f func()) { l.ends = append(l.ends, f) }

func (l *Local) runEnds() {
	for _, f := range slices.Backward(l.ends) {
		f()
	}
	l.ends, l.asking = nil, nil
}

func (l *Local) remember(cell engine.Cell) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.cells) == remembered {
		l.cells = l.cells[1:]
	}
	l.cells = append(l.cells, cell)
}

func (l *Local) remembered() []engine.Cell {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]engine.Cell(nil), l.cells...)
}

// code runs Go source and renders its result.
func (l *Local) code(ctx context.Context, cell engine.Cell, out *Outcome) {
	res, err := l.evaluate(ctx, cell, out)
	if err != nil {
		out.Err = err
		return
	}
	out.Result, out.Err = l.render(ctx, res)
}

// evaluate runs Go source, and notes in out that it did.
func (l *Local) evaluate(ctx context.Context, cell engine.Cell, out *Outcome) (engine.Result, error) {
	defer l.prepare(ctx, cell.Source)()
	res, err := guard(func() (engine.Result, error) { return l.Engine().Execute(ctx, cell) })
	var compile *engine.CompileError
	if !errors.As(err, &compile) && len(lexemes(cell.Source)) > 0 {
		out.changed = true
		out.ran = append(out.ran, cell.Source)
	}
	return res, err
}

// EngineError is a failure of the engine itself; the session goes on.
type EngineError struct {
	Value any
	Stack string
}

func (e *EngineError) Error() string {
	return fmt.Sprintf("the engine failed at this cell: %v; please report the cell", e.Value)
}

func guard[T any](f func() (T, error)) (v T, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = &EngineError{Value: r, Stack: string(debug.Stack())}
		}
	}()
	return f()
}

// render finds the forms of a result. The methods that say them are user code: when the cell is
// interrupted they are stopped, or left behind.
func (l *Local) render(ctx context.Context, res engine.Result) (*display.Bundle, error) {
	if len(res.Values) == 0 {
		return nil, nil
	}
	type rendered struct {
		b   *display.Bundle
		err error
	}
	done := make(chan rendered, 1)
	go func() {
		if eng, ok := l.Engine().(engine.Interruptible); ok {
			interrupt, leave := eng.Enter()
			defer leave()
			defer context.AfterFunc(ctx, interrupt)()
		}
		b, err := guard(func() (*display.Bundle, error) { return bundle(res) })
		done <- rendered{b, err}
	}()
	select {
	case r := <-done:
		return r.b, r.err
	case <-ctx.Done():
		return nil, engine.ErrInterrupted
	}
}

func bundle(res engine.Result) (*display.Bundle, error) {
	values := make([]display.Value, len(res.Values))
	for i, v := range res.Values {
		values[i].Type = v.Type
		if v.Reflect.IsValid() && v.Reflect.CanInterface() {
			values[i].V = v.Reflect.Interface()
		}
	}
	b, ok := display.Result(values)
	if !ok {
		return nil, nil
	}
	return &b, nil
}
