package vet

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"golang.org/x/tools/go/analysis"
)

// Analyzer reports calls of remote functions and actors that cannot succeed.
var Analyzer = &analysis.Analyzer{
	Name:      "raycall",
	Doc:       "check the functions and arguments given to package ray\n\nThe arguments of remote functions, of actors' constructors and of their methods are of type any. This analyzer compares them with the parameters, and the result types that are written with those of the functions.",
	URL:       "https://pkg.go.dev/github.com/goray/goray/runtime/ray/vet",
	Run:       run,
	FactTypes: []analysis.Fact{new(holds)},
}

// rayPath is the package whose calls are checked.
const rayPath = "github.com/goray/goray/runtime/ray"

// holds is what is known of a variable: the function that calls of its Remote run. The zero value
// says that nothing is, which undoes what an earlier package said.
type holds struct {
	function *types.Signature
}

func (*holds) AFact() {}

func (h *holds) String() string { return fmt.Sprint("holds ", h.function) }

// GobEncode lets go vet write facts between its processes. Signatures cannot be written: each
// process knows its own package's.
func (h *holds) GobEncode() ([]byte, error) { return nil, nil }

// GobDecode leaves everything unknown.
func (h *holds) GobDecode([]byte) error { return nil }

func run(pass *analysis.Pass) (any, error) {
	j := &judge{pass: pass, held: map[*types.Var]*types.Signature{}}
	j.variables()
	for _, f := range pass.Files {
		ast.Inspect(f, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				j.call(call)
			}
			return true
		})
	}
	return nil, nil
}

type judge struct {
	pass *analysis.Pass
	held map[*types.Var]*types.Signature // this package's variables
}

// call judges one call.
func (j *judge) call(call *ast.CallExpr) {
	if r := j.made(call); r != nil {
		j.result(call, r)
		if r.withArguments != nil {
			j.arguments(call, r.withArguments, call.Args[1:], 0, r.name)
		}
		return
	}
	if name, args := j.rayFunction(call); name == "Call" && len(args) == 2 && len(call.Args) >= 2 {
		j.method(call, args[0], args[1])
		return
	}
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok || sel.Sel.Name != "Remote" || !j.isRemote(j.pass.TypesInfo.TypeOf(sel.X)) {
		return
	}
	if f := j.functionOf(sel.X); f != nil {
		j.arguments(call, f, call.Args, 0, types.ExprString(call.Fun))
	}
}

// rayFunction is the name of the function of package ray that is called, and its type arguments.
func (j *judge) rayFunction(call *ast.CallExpr) (name string, args []types.Type) {
	fun := ast.Unparen(call.Fun)
	switch x := fun.(type) {
	case *ast.IndexExpr:
		fun = x.X
	case *ast.IndexListExpr:
		fun = x.X
	}
	var id *ast.Ident
	switch x := ast.Unparen(fun).(type) {
	case *ast.SelectorExpr:
		id = x.Sel
	case *ast.Ident: // a dot import
		id = x
	default:
		return "", nil
	}
	f, ok := j.pass.TypesInfo.Uses[id].(*types.Func)
	if !ok || f.Pkg() == nil || f.Pkg().Path() != rayPath || f.Signature().Recv() != nil {
		return "", nil
	}
	for t := range j.pass.TypesInfo.Instances[id].TypeArgs.Types() {
		args = append(args, t)
	}
	return f.Name(), args
}

// isRemote says whether t is one of the types whose method Remote submits a call.
func (j *judge) isRemote(t types.Type) bool {
	n, ok := types.Unalias(t).(*types.Named)
	if !ok || n.Obj().Pkg() == nil || n.Obj().Pkg().Path() != rayPath {
		return false
	}
	return n.Obj().Name() == "ActorClass" || strings.HasPrefix(n.Obj().Name(), "RemoteFunc")
}

// variables finds what the package's variables hold: those that are declared with a remote function
// and get no other value. Assignments to variables of earlier cells, which are packages of the same
// path, undo what is known of them.
func (j *judge) variables() {
	info := j.pass.TypesInfo
	set := func(id *ast.Ident, value ast.Expr) {
		v, ok := info.Defs[id].(*types.Var)
		if !ok || !j.isRemote(v.Type()) {
			return
		}
		if f := j.functionOf(value); f != nil {
			j.held[v] = f
		}
	}
	other := map[*types.Var]bool{}
	spoil := func(e ast.Expr) {
		if id, ok := ast.Unparen(e).(*ast.Ident); ok {
			if v, ok := info.Uses[id].(*types.Var); ok {
				other[v] = true
			}
		}
	}
	for _, f := range j.pass.Files {
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.AssignStmt:
				for i, left := range n.Lhs {
					spoil(left)
					if id, ok := left.(*ast.Ident); ok && n.Tok == token.DEFINE && len(n.Lhs) == len(n.Rhs) {
						set(id, n.Rhs[i])
					}
				}
			case *ast.ValueSpec:
				for i, id := range n.Names {
					if len(n.Names) == len(n.Values) {
						set(id, n.Values[i])
					}
				}
			case *ast.RangeStmt:
				if n.Tok == token.ASSIGN {
					spoil(n.Key)
					spoil(n.Value)
				}
			case *ast.UnaryExpr:
				if n.Op == token.AND {
					spoil(n.X)
				}
			}
			return true
		})
	}
	for v := range other {
		delete(j.held, v)
		if v.Pkg() != nil && v.Pkg() != j.pass.Pkg && v.Pkg().Path() == j.pass.Pkg.Path() && j.isRemote(v.Type()) {
			j.held[v] = nil
			j.pass.ExportObjectFact(v, new(holds))
		}
	}
	for v, f := range j.held {
		if f != nil && v.Parent() == j.pass.Pkg.Scope() {
			j.pass.ExportObjectFact(v, &holds{f})
		}
	}
}

// functionOf is the function that Remote of x runs, or nil.
func (j *judge) functionOf(x ast.Expr) *types.Signature {
	switch x := ast.Unparen(x).(type) {
	case *ast.Ident:
		v, ok := j.pass.TypesInfo.Uses[x].(*types.Var)
		if !ok {
			return nil
		}
		if f, ok := j.held[v]; ok {
			return f
		}
		return j.imported(v)
	case *ast.SelectorExpr:
		if v, ok := j.pass.TypesInfo.Uses[x.Sel].(*types.Var); ok && !v.IsField() {
			return j.imported(v)
		}
	case *ast.CallExpr:
		if r := j.made(x); r != nil && r.withArguments == nil {
			return r.function
		}
		sel, ok := ast.Unparen(x.Fun).(*ast.SelectorExpr)
		if ok && sel.Sel.Name == "Options" && j.isRemote(j.pass.TypesInfo.TypeOf(sel.X)) {
			return j.functionOf(sel.X)
		}
	}
	return nil
}

// imported is what another package's variable holds. Those that any package may assign to are left
// alone, except a session's own.
func (j *judge) imported(v *types.Var) *types.Signature {
	if v.Pkg() == nil || v.Pkg().Path() != j.pass.Pkg.Path() {
		return nil
	}
	var h holds
	if !j.pass.ImportObjectFact(v, &h) {
		return nil
	}
	return h.function
}

func (j *judge) report(from, to token.Pos, fix, format string, args ...any) {
	d := analysis.Diagnostic{Pos: from, End: to, Message: fmt.Sprintf(format, args...)}
	if fix != "" {
		d.SuggestedFixes = []analysis.SuggestedFix{{Message: fix}}
	}
	j.pass.Report(d)
}

// name writes a type as the package's code does.
func (j *judge) name(t types.Type) string {
	return types.TypeString(t, func(p *types.Package) string {
		if p.Path() == j.pass.Pkg.Path() {
			return ""
		}
		return p.Name()
	})
}
