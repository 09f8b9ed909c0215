package export

import (
	"fmt"
	"go/token"
	"go/types"
	"path"
	"slices"
	"strings"
)

// place decides where variables live.
func (x *exporter) place() {
	for _, e := range x.order {
		if _, ok := e.obj.(*types.Var); !ok {
			continue
		}
		if !e.isConstant() || !e.global {
			e.constant = nil
		}
		if e.cell.number == 0 {
			e.global = true
		}
		e.hoisted = !e.global && e.cell.apart() && e.last > e.cell.number
	}
}

// choose gives every entity the name that it has in the program. Of types, the newest keeps its
// name, because programs print it; of the rest the oldest.
func (x *exporter) choose() {
	for _, name := range []string{"main", "init", showName, "_"} {
		x.taken[name] = true
	}
	for name := range x.universe {
		x.taken[name] = true
	}
	for _, name := range x.imports {
		x.taken[name] = true
	}
	for _, e := range slices.Backward(x.order) {
		if _, ok := e.obj.(*types.TypeName); ok {
			e.emit = x.fresh(e.name)
		}
	}
	newest := map[string]*entity{}
	for _, e := range x.order {
		if e.emit != "" || !x.appears(e) {
			continue
		}
		if old := newest[e.name]; old != nil && e.follows(old) {
			e.emit, e.merged = old.emit, true
		} else {
			e.emit = x.fresh(e.name)
		}
		newest[e.name] = e
		for _, f := range e.versions {
			if e.impl == nil {
				e.impl = map[*types.Func]string{}
			}
			e.impl[f] = x.fresh(e.name)
		}
	}
}

// appears leaves out what every session declares and this one never mentions.
func (x *exporter) appears(e *entity) bool { return e.cell.number > 0 || len(e.uses) > 1 }

// follows says whether the variable e may take the place of an older one: nobody can see the
// difference, since no function and no pointer has the old one.
func (e *entity) follows(old *entity) bool {
	v, ok := e.obj.(*types.Var)
	o, was := old.obj.(*types.Var)
	return ok && was && e.defined && old.defined && types.Identical(v.Type(), o.Type()) &&
		!old.captured && !old.pointed && e.inMain() && old.inMain()
}

// inMain says whether a variable is one of main's own.
func (e *entity) inMain() bool { return !e.global && !e.hoisted && !e.cell.apart() }

// fresh is name, or name with a number that nobody has written.
func (x *exporter) fresh(name string) string {
	for n := 2; x.taken[name]; n++ {
		next := fmt.Sprintf("%s%d", strings.TrimRight(name, "0123456789"), n)
		if !x.written[next] {
			name = next
		}
	}
	x.taken[name] = true
	return name
}

// imported notes a package that the program needs.
func (x *exporter) imported(p *types.PkgName) { x.importPath(p.Imported(), p.Name()) }

// importPath is the name under which the program imports a package; wish is how a cell calls it.
func (x *exporter) importPath(p *types.Package, wish string) string {
	if name, ok := x.imports[p.Path()]; ok {
		return name
	}
	name := wish
	if name == "." || name == "_" || name == "" {
		name = p.Name()
	}
	for n := 2; slices.Contains(x.importNames, name) || x.taken[name]; n++ {
		name = fmt.Sprintf("%s%d", p.Name(), n)
	}
	x.importNames = append(x.importNames, name)
	x.imports[p.Path()] = name
	x.packages[p.Path()] = p
	return name
}

// importLines are the import declarations, in gofmt's order.
func (x *exporter) importLines() string {
	var std, other []string
	for p, name := range x.imports {
		line := fmt.Sprintf("%q", p)
		last := path.Base(p)
		if pkg := x.packages[p]; name != pkg.Name() || last != name && !versioned(last) {
			line = name + " " + line
		}
		if first, _, _ := strings.Cut(p, "/"); strings.Contains(first, ".") {
			other = append(other, line)
		} else {
			std = append(std, line)
		}
	}
	for p, name := range x.extra { // dots and blanks
		other = append(other, fmt.Sprintf("%s %q", name, p))
	}
	byPath := func(a, b string) int {
		return strings.Compare(a[strings.IndexByte(a, '"'):], b[strings.IndexByte(b, '"'):])
	}
	slices.SortFunc(std, byPath)
	slices.SortFunc(other, byPath)
	switch {
	case len(std)+len(other) == 0:
		return ""
	case len(std) > 0 && len(other) > 0:
		std = append(std, "")
	}
	return "import (\n" + strings.Join(append(std, other...), "\n") + "\n)\n"
}

// versioned says whether the last element of an import path is no name: "v2".
func versioned(last string) bool {
	return len(last) > 1 && last[0] == 'v' && strings.Trim(last[1:], "0123456789") == ""
}

// called is how the program calls o; ok is false for what keeps the name that it has.
func (x *exporter) called(o types.Object) (name string, ok bool) {
	if p, isPackage := o.(*types.PkgName); isPackage {
		name = x.imports[p.Imported().Path()]
		return name, name != "" && name != p.Name()
	}
	if v, isVar := o.(*types.Var); isVar && v.IsField() {
		// An embedded field is called as its type.
		t := v.Type()
		if p, isPointer := types.Unalias(t).(*types.Pointer); isPointer {
			t = p.Elem()
		}
		n, isNamed := types.Unalias(t).(*types.Named)
		if !v.Embedded() || !isNamed {
			return "", false
		}
		o = n.Obj()
	}
	e := x.entities[o]
	if e == nil {
		return "", false
	}
	return e.emit, e.emit != o.Name()
}

// typeText writes a type as the program does; ok is false for one that only its own package can
// write.
func (x *exporter) typeText(t types.Type) (text string, ok bool) {
	if name := hidden(t, map[types.Type]bool{}); name != "" {
		return name, false
	}
	// Each cell is a package of its own here, so the qualifier can leave a trail.
	cells := map[string]*types.Package{}
	text = types.TypeString(t, func(p *types.Package) string {
		if p.Path() != "main" {
			return x.importPath(p, "")
		}
		key := fmt.Sprintf("%s%d%s", ours, len(cells), ours)
		cells[key] = p
		return key
	})
	for key, p := range cells {
		for {
			before, after, found := strings.Cut(text, key+".")
			if !found {
				break
			}
			name := after
			if end := strings.IndexFunc(after, func(r rune) bool { return !token.IsIdentifier("a" + string(r)) }); end >= 0 {
				name = after[:end]
			}
			emit := name
			if e := x.entities[p.Scope().Lookup(name)]; e != nil {
				emit = e.emit
			}
			text = before + emit + after[len(name):]
		}
	}
	return text, true
}

// hidden finds a type that is unexported in another package.
func hidden(t types.Type, seen map[types.Type]bool) string {
	if seen[t] {
		return ""
	}
	seen[t] = true
	switch t := types.Unalias(t).(type) {
	case *types.Named:
		o := t.Obj()
		if o.Pkg() != nil && o.Pkg().Path() != "main" && !o.Exported() {
			return o.Pkg().Name() + "." + o.Name()
		}
		for a := range t.TypeArgs().Types() {
			if name := hidden(a, seen); name != "" {
				return name
			}
		}
	case *types.Pointer:
		return hidden(t.Elem(), seen)
	case *types.Slice:
		return hidden(t.Elem(), seen)
	case *types.Array:
		return hidden(t.Elem(), seen)
	case *types.Chan:
		return hidden(t.Elem(), seen)
	case *types.Map:
		return hidden(t.Key(), seen) + hidden(t.Elem(), seen)
	case *types.Signature:
		for v := range t.Params().Variables() {
			if name := hidden(v.Type(), seen); name != "" {
				return name
			}
		}
		for v := range t.Results().Variables() {
			if name := hidden(v.Type(), seen); name != "" {
				return name
			}
		}
	case *types.Struct:
		for f := range t.Fields() {
			if name := hidden(f.Type(), seen); name != "" {
				return name
			}
		}
	}
	return ""
}
