package typed

import (
	"go/ast"
	"go/printer"
	"go/token"
	"go/types"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/goplus/reflectx"
	"golang.org/x/tools/go/ssa"

	"github.com/goray/goray/kernel/engine"
)

// library is what programs can import; [lang.Packages] is the one there is.
type library interface {
	types.Importer
	// Syntax returns the source of a package of which something is interpreted. Functions
	// without a body, and variables and types with a symbol, are compiled all the same.
	Syntax(p *types.Package) (files []*ast.File, info *types.Info, ok bool)
	// Symbol returns a compiled object as engine.Symbol describes it.
	Symbol(path, name string) (any, bool)
}

// world holds everything that is known about code: packages, their SSA form, run-time types.
type world struct {
	mu         sync.Mutex
	fset       *token.FileSet
	lib        library
	prog       *ssa.Program
	types      *typeTable
	own        map[*types.Package]bool               // packages of cells and programs
	decls      map[*types.Func]*ast.FuncDecl         // method declarations of cells
	home       *space                                // methods that compiled code calls run here
	program    bool                                  // runs a whole program rather than cells
	uncaught   func(engine.Cell, *engine.PanicError) // panics outside any run
	created    map[*types.Package]bool
	late       map[*ssa.Function]bool                     // see lateLoads
	imported   map[*types.Package]bool                    // cells that came from elsewhere
	unexported map[*types.Package]map[string]reflect.Type // see hidden
	initialise sync.Mutex                                 // see initModules
	sources    map[*types.Package]*unitSource             // of cells, for a debugger
	shadow     *shadow                                    // nil before the first debugging
	debug      atomic.Pointer[debugger]                   // nil where nobody debugs
}

// space is one set of global variables with the functions that use them. A session has one;
// every instance of imported code has its own.
type space struct {
	w       *world
	funcs   map[*ssa.Function]*function
	globals map[*ssa.Global]unsafe.Pointer
	methods sync.Map // methodKey → *function
	// declared are the types that this space's own cells declare, where another cell has made
	// the same run-time type first.
	declared map[reflect.Type]types.Type
}

func newWorld(fset *token.FileSet, lib library) *world {
	w := &world{sources: map[*types.Package]*unitSource{}, fset: fset, lib: lib, own: map[*types.Package]bool{}, decls: map[*types.Func]*ast.FuncDecl{}, created: map[*types.Package]bool{}, late: map[*ssa.Function]bool{}, imported: map[*types.Package]bool{}, unexported: map[*types.Package]map[string]reflect.Type{}}
	w.types = &typeTable{w: w, rev: map[reflect.Type]types.Type{}, canonical: map[string]*namedType{}, implicit: map[*types.TypeName][]types.Type{}, number: map[token.Pos]int{}, rctx: reflectx.NewContext()}
	w.prog = ssa.NewProgram(fset, ssa.InstantiateGenerics)
	w.home = w.newSpace()
	return w
}

func (w *world) newSpace() *space {
	return &space{w: w, funcs: map[*ssa.Function]*function{}, globals: map[*ssa.Global]unsafe.Pointer{}}
}

// symbol returns a compiled object, or the zero Value.
func (w *world) symbol(p *types.Package, name string) reflect.Value {
	if p == nil || w.own[p] {
		return reflect.Value{}
	}
	v, ok := w.lib.Symbol(p.Path(), name)
	if !ok {
		return reflect.Value{}
	}
	return reflect.ValueOf(v)
}

// create adds a package and all that it imports to the SSA program, and returns the packages with
// syntax, dependencies first; their functions are still to be built.
func (w *world) create(p *types.Package, files []*ast.File, info *types.Info) []*ssa.Package {
	if w.created[p] {
		return nil
	}
	w.created[p] = true
	var out []*ssa.Package
	for _, ip := range p.Imports() {
		out = append(out, w.createImport(ip)...)
	}
	if info != nil { // objects of packages that are not imported by name: older cells, promoted fields
		for _, o := range info.Uses {
			if q := o.Pkg(); q != nil && q != p {
				out = append(out, w.createImport(q)...)
			}
		}
	}
	sp := w.prog.CreatePackage(p, files, info, false)
	if files != nil {
		out = append(out, sp)
	}
	return out
}

func (w *world) createImport(p *types.Package) []*ssa.Package {
	if w.created[p] {
		return nil
	}
	files, info, ok := w.lib.Syntax(p)
	if !ok {
		w.created[p] = true
		w.prog.CreatePackage(p, nil, nil, false)
		return nil
	}
	return w.create(p, files, info)
}

// load makes a checked package ready to run and returns its SSA form. It needs the lock.
func (w *world) load(p *types.Package, files []*ast.File, info *types.Info) *ssa.Package {
	w.own[p] = true
	w.types.countLocals(files)
	for _, f := range files {
		for _, d := range f.Decls {
			if fd, ok := d.(*ast.FuncDecl); ok && fd.Recv != nil {
				if m, ok := info.Defs[fd.Name].(*types.Func); ok {
					w.decls[m] = fd
				}
			}
		}
	}
	buildAll(w.create(p, files, info))
	return w.prog.Package(p)
}

// global is the address of a package-level variable.
func (sp *space) global(g *ssa.Global) unsafe.Pointer {
	if p, ok := sp.globals[g]; ok {
		return p
	}
	if sp != sp.w.home && (g.Pkg == nil || !sp.w.own[g.Pkg.Pkg]) {
		return sp.w.home.global(g) // variables of libraries are shared
	}
	t := sp.w.types.of(g.Type().(*types.Pointer).Elem())
	var p unsafe.Pointer
	if g.Pkg != nil {
		if v := sp.w.symbol(g.Pkg.Pkg, g.Name()); v.IsValid() && v.Kind() == reflect.Pointer && !v.IsNil() {
			p = v.UnsafePointer()
		}
	}
	if p == nil {
		p = unsafeNew(rptr(t))
	}
	sp.globals[g] = p
	return p
}

// function returns the descriptor of an SSA function. It needs the lock.
func (sp *space) function(sf *ssa.Function) *function {
	if f, ok := sp.funcs[sf]; ok {
		return f
	}
	tt := sp.w.types
	f := &function{sp: sp, sf: sf}
	sp.funcs[sf] = f
	off := unsafe.Sizeof(frame{})
	f.fields = append(f.fields, reflect.StructField{Name: "H", Type: reflect.TypeFor[frame]()})
	sig := sf.Signature
	if len(sf.Params) > 0 {
		for _, p := range sf.Params {
			f.params = append(f.params, f.addField(&off, tt.of(p.Type())))
		}
	} else {
		if r := sig.Recv(); r != nil {
			f.params = append(f.params, f.addField(&off, tt.of(r.Type())))
		}
		for i := range sig.Params().Len() {
			f.params = append(f.params, f.addField(&off, tt.of(sig.Params().At(i).Type())))
		}
	}
	for i := range sig.Results().Len() {
		f.results = append(f.results, f.addField(&off, tt.of(sig.Results().At(i).Type())))
	}
	for _, p := range sf.FreeVars {
		f.free = append(f.free, f.addField(&off, tt.of(p.Type())))
	}
	f.sigSize = off
	f.adapter = adapterFor(f)
	f.wrapper = sf.Synthetic != "" && sf.Pkg == nil && sf.Origin() == nil
	f.ftype = tt.of(types.NewSignatureType(nil, nil, nil, sig.Params(), sig.Results(), sig.Variadic()))
	return f
}

// funcValue is the func value of a declared function.
func (sp *space) funcValue(sf *ssa.Function) unsafe.Pointer {
	f := sp.function(sf)
	if f.selfValue == nil {
		if v := sp.w.compiledFunc(sf); v.IsValid() {
			f.selfValue = funcWord(v)
		} else {
			f.selfValue = unsafe.Pointer(newClosure(f, nil))
		}
	}
	return f.selfValue
}

// method is called at run time, without the lock, by a method's entry point.
func (w *world) method(mt *methodTarget) *function {
	if f := mt.fn.Load(); f != nil {
		return f
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	f := w.home.function(w.prog.MethodValue(mt.sel))
	mt.fn.Store(f)
	return f
}

// methodText is the source of a method of a cell's type, without its position.
func (w *world) methodText(m *types.Func) string {
	d, ok := w.decls[m.Origin()]
	if !ok {
		return ""
	}
	var b strings.Builder
	if err := printer.Fprint(&b, w.fset, d); err != nil {
		return m.FullName()
	}
	return b.String()
}
