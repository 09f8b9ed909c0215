package typed

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"reflect"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/goray/goray/kernel/engine"
	"github.com/goray/goray/kernel/lang"
)

// makerName is the function of a native program that makes the function; extra is what ends the
// names that are not the cell's own.
const (
	makerName = "makeˑ"
	extra     = "ˑ"
)

// Native implements [engine.NativeCode].
func (c *codeStore) Native(hash string, source []byte, form engine.NativeForm) (p *engine.NativeProgram, err error) {
	imported, err := c.Import(hash, source, nil)
	if err != nil {
		return nil, err
	}
	d := imported.(*definition)
	n, err := d.native(c.s.lang, form)
	if err != nil {
		return nil, err
	}
	for i := range n.types {
		// A type that has no snapshot of its own never leaves the process inside an interface.
		if s, ok := c.ExportType(n.types[i].run); ok {
			n.program.Types = append(n.program.Types, engine.NativeType{Text: n.types[i].text, Snapshot: s})
		}
	}
	return &n.program, nil
}

// refused is why a function cannot be a native program.
type refused struct{ why string }

func (r refused) Error() string { return r.why }

func refuse(format string, args ...any) { panic(refused{fmt.Sprintf(format, args...)}) }

// nativeWriter writes one native program.
type nativeWriter struct {
	d       *definition
	program engine.NativeProgram
	types   []nativeType

	pieces  map[types.Object]*nativePiece // declarations, by what they declare
	todo    []*nativePiece
	names   map[types.Object]string
	owners  map[string]types.Object // of names
	imports map[string]string       // path → name
	aliases map[string]string       // name → path
	vars    map[*types.Var]bool     // session variables that are needed
	patched map[types.Object]types.Object
	known   map[*ssa.Function]bool // that the program makes remote
	lang    *lang.Session
	out     nativeText
}

type nativeType struct {
	text string
	run  reflect.Type
}

// nativePiece is a part of a cell's text that the program repeats.
type nativePiece struct {
	cell       int
	start, end int
	before     string         // "type" of a single specification
	edits      map[int]string // at the offset of an identifier or operator: what stands for it
	node       ast.Node
}

// native writes the definition as a program. It needs nothing but what Import has loaded.
func (d *definition) native(session *lang.Session, form engine.NativeForm) (n *nativeWriter, err error) {
	defer func() {
		if r := recover(); r != nil {
			why, ok := r.(refused)
			if !ok {
				why = refused{fmt.Sprintf("it could not be written as a program (%v)", r)}
			}
			n, err = nil, why
		}
	}()
	d.w.mu.Lock()
	defer d.w.mu.Unlock()
	n = &nativeWriter{d: d, pieces: map[types.Object]*nativePiece{}, names: map[types.Object]string{}, owners: map[string]types.Object{},
		imports: map[string]string{}, aliases: map[string]string{}, vars: map[*types.Var]bool{}, patched: map[types.Object]types.Object{}, known: map[*ssa.Function]bool{}, lang: session}
	n.check()
	for _, p := range d.ship.Patches {
		if older, newer := d.find(p[0], false, false), d.find(p[1], false, false); older != nil && newer != nil {
			n.patched[older.Object()] = newer.Object()
		}
	}
	root := n.root()
	for len(n.todo) > 0 {
		p := n.todo[0]
		n.todo = n.todo[1:]
		n.visit(p)
	}
	in := n.newInspection()
	switch form {
	case engine.NativeActor:
		n.actor(in)
	case engine.NativeRows:
		n.rows()
	}
	n.inspect(in)
	n.write(root)
	n.packages()
	if form == engine.NativeRows && n.imports[rayPath] != "" {
		refuse("it uses the package ray, and calls of it for each row have no task of their own")
	}
	if form == engine.NativeAlone && (n.imports[rayPath] != "" || n.imports[dataPath] != "") {
		refuse("it uses the package ray or data, which in native programs are for the embedded runtime")
	}
	return n, nil
}

// check refuses what the definition as a whole does not allow.
func (n *nativeWriter) check() {
	ship := n.d.ship
	switch {
	case ship.Type != "":
		refuse("it is a type")
	case ship.Literal && ship.Expr:
		refuse("it is a literal inside a generic function")
	}
}

// root is the text that makes the function: its name, the literal, or the expression of the added
// cell.
func (n *nativeWriter) root() *nativePiece {
	d := n.d
	if d.ship.Expr {
		last := len(d.units) - 1
		text := d.ship.Bundle.Cells[last].Text
		at := strings.LastIndex(text, rootName+" := ")
		p := &nativePiece{cell: last, start: at + len(rootName+" := "), end: len(text), edits: map[int]string{}, node: statements(d.units[last])}
		n.todo = append(n.todo, p)
		return p
	}
	syntax := d.sf.Syntax()
	if d.ship.Literal {
		p := n.piece(d.ship.Root.Cell, syntax, syntax.Pos(), syntax.End())
		n.todo = append(n.todo, p)
		return p
	}
	o := d.sf.Object()
	if o == nil {
		refuse("it has no declaration")
	}
	n.need(o)
	return nil
}

// statements are those of a cell.
func statements(u *lang.Checked) ast.Node {
	for _, decl := range u.Files[0].Decls {
		if f, ok := decl.(*ast.FuncDecl); ok && f.Name.Name == u.Run {
			return f.Body
		}
	}
	refuse("its expression is not there")
	return nil
}

func (n *nativeWriter) piece(cell int, node ast.Node, from, to token.Pos) *nativePiece {
	u := n.d.units[cell]
	p := &nativePiece{cell: cell, start: u.Offset(from), end: u.Offset(to), edits: map[int]string{}, node: node}
	if p.start < 0 || p.end < p.start || p.end > len(n.d.ship.Bundle.Cells[cell].Text) {
		refuse("a part of it is repeated from an earlier cell, as methods were added to a type later")
	}
	return p
}

// need makes sure that o, which cells declare, is part of the program, and returns its name there.
func (n *nativeWriter) need(o types.Object) string {
	if newer := n.patched[o]; newer != nil {
		o = newer
	}
	switch x := o.(type) {
	case *types.Func:
		o = x.Origin()
	case *types.Var:
		n.vars[x] = true
	}
	if name, ok := n.names[o]; ok {
		return name
	}
	name := n.unique(o.Name(), o)
	n.names[o] = name
	if _, ok := o.(*types.Var); ok {
		return name
	}
	p := n.declaration(o)
	n.pieces[o] = p
	n.todo = append(n.todo, p)
	if tn, ok := o.(*types.TypeName); ok {
		if name != tn.Name() {
			refuse("it uses two types named %s, of different cells", tn.Name())
		}
		if named, ok := tn.Type().(*types.Named); ok {
			for m := range named.Methods() {
				if n.pieces[m] == nil {
					n.names[m] = m.Name()
					n.pieces[m] = n.declaration(m)
					n.todo = append(n.todo, n.pieces[m])
				}
			}
		}
	}
	return name
}

// unique is a name that nothing else at the top level of the program has.
func (n *nativeWriter) unique(name string, o types.Object) string {
	candidate := name
	for k := 1; n.owners[candidate] != nil || n.aliases[candidate] != "" || candidate == "main" || candidate == "init"; k++ {
		candidate = fmt.Sprint(name, extra, k)
	}
	n.owners[candidate] = o
	return candidate
}

// declaration finds where o is declared.
func (n *nativeWriter) declaration(o types.Object) *nativePiece {
	cell := n.unit(o.Pkg())
	for _, decl := range n.d.units[cell].Files[0].Decls {
		if o.Pos() < decl.Pos() || o.Pos() >= decl.End() {
			continue
		}
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			if decl.Body == nil {
				refuse("%s has no body", o.Name())
			}
			return n.piece(cell, decl, decl.Type.Func, decl.End())
		case *ast.GenDecl:
			for _, s := range decl.Specs {
				if o.Pos() < s.Pos() || o.Pos() >= s.End() {
					continue
				}
				if decl.Tok == token.TYPE {
					p := n.piece(cell, s, s.Pos(), s.End())
					p.before = "type"
					return p
				}
				return n.constants(cell, decl)
			}
		}
	}
	refuse("%s is declared inside a function", o.Name())
	return nil
}

// constants takes a group as a whole, as its members depend on their places.
func (n *nativeWriter) constants(cell int, decl *ast.GenDecl) *nativePiece {
	if decl.Tok != token.CONST {
		refuse("it needs a %s declaration", decl.Tok)
	}
	p := n.piece(cell, decl, decl.Pos(), decl.End())
	for _, s := range decl.Specs {
		for _, id := range s.(*ast.ValueSpec).Names {
			if o := n.d.units[cell].Info.Defs[id]; o != nil && o.Name() != "_" {
				if _, ok := n.names[o]; !ok {
					n.names[o] = n.unique(o.Name(), o)
				}
				n.pieces[o] = p
			}
		}
	}
	return p
}

func (n *nativeWriter) unit(pkg *types.Package) int {
	for i, u := range n.d.units {
		if u.Pkg == pkg {
			return i
		}
	}
	refuse("it needs a cell that is not part of it")
	return -1
}

// importName is the name of a package in the program.
func (n *nativeWriter) importName(path, wish string) string {
	if name, ok := n.imports[path]; ok {
		return name
	}
	if !n.importable(path) {
		refuse("it uses the package %s", path)
	}
	name := wish
	for k := 1; n.aliases[name] != "" || n.owners[name] != nil; k++ {
		name = fmt.Sprint(wish, extra, k)
	}
	n.imports[path], n.aliases[name] = name, path
	return name
}

// importable says which packages a native program may use: the standard library, and what runs
// where a task runs.
func importable(path string) bool {
	if path == rayPath || path == dataPath {
		return true
	}
	first, _, _ := strings.Cut(path, "/")
	switch path {
	case "C", "plugin", "unsafe", "runtime/debug", "runtime/cgo":
		return false
	}
	return !strings.Contains(first, ".") && first != "ray" && !strings.Contains(path, "internal")
}

// dataPath is the package of which native programs have the type Row alone.
const dataPath = "github.com/goray/goray/ailib/data"

// rayPath is the runtime's public package, which works in every process of a session.
const rayPath = "github.com/goray/goray/runtime/ray"

// remote makes a function of a cell known, so that the program can make it remote.
func (n *nativeWriter) remote(sf *ssa.Function) {
	o := sf.Object()
	if o == nil || sf.Parent() != nil || sf.Signature.Recv() != nil || sf.Origin() != nil {
		refuse("it makes a function remote that has no name of its own")
	}
	if n.known[sf] {
		return
	}
	n.known[sf] = true
	f := n.d.w.home.function(sf)
	x := &exporter{w: n.d.w, lang: n.lang, f: f, imports: map[string]string{}, names: map[string]*types.Package{}}
	s, err := x.export()
	if err != nil {
		refuse("it makes %s remote: %v", o.Name(), err)
	}
	native := engine.NativeFunction{Text: n.need(o), Snapshot: s}
	for _, g := range reach(f).globals {
		native.Captures = append(native.Captures, n.need(g.Object()))
	}
	n.program.Functions = append(n.program.Functions, native)
}
