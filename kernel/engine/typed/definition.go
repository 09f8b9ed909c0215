package typed

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/types"
	"reflect"
	"unsafe"

	"golang.org/x/tools/go/ssa"

	"github.com/goray/goray/kernel/engine"
	"github.com/goray/goray/kernel/lang"
)

// definition is imported code: its cells are checked and built, none of their statements has run.
type definition struct {
	w        *world
	ship     shipment
	units    []*lang.Checked
	sf       *ssa.Function // nil for a type, and for a function that the added cell computes
	globals  []*ssa.Global
	captures []reflect.Type
}

// Import implements [engine.Code].
func (c *codeStore) Import(hash string, source []byte, part func(string) ([]byte, error)) (engine.Definition, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if d, ok := c.defs[hash]; ok {
		return d, nil
	}
	d := &definition{w: c.s.w}
	if err := json.Unmarshal(source, &d.ship); err != nil || d.ship.Bundle == nil {
		return nil, fmt.Errorf("typed: this is not code of a cell (%v); it must come from Export of the same release", err)
	}
	var err error
	if d.units, err = c.s.lang.Import(d.ship.Bundle, part); err != nil {
		return nil, fmt.Errorf("typed: code of %s: %w", d.ship.Name, err)
	}
	if err := d.load(); err != nil {
		return nil, fmt.Errorf("typed: code of %s: %w", d.ship.Name, err)
	}
	c.defs[hash] = d
	return d, nil
}

// load builds the cells and finds the function.
func (d *definition) load() error {
	w := d.w
	for _, u := range d.units {
		if w.isOwn(u.Pkg) {
			continue
		}
		if _, err := w.loadImported(u); err != nil {
			return err
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, g := range d.ship.Globals {
		sg := w.global(d.units, g)
		if sg == nil {
			return fmt.Errorf("the cell does not declare the variable %s", g.Name)
		}
		d.globals = append(d.globals, sg)
		d.captures = append(d.captures, w.types.of(deref(sg.Type())))
	}
	if d.ship.Type != "" {
		return nil
	}
	if d.ship.Expr && !d.ship.Literal {
		added := d.units[len(d.units)-1]
		if g := w.prog.Package(added.Pkg).Var(receiverName); g != nil {
			d.globals = append(d.globals, g)
			d.captures = append(d.captures, w.types.of(deref(g.Type())))
		}
		return nil
	}
	d.sf = d.find(d.ship.Root, d.ship.Literal, d.ship.Expr)
	if d.sf == nil {
		return fmt.Errorf("the function is not where it should be, at %d of cell %d", d.ship.Root.Offset, d.ship.Root.Cell)
	}
	for _, fv := range d.sf.FreeVars {
		d.captures = append(d.captures, w.types.of(deref(fv.Type())))
	}
	return nil
}

func (w *world) global(units []*lang.Checked, g globalRef) *ssa.Global {
	if g.Cell < 0 || g.Cell >= len(units) {
		return nil
	}
	return w.prog.Package(units[g.Cell].Pkg).Var(g.Name)
}

// find looks for a declared function, or a literal, by its place. A literal of an instance is
// reached through the added cell.
func (d *definition) find(p spot, literal, viaAdded bool) *ssa.Function {
	if p.Cell < 0 || p.Cell >= len(d.units) {
		return nil
	}
	f := &functionFinder{w: d.w, pkg: d.units[p.Cell].Pkg, offset: p.Offset, literal: literal, seen: map[*ssa.Function]bool{}}
	start := d.w.prog.Package(f.pkg)
	if viaAdded {
		start = d.w.prog.Package(d.units[len(d.units)-1].Pkg)
	}
	for _, m := range start.Members {
		switch m := m.(type) {
		case *ssa.Function:
			f.visit(m)
		case *ssa.Type:
			if n, ok := m.Type().(*types.Named); ok {
				for i := range n.NumMethods() {
					f.visit(d.w.prog.FuncValue(n.Method(i)))
				}
			}
		}
	}
	return f.found
}

type functionFinder struct {
	w       *world
	pkg     *types.Package
	offset  int
	literal bool
	seen    map[*ssa.Function]bool
	found   *ssa.Function
}

func (f *functionFinder) visit(sf *ssa.Function) {
	if sf == nil || f.seen[sf] || f.found != nil {
		return
	}
	f.seen[sf] = true
	if f.matches(sf) {
		f.found = sf
		return
	}
	for _, a := range sf.AnonFuncs {
		f.visit(a)
	}
	var buf [16]*ssa.Value
	for _, b := range sf.Blocks {
		for _, in := range b.Instrs {
			for _, v := range in.Operands(buf[:0]) {
				if g, ok := (*v).(*ssa.Function); ok {
					f.visit(g)
				}
			}
		}
	}
}

func (f *functionFinder) matches(sf *ssa.Function) bool {
	o := sf
	for o.Parent() != nil {
		o = o.Parent()
	}
	if o = originOf(o); o.Pkg == nil || o.Pkg.Pkg != f.pkg {
		return false
	}
	lit, ok := sf.Syntax().(*ast.FuncLit)
	if f.literal {
		return ok && f.w.cellOffset(lit.Pos()) == f.offset
	}
	return !ok && sf.Parent() == nil && f.w.cellOffset(sf.Pos()) == f.offset
}

// CaptureTypes implements [engine.Definition].
func (d *definition) CaptureTypes() []reflect.Type { return d.captures }

// Instantiate implements [engine.Definition].
func (d *definition) Instantiate(captures []reflect.Value) (fn reflect.Value, err error) {
	if len(captures) != len(d.captures) {
		return fn, fmt.Errorf("typed: %s takes %d captured values, not %d; export it again", d.ship.Name, len(d.captures), len(captures))
	}
	if d.ship.Type != "" {
		return fn, fmt.Errorf("typed: %s is a type; use Type", d.ship.Name)
	}
	for i, v := range captures {
		if !v.IsValid() {
			captures[i] = reflect.Zero(d.captures[i])
		} else if !v.Type().AssignableTo(d.captures[i]) {
			return fn, fmt.Errorf("typed: %s captures a %s, not a %s; export it again", d.ship.Name, d.captures[i], v.Type())
		}
	}
	g := newGor(currentRun())
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("typed: %s: %v", d.ship.Name, p)
		}
	}()
	sp := d.newSpace(captures)
	for _, u := range d.units {
		d.w.initModules(g, u.Imports)
		sp.call(g, d.w.prog.Package(u.Pkg).Func("init"))
	}
	if d.sf == nil {
		added := d.units[len(d.units)-1]
		sp.call(g, d.w.prog.Package(added.Pkg).Func(added.Run))
		d.w.mu.Lock()
		defer d.w.mu.Unlock()
		root := d.w.prog.Package(added.Pkg).Var(rootName)
		return reflect.NewAt(d.w.types.of(deref(root.Type())), sp.global(root)).Elem(), nil
	}
	d.w.mu.Lock()
	defer d.w.mu.Unlock()
	var free []unsafe.Pointer
	for i := range d.sf.FreeVars {
		k := len(d.globals) + i
		v := reflect.New(d.captures[k])
		v.Elem().Set(captures[k])
		free = append(free, v.UnsafePointer())
	}
	f := sp.function(d.sf)
	c := unsafe.Pointer(newClosure(f, free))
	return reflect.NewAt(f.ftype, unsafe.Pointer(&c)).Elem(), nil
}

// newSpace makes the instance's variables and functions. The home space, in which compiled code
// calls the methods of the cells' types, sees the variables of the latest instance.
func (d *definition) newSpace(captures []reflect.Value) *space {
	w := d.w
	w.mu.Lock()
	defer w.mu.Unlock()
	sp := w.newSpace()
	sp.declared = map[reflect.Type]types.Type{}
	for _, u := range d.units {
		for _, t := range u.Types {
			if n, ok := t.Type().(*types.Named); ok && !t.IsAlias() && n.TypeParams().Len() == 0 {
				sp.declared[w.types.of(n)] = n
			}
		}
	}
	for i, g := range d.globals {
		for _, s := range []*space{sp, w.home} {
			reflect.NewAt(d.captures[i], s.global(g)).Elem().Set(captures[i])
		}
	}
	for _, p := range d.ship.Patches {
		older, newer := d.find(p[0], false, false), d.find(p[1], false, false)
		if older != nil && newer != nil {
			sp.function(older).setPatch(sp.function(newer))
		}
	}
	return sp
}

// Type implements [engine.Definition].
func (d *definition) Type(name string) (reflect.Type, error) {
	w := d.w
	w.mu.Lock()
	defer w.mu.Unlock()
	if name == d.ship.Type {
		added := w.prog.Package(d.units[len(d.units)-1].Pkg)
		return w.types.of(deref(added.Var(rootName).Type())), nil
	}
	for i := len(d.units) - 1; i >= 0; i-- {
		for _, t := range d.units[i].Types {
			if t.Name() == name {
				return w.types.of(t.Type()), nil
			}
		}
	}
	return nil, fmt.Errorf("typed: the code of %s declares no type %s", d.ship.Name, name)
}
