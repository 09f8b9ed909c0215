package lang

import (
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"slices"
	"strings"

	"github.com/goray/goray/kernel/engine"
)

// Footprint says which names of the session the cell declares, uses and assigns to.
func (c *Checked) Footprint() (f engine.Footprint) {
	if c.cell == nil {
		return f
	}
	f.Declares = slices.Sorted(maps.Keys(c.cell.names))
	earlier, used, assigned := map[types.Object]bool{}, map[string]bool{}, map[string]bool{}
	for _, o := range c.cell.visible {
		earlier[o] = true
		used[strings.TrimSuffix(o.Name(), mark)] = true
	}
	note := func(x ast.Expr) {
		if id := assignee(x); id != nil && earlier[c.Info.Uses[id]] {
			assigned[strings.TrimSuffix(id.Name, mark)] = true
		}
	}
	for _, file := range c.Files {
		for _, d := range file.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Name.Name != runName {
				continue // it may run in other cells
			}
			ast.Inspect(d, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.AssignStmt:
					for _, x := range n.Lhs {
						note(x)
					}
				case *ast.IncDecStmt:
					note(n.X)
				case *ast.RangeStmt:
					note(n.Key)
					note(n.Value)
				case *ast.UnaryExpr:
					if n.Op == token.AND {
						note(n.X)
					}
				}
				return true
			})
		}
	}
	f.Uses, f.Assigns = slices.Sorted(maps.Keys(used)), slices.Sorted(maps.Keys(assigned))
	return f
}

// assignee is the variable that an assignment to x changes, or a part of it; nil for another one.
func assignee(x ast.Expr) *ast.Ident {
	for {
		switch y := x.(type) {
		case *ast.Ident:
			return y
		case *ast.ParenExpr:
			x = y.X
		case *ast.SelectorExpr:
			x = y.X
		case *ast.IndexExpr:
			x = y.X
		case *ast.StarExpr:
			x = y.X
		default:
			return nil
		}
	}
}
