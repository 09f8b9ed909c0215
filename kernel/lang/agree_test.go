package lang

import (
	"fmt"
	"go/types"
	"reflect"
	"strings"
	"testing"

	"github.com/goray/goray/kernel/lang/symbols"
)

// TestTypesAgreeWithSymbols compares every compiled symbol, as reflect sees it, with the types
// that cells are checked against.
func TestTypesAgreeWithSymbols(t *testing.T) {
	p, err := NewPackages(nil)
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	same := func(what, static, compiled string) {
		checked++
		if static != compiled {
			t.Errorf("%s:\n\ttypes   %s\n\treflect %s", what, static, compiled)
		}
	}
	for _, path := range symbols.Paths() {
		q, err := p.Import(path)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		for _, n := range q.Scope().Names() {
			o := q.Scope().Lookup(n)
			v, ok := symbols.Lookup(path, n)
			what := path + "." + n
			if !o.Exported() || !ok {
				if o.Exported() && !ok && wantsSymbol(o) {
					t.Errorf("%s has no symbol", what)
				}
				continue
			}
			rt := reflect.TypeOf(v)
			switch o.(type) {
			case *types.Func:
				same(what, staticString(o.Type(), false), compiledString(rt, false))
			case *types.Var:
				same(what, staticString(o.Type(), false), compiledString(rt.Elem(), false))
			case *types.TypeName:
				same(what, staticString(o.Type(), false), compiledString(rt.Elem(), false))
				same(what, staticString(o.Type(), true), compiledString(rt.Elem(), true))
				if !types.IsInterface(o.Type()) {
					compareMethods(what, o.Type(), rt.Elem(), same)
					compareMethods(what, types.NewPointer(o.Type()), rt, same)
				}
			}
		}
	}
	t.Logf("%d comparisons", checked)
	if checked < 8000 {
		t.Errorf("only %d comparisons", checked)
	}
}

// wantsSymbol says whether compiled code has o.
func wantsSymbol(o types.Object) bool {
	switch o := o.(type) {
	case *types.Func:
		return o.Signature().TypeParams().Len() == 0
	case *types.Var:
		return true
	case *types.TypeName:
		if n, ok := o.Type().(*types.Named); ok && n.TypeParams().Len() > 0 {
			return false
		}
		i, ok := o.Type().Underlying().(*types.Interface)
		return o.Pkg().Path() != "unsafe" && (!ok || i.IsMethodSet())
	}
	return false
}

func compareMethods(what string, st types.Type, rt reflect.Type, same func(what, static, compiled string)) {
	want := map[string]string{}
	ms := types.NewMethodSet(st)
	for i := range ms.Len() {
		if f := ms.At(i).Obj().(*types.Func); f.Exported() {
			want[f.Name()] = staticString(f.Type(), false)
		}
	}
	same(what+" methods", fmt.Sprint(len(want)), fmt.Sprint(rt.NumMethod()))
	for i := range rt.NumMethod() {
		m := rt.Method(i)
		withReceiver := compiledString(m.Type, false)
		receiver := compiledString(rt, false)
		same(what+"."+m.Name, want[m.Name], "func("+withReceiver[len("func(")+len(receiver)+1:])
	}
}

// compiledString and staticString write a type the same way; open looks through its name.
func compiledString(t reflect.Type, open bool) string {
	if t.Kind() == reflect.UnsafePointer {
		return "unsafe.Pointer"
	}
	if t.Kind() == reflect.Interface && t.NumMethod() == 0 && t.Name() == "" && !open {
		return "interface {}"
	}
	if t.Name() != "" && !open {
		name, _, _ := strings.Cut(t.Name(), "[")
		if t.PkgPath() == "" {
			return name
		}
		return t.PkgPath() + "." + name
	}
	sub := func(t reflect.Type) string { return compiledString(t, false) }
	var b strings.Builder
	switch t.Kind() {
	case reflect.Pointer:
		return "*" + sub(t.Elem())
	case reflect.Slice:
		return "[]" + sub(t.Elem())
	case reflect.Array:
		return fmt.Sprintf("[%d]%s", t.Len(), sub(t.Elem()))
	case reflect.Map:
		return "map[" + sub(t.Key()) + "]" + sub(t.Elem())
	case reflect.Chan:
		return fmt.Sprintf("chan%d %s", t.ChanDir(), sub(t.Elem()))
	case reflect.Func:
		b.WriteString("func(")
		for i := range t.NumIn() {
			if t.IsVariadic() && i == t.NumIn()-1 {
				b.WriteString("...")
			}
			b.WriteString(sub(t.In(i)) + ",")
		}
		b.WriteString(")(")
		for i := range t.NumOut() {
			b.WriteString(sub(t.Out(i)) + ",")
		}
		b.WriteString(")")
	case reflect.Struct:
		b.WriteString("struct{")
		for i := range t.NumField() {
			f := t.Field(i)
			fmt.Fprintf(&b, "%s %s %q;", f.Name, sub(f.Type), f.Tag)
		}
		b.WriteString("}")
	case reflect.Interface:
		b.WriteString("interface{")
		for i := range t.NumMethod() {
			fmt.Fprintf(&b, "%s %s;", t.Method(i).Name, sub(t.Method(i).Type))
		}
		b.WriteString("}")
	default:
		return t.Kind().String()
	}
	return b.String()
}

func staticString(t types.Type, open bool) string {
	t = types.Unalias(t)
	if n, ok := t.(*types.Named); ok {
		if !open && n.Obj().Pkg() == nil {
			return n.Obj().Name()
		}
		if !open {
			return n.Obj().Pkg().Path() + "." + n.Obj().Name()
		}
		t = n.Underlying()
	}
	sub := func(t types.Type) string { return staticString(t, false) }
	var b strings.Builder
	switch t := t.(type) {
	case *types.Basic:
		switch t.Kind() {
		case types.Byte:
			return "uint8"
		case types.Rune:
			return "int32"
		case types.UnsafePointer:
			return "unsafe.Pointer"
		}
		return t.Name()
	case *types.Pointer:
		return "*" + sub(t.Elem())
	case *types.Slice:
		return "[]" + sub(t.Elem())
	case *types.Array:
		return fmt.Sprintf("[%d]%s", t.Len(), sub(t.Elem()))
	case *types.Map:
		return "map[" + sub(t.Key()) + "]" + sub(t.Elem())
	case *types.Chan:
		return fmt.Sprintf("chan%d %s", []reflect.ChanDir{reflect.BothDir, reflect.SendDir, reflect.RecvDir}[t.Dir()], sub(t.Elem()))
	case *types.Signature:
		b.WriteString("func(")
		for i := range t.Params().Len() {
			if t.Variadic() && i == t.Params().Len()-1 {
				b.WriteString("...")
			}
			b.WriteString(sub(t.Params().At(i).Type()) + ",")
		}
		b.WriteString(")(")
		for v := range t.Results().Variables() {
			b.WriteString(sub(v.Type()) + ",")
		}
		b.WriteString(")")
	case *types.Struct:
		b.WriteString("struct{")
		for i := range t.NumFields() {
			fmt.Fprintf(&b, "%s %s %q;", t.Field(i).Name(), sub(t.Field(i).Type()), t.Tag(i))
		}
		b.WriteString("}")
	case *types.Interface:
		if t.NumMethods() == 0 && !open {
			return "interface {}"
		}
		b.WriteString("interface{")
		for m := range t.Methods() {
			fmt.Fprintf(&b, "%s %s;", m.Name(), sub(m.Type()))
		}
		b.WriteString("}")
	}
	return b.String()
}
