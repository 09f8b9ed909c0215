package export

import (
	"go/ast"
	"go/token"
	"go/types"
)

// makers are functions whose results are the same wherever literals are given to them, and which
// nothing changes later. Errors are found again by errors.Is in other processes.
var makers = map[string]bool{"errors.New": true, "fmt.Errorf": true, "regexp.MustCompile": true}

// sameAnywhere says whether an expression consists of literals, constants of packages and calls of
// makers: then every process may have it by itself.
func (x *exporter) sameAnywhere(p *part, e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.BasicLit:
		return true
	case *ast.ParenExpr:
		return x.sameAnywhere(p, e.X)
	case *ast.UnaryExpr:
		return e.Op != token.AND && e.Op != token.ARROW && x.sameAnywhere(p, e.X)
	case *ast.BinaryExpr:
		return x.sameAnywhere(p, e.X) && x.sameAnywhere(p, e.Y)
	case *ast.Ident:
		return e.Name == "true" || e.Name == "false"
	case *ast.SelectorExpr: // time.Second
		_, constant := p.object(e.Sel).(*types.Const)
		return constant
	case *ast.CallExpr:
		o := x.callee(p, e.Fun)
		if o == nil || o.Pkg() == nil || !makers[o.Pkg().Path()+"."+o.Name()] || p.cell.fails {
			return false
		}
		for _, a := range e.Args {
			if !x.sameAnywhere(p, a) {
				return false
			}
		}
		return !e.Ellipsis.IsValid()
	}
	return false
}

// constantType is the type that a variable gets from such an expression; where it is not known, the
// program says it.
func (x *exporter) constantType(p *part, e ast.Expr) types.Type {
	switch e := e.(type) {
	case *ast.BasicLit:
		switch e.Kind {
		case token.INT:
			return types.Typ[types.Int]
		case token.FLOAT:
			return types.Typ[types.Float64]
		case token.STRING:
			return types.Typ[types.String]
		}
	case *ast.CallExpr:
		if f, ok := x.callee(p, e.Fun).(*types.Func); ok {
			return f.Signature().Results().At(0).Type()
		}
	}
	return types.Typ[types.Invalid]
}
