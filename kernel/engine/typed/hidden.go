package typed

import (
	"go/types"
	"reflect"
)

// hidden finds the unexported types of a compiled package, which have no symbol, through the
// exported objects that mention them: the type of binary.BigEndian, for example.
func (w *world) hidden(p *types.Package) map[string]reflect.Type {
	if m, ok := w.unexported[p]; ok {
		return m
	}
	f := &typeFinder{path: p.Path(), found: map[string]reflect.Type{}, seen: map[reflect.Type]bool{}}
	w.unexported[p] = f.found
	for _, n := range p.Scope().Names() {
		if v := w.symbol(p, n); v.IsValid() {
			f.visit(v.Type())
		}
	}
	return f.found
}

type typeFinder struct {
	path  string
	found map[string]reflect.Type
	seen  map[reflect.Type]bool
}

func (f *typeFinder) visit(t reflect.Type) {
	if f.seen[t] || t.PkgPath() != "" && t.PkgPath() != f.path {
		return
	}
	f.seen[t] = true
	if t.PkgPath() == f.path {
		f.found[t.Name()] = t
	}
	if t.Kind() != reflect.Interface {
		for i := range t.NumMethod() {
			f.visit(t.Method(i).Type)
		}
		if t.Name() != "" {
			f.visit(reflect.PointerTo(t))
		}
	}
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Chan:
		f.visit(t.Elem())
	case reflect.Map:
		f.visit(t.Key())
		f.visit(t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			f.visit(t.Field(i).Type)
		}
	case reflect.Func:
		for i := range t.NumIn() {
			f.visit(t.In(i))
		}
		for i := range t.NumOut() {
			f.visit(t.Out(i))
		}
	case reflect.Interface:
		for i := range t.NumMethod() {
			f.visit(t.Method(i).Type)
		}
	}
}
