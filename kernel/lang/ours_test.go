package lang

import (
	"go/ast"
	"go/types"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/goray/goray/kernel/engine"
)

// TestOurPackages holds the public packages of this module to the rule that cells need: generic
// functions and methods of generic types, which cells interpret from source, use only what is
// exported or generic.
func TestOurPackages(t *testing.T) {
	const module, root = "github.com/goray/goray/", "../../"
	var own []engine.Package
	for _, dir := range []string{"runtime/ray", "viz", "ailib/data", "ailib/preprocess", "ailib/train", "ailib/predict", "ailib/tune", "ailib/serve", "ailib/sample"} {
		if _, err := os.Stat(root + dir); err == nil {
			own = append(own, engine.Package{Path: module + dir, Source: os.DirFS(root + dir)})
		}
	}
	if arrow, err := os.ReadFile(root + "ailib/notebook/gen_types_arrow.bin"); err == nil {
		own = append(own, engine.Package{Path: "github.com/apache/arrow-go/v18/arrow", Source: fstest.MapFS{"arrow.bin": {Data: arrow}}})
	}
	p, err := NewPackages(own)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range own {
		if !strings.HasPrefix(o.Path, module) {
			continue
		}
		q, err := p.Import(o.Path)
		if err != nil && strings.Contains(err.Error(), "is not available") {
			t.Logf("skipped: %v", err)
			continue
		}
		if err != nil {
			t.Errorf("%s cannot be checked from its embedded source: %v", o.Path, err)
			continue
		}
		files, info, _ := p.Syntax(q)
		bodies := map[types.Object]*ast.FuncDecl{}
		var todo []types.Object // what cells can reach
		for _, f := range files {
			for _, d := range f.Decls {
				if fd, ok := d.(*ast.FuncDecl); ok && fd.Body != nil {
					o := info.Defs[fd.Name]
					bodies[o] = fd
					if o.Exported() {
						todo = append(todo, o)
					}
				}
			}
		}
		seen := map[types.Object]bool{}
		for len(todo) > 0 {
			fd := bodies[todo[0]]
			todo = todo[1:]
			ast.Inspect(fd.Body, func(n ast.Node) bool {
				id, ok := n.(*ast.Ident)
				if !ok {
					return true
				}
				switch o := info.Uses[id].(type) {
				case *types.Func:
					o = o.Origin()
					if bodies[o] != nil {
						if !seen[o] {
							seen[o] = true
							todo = append(todo, o)
						}
					} else if o.Pkg() == q && !o.Exported() {
						t.Errorf("%s: %s uses %s, which only compiled code can call; export it", p.fset.Position(id.Pos()), fd.Name.Name, o.Name())
					}
				case *types.Var:
					if o.Pkg() == q && !o.Exported() && o.Parent() == q.Scope() {
						t.Errorf("%s: %s uses the variable %s, which only compiled code has; export a function", p.fset.Position(id.Pos()), fd.Name.Name, o.Name())
					}
				}
				return true
			})
		}
	}
}
