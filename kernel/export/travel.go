package export

import (
	"fmt"
	"go/ast"
	"go/types"
	"strings"
)

// driverOnly are functions that call what they are given in the process that calls them.
var driverOnly = map[string]bool{"NewDAG": true, "NewMultiDAG": true, "OnShutdown": true}

// ofRay says whether o belongs to a package whose functions may send their arguments to other
// processes.
func ofRay(o types.Object) bool {
	if o == nil || o.Pkg() == nil {
		return false
	}
	if driverOnly[o.Name()] {
		return false
	}
	path := o.Pkg().Path()
	return strings.HasPrefix(path, module+"runtime/") || strings.HasPrefix(path, module+"ailib/")
}

// travelling refuses functions that would run in other processes and use variables of the session.
// There they travel with their values; a compiled program starts itself again, and its variables
// have no values there, unless they are declared with them.
func (x *exporter) travelling() error {
	for _, c := range x.cells {
		for _, p := range c.parts {
			var err error
			ast.Inspect(p.node, func(n ast.Node) bool {
				var args []ast.Expr
				switch n := n.(type) {
				case *ast.CallExpr:
					if ofRay(x.callee(p, n.Fun)) {
						args = n.Args
					}
				case *ast.CompositeLit:
					if ofRay(x.callee(p, n.Type)) {
						args = n.Elts
					}
				}
				for _, a := range args {
					if kv, ok := a.(*ast.KeyValueExpr); ok {
						a = kv.Value
					}
					if err == nil {
						err = x.travels(p, a, map[any]bool{})
					}
				}
				return err == nil
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// callee is the function or type that an expression names.
func (x *exporter) callee(p *part, e ast.Expr) types.Object {
	switch e := e.(type) {
	case *ast.Ident:
		return p.object(e)
	case *ast.SelectorExpr:
		return p.object(e.Sel)
	case *ast.IndexExpr:
		return x.callee(p, e.X)
	case *ast.IndexListExpr:
		return x.callee(p, e.X)
	case *ast.ParenExpr:
		return x.callee(p, e.X)
	}
	return nil
}

// travels checks what an argument's function uses, and what the functions use that it calls.
func (x *exporter) travels(p *part, arg ast.Expr, seen map[any]bool) error {
	switch a := ast.Unparen(arg).(type) {
	case *ast.FuncLit:
		return x.uses(p, a, a, seen)
	case *ast.Ident:
		e := x.entities[p.object(a)]
		if e == nil || seen[e] {
			return nil
		}
		seen[e] = true
		if e.literal != nil {
			return x.uses(e.home, e.literal, a, seen)
		}
		return x.function(e, p, a, seen)
	}
	return nil
}

// function follows a declared function.
func (x *exporter) function(e *entity, from *part, at ast.Node, seen map[any]bool) error {
	if _, ok := e.obj.(*types.Func); !ok {
		return nil
	}
	for _, u := range e.uses {
		if f, ok := u.part.node.(*ast.FuncDecl); ok && f.Name == u.id && f.Body != nil {
			if err := x.usesFrom(u.part, f.Body, from, at, seen); err != nil {
				return err
			}
		}
	}
	return nil
}

func (x *exporter) uses(p *part, body, at ast.Node, seen map[any]bool) error {
	return x.usesFrom(p, body, p, at, seen)
}

func (x *exporter) usesFrom(p *part, body ast.Node, from *part, at ast.Node, seen map[any]bool) (err error) {
	ast.Inspect(body, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok || err != nil {
			return err == nil
		}
		e := x.entities[p.object(id)]
		if e == nil || seen[e] {
			return true
		}
		switch e.obj.(type) {
		case *types.Func:
			seen[e] = true
			err = x.function(e, from, at, seen)
		case *types.Var:
			if e.isConstant() {
				e.global = true // with its value, so that it has it everywhere
				return true
			}
			err = &Error{from.cell.number, from.line(at.Pos()), fmt.Sprintf("this function runs in other processes and uses %s of In[%d]; a compiled program cannot send the variable along", e.name, e.cell.number), "give it to the function as an argument"}
		}
		return err == nil
	})
	return err
}

// isConstant says whether a variable always has the value that it is declared with, and every process
// may have it by itself.
func (e *entity) isConstant() bool {
	assigned := e.assigned
	if e.defined {
		assigned--
	}
	return e.constant != nil && assigned <= 0 && !e.pointed
}

// workerGuard ends main early in worker processes, where the program's first statements would
// otherwise run again, up to ray.Init.
func (x *exporter) workerGuard() string {
	p := x.packages[module+"runtime/ray"]
	if p == nil || x.startsWithInit() {
		return ""
	}
	return fmt.Sprintf("if %s.Getenv(\"GORAY_WORKER\") != \"\" {\n%s.Init() // which never returns in a worker\n}\n", x.importPath(x.packageOf("os"), ""), x.imports[p.Path()])
}

// startsWithInit says whether the program's first statement is ray.Init.
func (x *exporter) startsWithInit() bool {
	for _, c := range x.cells {
		for _, p := range c.parts {
			if p.decl || c.number == 0 {
				continue
			}
			first := false
			ast.Inspect(p.node, func(n ast.Node) bool {
				if call, ok := n.(*ast.CallExpr); ok {
					o := x.callee(p, call.Fun)
					first = first || o != nil && o.Pkg() != nil && o.Pkg().Path() == module+"runtime/ray" && o.Name() == "Init"
				}
				return !first
			})
			return first
		}
	}
	return false
}
