package typed

import (
	"fmt"
	"go/ast"
	"go/types"

	"golang.org/x/tools/go/ssa"

	"github.com/goray/goray/kernel/lang"
)

// load builds a checked cell. Types are made here rather than when they are first needed, so that
// a shortage of method entry points is an error of the cell before anything of it runs.
func (s *Session) load(c *lang.Checked, path string) (*ssa.Package, error) {
	return s.w.loadUnit(c, path)
}

// loadImported builds a cell that came from elsewhere. Types that exist already keep calling the
// methods that they have.
func (w *world) loadImported(c *lang.Checked) (*ssa.Package, error) {
	w.mu.Lock()
	w.imported[c.Pkg] = true
	w.mu.Unlock()
	return w.loadUnit(c, "")
}

func (w *world) loadUnit(c *lang.Checked, path string) (sp *ssa.Package, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	defer func() {
		switch p := recover().(type) {
		case nil:
		case shortageError:
			err = p
		default:
			err = fmt.Errorf("the cell cannot be compiled: %v", p)
		}
	}()
	declareResults(c)
	sp = w.load(c.Pkg, c.Files, c.Info)
	w.sources[c.Pkg] = &unitSource{files: c.Files, info: c.Info, path: path}
	for _, t := range c.Types {
		if n, ok := t.Type().(*types.Named); ok && !t.IsAlias() && n.TypeParams().Len() == 0 {
			w.types.of(n)
		}
	}
	for _, p := range c.Patches {
		older, newer := w.prog.FuncValue(p.Old), w.prog.FuncValue(p.New)
		if older != nil && newer != nil && p.Old != p.New {
			w.home.function(older).setPatch(w.home.function(newer))
		}
	}
	return sp, nil
}

// retire forgets the functions of a cell that run once: the initialisation of its variables and its
// statements. Function literals in them keep what they need.
func (w *world) retire(fs ...*ssa.Function) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, sf := range fs {
		if sf != nil {
			delete(w.home.funcs, sf)
			delete(w.late, sf)
			sf.Blocks, sf.Locals, sf.Recover = nil, nil, nil
		}
	}
}

// declareResults gives the function of a cell's statements a result for every value that it returns:
// go/ssa counts them in the syntax, the front end has them in the type only.
func declareResults(c *lang.Checked) {
	for _, d := range c.Files[len(c.Files)-1].Decls {
		if fd, ok := d.(*ast.FuncDecl); ok && fd.Recv == nil && fd.Name.Name == c.Run && fd.Type.Results == nil && len(c.Results) > 0 {
			fd.Type.Results = &ast.FieldList{}
			for range c.Results {
				fd.Type.Results.List = append(fd.Type.Results.List, &ast.Field{Type: &ast.Ident{NamePos: fd.Pos(), Name: "_"}})
			}
		}
	}
}

// globalOf is the SSA form of a package-level variable.
func (w *world) globalOf(o *types.Var) *ssa.Global {
	p := w.prog.Package(o.Pkg())
	if p == nil {
		return nil
	}
	return p.Var(o.Name())
}
