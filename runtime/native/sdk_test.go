package native

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
	"testing"
)

// TestShimIsComplete looks whether the shim of golang.org/x/sys/unix declares all that the packages
// mention with which programs are linked: without it, no function of a cell is compiled any more.
func TestShimIsComplete(t *testing.T) {
	files, err := sdkFiles()
	if err != nil {
		t.Fatal(err)
	}
	declared, used := map[string]bool{}, map[string]string{}
	for name, data := range files {
		if !strings.HasSuffix(name, ".go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, data, 0)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(name, "xsys/unix/") {
			for declaredName := range f.Scope.Objects {
				declared[declaredName] = true
			}
			continue
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok {
				if id, ok := s.X.(*ast.Ident); ok && id.Name == "unix" && id.Obj == nil {
					used[s.Sel.Name] = name
				}
			}
			return true
		})
	}
	if len(used) < 20 {
		t.Errorf("only %d names of package unix are used", len(used))
	}
	for name, file := range used {
		if !declared[name] {
			t.Errorf("%s uses unix.%s, which runtime/native/shim/xsys/unix does not declare; add it there, over package syscall", file, name)
		}
	}
}
