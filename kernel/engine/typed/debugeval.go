package typed

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"reflect"
	"strings"
	"time"
	"unsafe"

	"golang.org/x/tools/go/ast/astutil"

	"github.com/goray/goray/kernel/engine"
)

// evaluateWithin bounds an expression that a client asks for: its thread waits meanwhile.
const evaluateWithin = 10 * time.Second

// evaluation is a compiled expression. It is a function whose parameters are the addresses of the
// variables of a frame.
type evaluation struct {
	f       *function
	vars    []*types.Var
	results []types.Type
	null    bool // it is nil
}

type evaluationKey struct {
	fn   *debugFunc
	pos  token.Pos
	text string
}

// Evaluate implements [engine.Debugging].
func (d *debugger) Evaluate(ctx context.Context, frame engine.DebugFrame, expr string) ([]engine.Value, error) {
	f, _ := frame.(*debugFrame)
	if f != nil {
		d.mu.Lock()
		live := f.live()
		d.mu.Unlock()
		if !live {
			return nil, errRunning
		}
	}
	ev, err := d.evaluation(f, expr)
	if err != nil {
		return nil, err
	}
	r := d.quietRun(f)
	ctx, cancel := context.WithTimeout(ctx, evaluateWithin)
	defer cancel()
	var vs []engine.Value
	err = r.wait(ctx, func(g *gor) { vs = ev.run(g, f) })
	if ctx.Err() != nil && errors.Is(err, engine.ErrInterrupted) {
		err = fmt.Errorf("the expression did not end within %v", evaluateWithin)
	}
	return vs, err
}

// quietRun is a run that nothing stops; what it prints is output of the frame's cell.
func (d *debugger) quietRun(f *debugFrame) *run {
	r := newRun(engine.Cell{})
	if f != nil {
		r.cell = f.fr.g.run.cell
	}
	r.quiet, r.uncaught, r.output = true, d.s.cfg.Uncaught, d.s.cfg.Output
	return r
}

// Quietly implements [engine.Debugging].
func (d *debugger) Quietly(ctx context.Context, f func()) error {
	return d.quietRun(nil).wait(ctx, func(*gor) { f() })
}

// compute evaluates on the goroutine of the frame itself, as conditions of breakpoints are. An
// interrupt of the cell ends it.
func (d *debugger) compute(_ context.Context, f *debugFrame, expr string) (vs []engine.Value, err error) {
	ev, err := d.evaluation(f, expr)
	if err != nil {
		return nil, err
	}
	f.t.busy = true
	g := newGor(f.fr.g.run)
	defer func() {
		p := recover()
		g.leaveThread()
		f.t.busy = false
		if p != nil {
			if _, ok := p.(interruptPanic); ok {
				panic(p)
			}
			err = &engine.PanicError{Value: p}
		}
	}()
	return ev.run(g, f), nil
}

func (ev *evaluation) run(g *gor, f *debugFrame) (vs []engine.Value) {
	if ev.null {
		return []engine.Value{{Type: "nil"}}
	}
	fr := g.root.push(ev.f)
	for i, v := range ev.vars {
		p, _ := f.address(v)
		*at[unsafe.Pointer](fr, ev.f.params[i].off) = p
	}
	fr.run()
	for i, r := range ev.f.results {
		v := reflect.New(r.t).Elem()
		v.Set(fr.rv(r))
		vs = append(vs, engine.Value{Reflect: v, Type: typeString(ev.results[i])})
	}
	return vs
}

// evaluation compiles an expression for a place, once.
func (d *debugger) evaluation(f *debugFrame, text string) (*evaluation, error) {
	key := evaluationKey{text: text}
	if f != nil {
		if key.fn = f.fr.body.f.debug; key.fn == nil {
			return nil, errors.New("this call began before the debugger was attached, or is none of a cell: its variables cannot be seen")
		}
		key.pos = f.see
	}
	w := d.w
	w.mu.Lock()
	defer w.mu.Unlock()
	if ev := d.evaluations[key]; ev != nil {
		return ev, nil
	}
	ev, err := d.compileExpression(f, text)
	if err == nil && f != nil { // names of the session may mean something else later
		d.evaluations[key] = ev
	}
	return ev, err
}

// expression is one while it is compiled.
type expression struct {
	d      *debugger
	f      *debugFrame
	pkg    *types.Package
	info   *types.Info
	locals map[types.Object]*types.Var // stand-in → variable of the frame
	types  map[*types.Var]types.Type
}

func (d *debugger) compileExpression(f *debugFrame, text string) (ev *evaluation, err error) {
	defer func() {
		if p := recover(); p != nil {
			ev, err = nil, fmt.Errorf("the expression cannot be compiled: %v", p)
		}
	}()
	e, expr, t, err := d.check(f, text)
	if err != nil {
		return nil, err
	}
	if b, ok := t.(*types.Basic); ok && b.Info()&types.IsUntyped != 0 {
		if b.Kind() == types.UntypedNil {
			return &evaluation{null: true}, nil
		}
		if e, expr, t, err = d.check(f, types.Default(b).String()+"("+text+")"); err != nil {
			return nil, err
		}
	}
	ev = &evaluation{}
	switch t := t.(type) {
	case *types.Tuple:
		for v := range t.Variables() {
			ev.results = append(ev.results, v.Type())
		}
	default:
		ev.results = []types.Type{t}
	}
	e.build(ev, expr)
	return ev, nil
}

// check parses and checks an expression, or else a statement.
func (d *debugger) check(f *debugFrame, text string) (*expression, ast.Expr, types.Type, error) {
	expr, err := parser.ParseExprFrom(d.w.fset, "expression", text, 0)
	if err != nil {
		var other error
		if expr, other = parser.ParseExprFrom(d.w.fset, "expression", "func() { "+text+"\n}()", 0); other != nil {
			return nil, nil, nil, fmt.Errorf("%q is neither an expression nor a statement of Go: %v", text, err)
		}
	}
	e := &expression{d: d, f: f, pkg: types.NewPackage("main", "main"), locals: map[types.Object]*types.Var{}, types: map[*types.Var]types.Type{}}
	e.declare(expr)
	e.info = &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{}, Instances: map[*ast.Ident]types.Instance{}, Defs: map[*ast.Ident]types.Object{},
		Uses: map[*ast.Ident]types.Object{}, Implicits: map[ast.Node]types.Object{}, Selections: map[*ast.SelectorExpr]*types.Selection{},
		Scopes: map[ast.Node]*types.Scope{}, FileVersions: map[*ast.File]string{},
	}
	if err := types.CheckExpr(d.w.fset, e.pkg, token.NoPos, expr, e.info); err != nil {
		var te types.Error
		if errors.As(err, &te) {
			err = errors.New(te.Msg)
		}
		return nil, nil, nil, err
	}
	tv := e.info.Types[expr]
	switch {
	case tv.IsType():
		return nil, nil, nil, fmt.Errorf("%s is a type, not an expression", text)
	case tv.IsBuiltin(), tv.Type == nil:
		return nil, nil, nil, fmt.Errorf("%s is no value", text)
	}
	return e, expr, tv.Type, nil
}

// declare gives the names in an expression the meaning that they have in the frame, or else in the
// session.
func (e *expression) declare(expr ast.Expr) {
	selected := map[string][]string{}
	names := map[string]bool{}
	ast.Inspect(expr, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok {
				selected[x.Name] = append(selected[x.Name], n.Sel.Name)
			}
		case *ast.Ident:
			names[n.Name] = true
		}
		return true
	})
	for name := range names {
		if o := e.object(name, selected[name]); o != nil {
			e.pkg.Scope().Insert(o)
		}
	}
}

func (e *expression) object(name string, members []string) types.Object {
	d := e.d
	if e.f != nil {
		fn := e.f.fr.body.f.debug
		switch o := d.w.shadow.local(fn.sf, e.f.see, name).(type) {
		case nil:
		case *types.Var:
			p, t := e.f.address(o)
			if p == nil { // of the session
				if len(fn.vars[o.Pos()]) > 0 {
					return nil
				}
				return o
			}
			v := types.NewVar(token.NoPos, e.pkg, name, t)
			e.locals[v], e.types[o] = o, t
			return v
		case *types.PkgName:
			return types.NewPkgName(token.NoPos, e.pkg, name, o.Imported())
		case *types.TypeName:
			if p, ok := o.Type().(*types.TypeParam); ok { // an instance: what it stands for here
				if args := instanceOf(fn).TypeArgs(); p.Index() < len(args) {
					return types.NewTypeName(token.NoPos, e.pkg, name, args[p.Index()])
				}
			}
			return o
		default:
			return o
		}
	}
	if o, _, ok := d.s.lang.Lookup(name); ok {
		return o
	}
	if types.Universe.Lookup(name) != nil {
		return nil
	}
	if path := d.s.lang.PackageNamed(name, members); path != "" && len(members) > 0 {
		if p, err := d.s.lang.Packages().Import(path); err == nil {
			return types.NewPkgName(token.NoPos, e.pkg, name, p)
		}
	}
	return nil
}

func instanceOf(fn *debugFunc) interface{ TypeArgs() []types.Type } {
	sf := fn.sf
	for sf.Parent() != nil && len(sf.TypeArgs()) == 0 {
		sf = sf.Parent()
	}
	return sf
}

const evaluateName = "ˑevaluate"

// build makes the function.
func (e *expression) build(ev *evaluation, expr ast.Expr) {
	info := e.info
	var params, results []*types.Var
	ftype := &ast.FuncType{Params: &ast.FieldList{}}
	byVar := map[*types.Var]*types.Var{}
	param := func(o *types.Var) *types.Var {
		p := byVar[o]
		if p == nil {
			id := ast.NewIdent(fmt.Sprintf("p%d", len(params)))
			p = types.NewParam(token.NoPos, e.pkg, id.Name, types.NewPointer(e.types[o]))
			info.Defs[id] = p
			ftype.Params.List = append(ftype.Params.List, &ast.Field{Names: []*ast.Ident{id}, Type: ast.NewIdent("_")})
			byVar[o], params, ev.vars = p, append(params, p), append(ev.vars, o)
		}
		return p
	}
	expr = astutil.Apply(expr, nil, func(c *astutil.Cursor) bool {
		id, ok := c.Node().(*ast.Ident)
		if !ok {
			return true
		}
		o := e.locals[info.Uses[id]]
		if o == nil {
			return true
		}
		p := param(o)
		use := &ast.Ident{NamePos: id.NamePos, Name: p.Name()}
		star := &ast.StarExpr{Star: id.NamePos, X: use}
		info.Uses[use] = p
		info.Types[use] = types.TypeAndValue{Type: p.Type()}
		info.Types[star] = info.Types[id]
		c.Replace(star)
		return true
	}).(ast.Expr)
	var body ast.Stmt = &ast.ExprStmt{X: expr}
	if len(ev.results) > 0 {
		body = &ast.ReturnStmt{Results: []ast.Expr{expr}}
		ftype.Results = &ast.FieldList{}
	}
	for _, t := range ev.results {
		results = append(results, types.NewParam(token.NoPos, e.pkg, "", t))
		ftype.Results.List = append(ftype.Results.List, &ast.Field{Type: ast.NewIdent("_")})
	}
	name := ast.NewIdent(evaluateName)
	sig := types.NewSignatureType(nil, nil, nil, types.NewTuple(params...), types.NewTuple(results...), false)
	info.Defs[name] = types.NewFunc(token.NoPos, e.pkg, evaluateName, sig)
	file := &ast.File{Name: ast.NewIdent("main"), Decls: []ast.Decl{&ast.FuncDecl{Name: name, Type: ftype, Body: &ast.BlockStmt{List: []ast.Stmt{body}}}}}
	info.FileVersions[file] = "go1.26"
	w := e.d.w
	for _, o := range info.Uses {
		if p := o.Pkg(); p != nil && p != e.pkg {
			w.shadow.create(p)
		}
		if n, ok := o.(*types.PkgName); ok {
			w.shadow.create(n.Imported())
		}
	}
	p := w.shadow.prog.CreatePackage(e.pkg, []*ast.File{file}, info, false)
	p.Build()
	sf := p.Func(evaluateName)
	w.own[e.pkg] = true
	w.shadow.refer(sf, nil)
	sp := w.home
	if e.f != nil {
		sp = e.f.fr.body.f.sp
	}
	ev.f = sp.function(sf)
	delete(sp.funcs, sf)
}

// Declare implements [engine.Debugging].
func (d *debugger) Declare(ctx context.Context, frame engine.DebugFrame, name, expr string) error {
	if !token.IsIdentifier(name) {
		return fmt.Errorf("%q is no name of a variable", name)
	}
	vs, err := d.Evaluate(ctx, frame, expr)
	if err != nil {
		return err
	}
	if len(vs) != 1 || !vs[0].Reflect.IsValid() {
		return fmt.Errorf("%s is not one value", expr)
	}
	typ := strings.ReplaceAll(vs[0].Type, "main.", "")
	if _, _, err := d.s.admit(engine.Cell{Source: "var " + name + " " + typ}); err != nil {
		return fmt.Errorf("the type of %s, %s, has no name outside its function: %w", expr, vs[0].Type, err)
	}
	d.s.mu.Lock()
	defer d.s.mu.Unlock()
	v := d.s.vars[name].v
	if !v.IsValid() || !vs[0].Reflect.Type().AssignableTo(v.Type()) {
		return fmt.Errorf("the type of %s, %s, means something else outside its function", expr, vs[0].Type)
	}
	v.Set(vs[0].Reflect)
	return nil
}
