package typed

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/types"
	"path"
	"reflect"
	"strings"
	"sync"
	"unsafe"

	"golang.org/x/tools/go/ssa"

	"github.com/goray/goray/kernel/engine"
	"github.com/goray/goray/kernel/lang"
)

// codeStore is the engine.Code of a session.
type codeStore struct {
	s    *Session
	mu   sync.Mutex
	defs map[string]*definition // by hash
}

// shipment is the source of a snapshot: what the front end needs of the cells, and where in them
// the function is.
type shipment struct {
	Bundle  *lang.Bundle
	Root    spot        // of the function, or of the literal
	Literal bool        `json:",omitempty"`
	Expr    bool        `json:",omitempty"` // the last cell assigns the function to rootName
	Name    string      // for people
	Globals []globalRef `json:",omitempty"` // the first captures
	Patches [][2]spot   `json:",omitempty"` // functions that others have taken over from
	Type    string      `json:",omitempty"` // of a snapshot of a type
}

// spot is a declaration or literal: the index of the cell in the bundle, and the offset in it.
type spot struct{ Cell, Offset int }

type globalRef struct {
	Cell int
	Name string
}

// Names of the variables of a cell that is added to a bundle for a function that is not declared
// in one: an instance, a method value or a method expression.
const (
	rootName     = "gorayRoot"
	receiverName = "gorayReceiver"
)

func newCodeStore(s *Session) *codeStore { return &codeStore{s: s, defs: map[string]*definition{}} }

// Export implements [engine.Code].
func (c *codeStore) Export(fn any) (engine.Snapshot, bool, error) {
	cl := closureOf(fn)
	if cl == nil || cl.target.sp.w != c.s.w {
		return engine.Snapshot{}, false, nil
	}
	w := c.s.w
	w.mu.Lock()
	defer w.mu.Unlock()
	f := cl.target
	for f.patch != nil {
		f = f.patch
	}
	x := &exporter{w: w, lang: c.s.lang, f: f, closure: cl, imports: map[string]string{}, names: map[string]*types.Package{}}
	s, err := x.export()
	return s, true, err
}

// closureOf is the interpreted closure that a func value is, or nil.
func closureOf(fn any) *closure {
	v := reflect.ValueOf(fn)
	if v.Kind() != reflect.Func || v.IsNil() {
		return nil
	}
	return ours((*eface)(unsafe.Pointer(&fn)).data)
}

// MethodName implements [engine.Code].
func (c *codeStore) MethodName(fn any) (string, bool) {
	cl := closureOf(fn)
	if cl == nil {
		return "", false
	}
	sf := cl.target.sf
	m, ok := sf.Object().(*types.Func)
	if !ok || m.Signature().Recv() == nil || !c.s.w.isOwn(m.Pkg()) {
		return "", false
	}
	return m.Name(), true
}

// isOwn says whether p is the package of a cell or program.
func (w *world) isOwn(p *types.Package) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.own[p]
}

// ExportType implements [engine.Code].
func (c *codeStore) ExportType(t reflect.Type) (engine.Snapshot, bool) {
	w := c.s.w
	w.mu.Lock()
	defer w.mu.Unlock()
	named, ok := w.types.rev[t].(*types.Named)
	x := &exporter{w: w, lang: c.s.lang, imports: map[string]string{}, names: map[string]*types.Package{}}
	if !ok || named.Obj().Pkg() == nil {
		return engine.Snapshot{}, false
	}
	// An instance that the engine has made of a compiled package's generic type is none that other
	// processes have compiled.
	if !w.own[named.Obj().Pkg()] && !x.fromModule(named.Obj()) && named.TypeArgs() == nil {
		return engine.Snapshot{}, false
	}
	s, err := x.exportType(named)
	return s, err == nil
}

// exporter makes one snapshot. It runs under the world's lock.
type exporter struct {
	w       *world
	lang    *lang.Session
	f       *function
	closure *closure
	roots   []lang.Root
	imports map[string]string         // of the added cell: name → path
	names   map[string]*types.Package // of the added cell: name → package that declares it
	text    string                    // of the added cell
	err     error
}

func (x *exporter) export() (engine.Snapshot, error) {
	ship := shipment{Name: functionName(x.f)}
	sf := x.f.sf
	base := sf
	for base.Parent() != nil {
		base = base.Parent()
	}
	pos := sf.Pos()
	if lit, ok := sf.Syntax().(*ast.FuncLit); ok && base != sf {
		ship.Literal, pos = true, lit.Pos()
	}
	if err := x.describeBase(base, sf); err != nil {
		return engine.Snapshot{}, err
	}
	r := reach(x.f)
	for _, p := range r.patches {
		x.addRoot(p.new.sf.Object())
	}
	for _, g := range r.globals {
		x.addRoot(g.Object())
	}
	if x.err != nil {
		return engine.Snapshot{}, x.err
	}
	b, err := x.lang.Export(x.roots...)
	if err != nil {
		return engine.Snapshot{}, err
	}
	ship.Bundle = b
	var captures []engine.Capture
	for _, g := range r.globals {
		ship.Globals = append(ship.Globals, globalRef{b.Index(g.Pkg.Pkg), g.Name()})
		captures = append(captures, capture(g.Name(), x.w.types.of(deref(g.Type())), x.f.sp.global(g)))
	}
	for _, p := range r.patches {
		ship.Patches = append(ship.Patches, [2]spot{x.place(b, p.old.sf), x.place(b, p.new.sf)})
	}
	captures = append(captures, x.free(&ship)...)
	if x.text != "" {
		ship.Expr = true
		x.addCell(b)
	}
	if o := originOf(base); o.Pkg != nil && !x.isAdded(base) {
		ship.Root = spot{b.Index(o.Pkg.Pkg), x.offset(pos)}
	}
	return x.snapshot(ship, captures)
}

// isAdded says whether the function is an expression of the added cell rather than a declaration.
func (x *exporter) isAdded(base *ssa.Function) bool {
	return base.Synthetic != "" && base.Origin() == nil && base.Pkg == nil
}

// free are the captures of the closure: the variables of a literal, the receiver of a method value.
func (x *exporter) free(ship *shipment) (out []engine.Capture) {
	if x.closure == nil {
		return nil
	}
	for i, fv := range x.closure.target.sf.FreeVars {
		r := x.closure.target.free[i]
		p := x.closure.free[i]
		switch {
		case !ship.Literal: // a receiver, held by value
			if r.c == cP {
				p = unsafe.Pointer(&x.closure.free[i])
			}
			out = append(out, capture(receiverName, r.t, p))
		default:
			out = append(out, capture(fv.Name(), r.t.Elem(), p))
		}
	}
	return out
}

func capture(name string, t reflect.Type, p unsafe.Pointer) engine.Capture {
	v := reflect.New(t).Elem()
	v.Set(reflect.NewAt(t, p).Elem())
	return engine.Capture{Name: name, Value: v}
}

func deref(t types.Type) types.Type { return t.Underlying().(*types.Pointer).Elem() }

// originOf is the generic function behind an instance, or the function itself.
func originOf(f *ssa.Function) *ssa.Function {
	if o := f.Origin(); o != nil {
		return o
	}
	return f
}

// snapshot encodes a shipment. The hash leaves out where cells were, so that code which is
// executed again without change keeps it.
func (x *exporter) snapshot(ship shipment, captures []engine.Capture) (engine.Snapshot, error) {
	parts, modules, err := x.lang.Pack(ship.Bundle)
	if err != nil {
		return engine.Snapshot{}, err
	}
	src, err := json.Marshal(ship)
	if err != nil {
		return engine.Snapshot{}, err
	}
	h := sha256.New()
	h.Write([]byte(modules))
	for _, c := range ship.Bundle.Cells {
		fmt.Fprintf(h, "%s %q %v\n", c.Key, c.Text, c.Imports)
	}
	ship.Bundle = nil
	rest, err := json.Marshal(ship)
	if err != nil {
		return engine.Snapshot{}, err
	}
	h.Write(rest)
	s := engine.Snapshot{Hash: hex.EncodeToString(h.Sum(nil)), Source: src, Parts: parts, Name: ship.Name, Captures: captures}
	if x.f != nil {
		p := x.w.fset.Position(originOf(x.f.sf).Pos())
		s.Cell, s.Line = p.Filename, p.Line
		if lit, ok := strings.CutPrefix(ship.Name, "cell."); ok {
			s.Name = lit + " in " + path.Base(p.Filename)
		}
	}
	return s, nil
}

// place is where a declared function is.
func (x *exporter) place(b *lang.Bundle, sf *ssa.Function) spot {
	o := originOf(sf)
	return spot{b.Index(o.Pkg.Pkg), x.offset(o.Pos())}
}
