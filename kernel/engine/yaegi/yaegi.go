package yaegi

import (
	"context"
	"errors"
	"fmt"
	"go/types"
	"path"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/traefik/yaegi/interp"
	"github.com/traefik/yaegi/stdlib"

	"github.com/goray/goray/kernel/engine"
	"github.com/goray/goray/kernel/lang"
)

// Session is an [engine.Engine] that runs cells with yaegi.
type Session struct {
	*lang.Session // completion, inspection, completeness

	cfg engine.Config

	mu       sync.Mutex // held while a cell runs
	in       *interp.Interpreter
	imported map[string]bool
}

var _ engine.Engine = (*Session)(nil)

// New starts a session.
func New(cfg engine.Config) (engine.Engine, error) {
	pkgs, err := lang.NewPackages(cfg.Packages)
	if err != nil {
		return nil, err
	}
	if cfg.Context == nil {
		cfg.Context = context.Background()
	}
	in := interp.New(interp.Options{})
	if err := in.Use(stdlib.Symbols); err != nil {
		return nil, fmt.Errorf("yaegi: %w", err)
	}
	for _, p := range cfg.Packages {
		if err := in.Use(exports(pkgs, p)); err != nil {
			return nil, fmt.Errorf("yaegi: %s: %w", p.Path, err)
		}
	}
	return &Session{Session: lang.NewSession(pkgs), cfg: cfg, in: in, imported: map[string]bool{}}, nil
}

// exports gives yaegi a compiled package. Generic objects have no symbol and stay out.
func exports(pkgs *lang.Packages, p engine.Package) interp.Exports {
	m := map[string]reflect.Value{}
	for _, s := range p.Symbols {
		v := reflect.ValueOf(s.Value)
		if v.Kind() == reflect.Pointer && !v.IsNil() {
			v = v.Elem()
		}
		m[s.Name] = v
	}
	name := path.Base(p.Path)
	if q, err := pkgs.Import(p.Path); err == nil {
		name = q.Name()
		for _, n := range q.Scope().Names() {
			if c, ok := q.Scope().Lookup(n).(*types.Const); ok && c.Exported() {
				m[n] = reflect.ValueOf(c.Val())
			}
		}
	}
	return interp.Exports{p.Path + "/" + name: m}
}

// Execute implements [engine.Engine].
func (s *Session) Execute(ctx context.Context, cell engine.Cell) (res engine.Result, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(s.cfg.Context, cancel)()
	checked, err := s.Check(cell)
	if err != nil {
		return res, err
	}
	r := &run{s: s, ctx: ctx, cell: cell}
	if err := r.imports(checked.Uses()); err != nil {
		return res, err
	}
	s.Commit(checked)
	parts := checked.Parts()
	// Declarations first: functions may be used above the place where they are written. One that
	// mentions a variable of this cell has to wait for it.
	var waiting []lang.Part
	for _, p := range parts {
		if !p.Decl || strings.HasPrefix(p.Text, "import") {
			continue
		}
		if _, err := r.eval(p.Text, p.Line); err != nil {
			waiting = append(waiting, p)
		}
	}
	for i, p := range parts {
		if p.Decl {
			continue
		}
		if i == len(parts)-1 && len(checked.Results) > 0 {
			if err := r.all(waiting); err != nil {
				return res, err
			}
			return r.result(p, checked.Results)
		}
		if _, err := r.eval(p.Text, p.Line); err != nil {
			return res, err
		}
		waiting = slices.DeleteFunc(waiting, func(p lang.Part) bool { _, err := r.eval(p.Text, p.Line); return err == nil })
	}
	return res, r.all(waiting)
}

// all runs parts and stops at the first that fails.
func (r *run) all(parts []lang.Part) error {
	for _, p := range parts {
		if _, err := r.eval(p.Text, p.Line); err != nil {
			return err
		}
	}
	return nil
}

// run is one execution.
type run struct {
	s    *Session
	ctx  context.Context
	cell engine.Cell
}

// imports makes the packages that a cell uses known, those that the session added too.
func (r *run) imports(uses map[string]string) error {
	for name, target := range uses {
		p, err := r.s.Packages().Import(target)
		if err != nil {
			return err
		}
		alias := name
		if strings.HasPrefix(name, ".") {
			alias = "."
		}
		text := fmt.Sprintf("import %s %q", alias, p.Path())
		if p.Name() == alias {
			text = fmt.Sprintf("import %q", p.Path())
		}
		if r.s.imported[text] {
			continue
		}
		if _, err := r.eval(text, 1); err != nil {
			return err
		}
		r.s.imported[text] = true
	}
	return nil
}

// result evaluates the last expression. Yaegi gives the first value of several only, so these go
// through variables.
func (r *run) result(p lang.Part, ts []types.Type) (res engine.Result, err error) {
	names := []string{p.Text}
	if len(ts) > 1 {
		names = nil
		for i := range ts {
			names = append(names, "result"+strconv.Itoa(i)+"ˑ")
		}
		if _, err := r.eval(strings.Join(names, ", ")+" := "+p.Text, p.Line); err != nil {
			return res, err
		}
	}
	for i, n := range names {
		v, err := r.eval(n, p.Line)
		if err != nil {
			return engine.Result{}, err
		}
		for v.IsValid() && v.Kind() == reflect.Interface {
			v = v.Elem()
		}
		res.Values = append(res.Values, engine.Value{Reflect: v, Type: types.TypeString(ts[i], (*types.Package).Name)})
	}
	return res, nil
}

var place = regexp.MustCompile(`^(?:\S+: )?(\d+):(\d+): (.*)`)

// eval runs one part; line is where it stands in its cell. A crash of the interpreter itself is an
// error of the cell.
func (r *run) eval(text string, line int) (v reflect.Value, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = r.refuse(line, fmt.Sprintf("yaegi crashed: %v", p))
		}
	}()
	v, err = r.s.in.EvalWithContext(r.ctx, text)
	if err == nil {
		return v, nil
	}
	if r.ctx.Err() != nil {
		return v, engine.ErrInterrupted
	}
	var p interp.Panic
	if errors.As(err, &p) {
		value := p.Value
		if rv, ok := value.(reflect.Value); ok && rv.IsValid() && rv.CanInterface() {
			value = rv.Interface()
		}
		return v, &engine.PanicError{Value: value}
	}
	msg := err.Error()
	if m := place.FindStringSubmatch(msg); m != nil {
		if n, err := strconv.Atoi(m[1]); err == nil {
			line, msg = line+n-1, m[3]
		}
	}
	return v, r.refuse(line, "yaegi: "+msg)
}

// refuse is the compile error of a cell that is right Go, but not for yaegi.
func (r *run) refuse(line int, msg string) error {
	lines := strings.Split(r.cell.Source, "\n")
	line = min(max(line, 1), len(lines))
	return &engine.CompileError{Diagnostics: []engine.Diagnostic{{
		Cell: r.cell.Label(), Line: line, Column: 1, Text: lines[line-1],
		Message: msg, Hint: "the typed engine runs this",
	}}}
}

// Variables implements [engine.Engine]. While a cell runs it lists none.
func (s *Session) Variables() []engine.Variable {
	if !s.mu.TryLock() {
		return nil
	}
	defer s.mu.Unlock()
	globals := s.in.Globals()
	var l []engine.Variable
	for name, o := range s.Names() {
		v, ok := o.(*types.Var)
		if !ok {
			continue
		}
		_, cell, _ := s.Lookup(name)
		l = append(l, engine.Variable{Name: name, Type: types.TypeString(v.Type(), (*types.Package).Name), Cell: cell, Value: globals[name]})
	}
	slices.SortFunc(l, func(a, b engine.Variable) int { return strings.Compare(a.Name, b.Name) })
	return l
}

// Code implements [engine.Engine]: yaegi cannot move code between processes.
func (s *Session) Code() engine.Code { return nil }

// Close implements [engine.Engine].
func (s *Session) Close() error { return nil }
