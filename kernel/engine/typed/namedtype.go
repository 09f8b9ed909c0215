package typed

import (
	"fmt"
	"go/types"
	"reflect"
	"strings"
	"sync/atomic"
	"unsafe"

	"github.com/goplus/reflectx"
	_ "github.com/goplus/reflectx/icall/icall4096" // method entry points
)

// Places in the run time's type descriptors that reflectx leaves alone.
const (
	equalOffset         = 24 // abi.Type.Equal
	structPkgPathOffset = 48 // abi.StructType.PkgPath
)

// namedType is a run-time type made for a type declaration.
type namedType struct {
	t       reflect.Type
	targets *methodTargets
}

// methodTargets are the functions that the entry points of one type's methods call, by method id.
// Declaring the same type again replaces them, so that an unchanged type keeps its entry points.
type methodTargets struct {
	fn map[string]*methodTarget
}

type methodTarget struct {
	sel *types.Selection
	fn  atomic.Pointer[function] // filled at the first call
}

// compiled finds a named type of a compiled package in the symbol tables.
func (c *typeTable) compiled(t *types.Named) reflect.Type {
	o := t.Obj()
	switch {
	case o.Pkg() == nil && o.Name() == "error":
		return reflect.TypeFor[error]()
	case o.Pkg() == nil:
		return reflect.TypeFor[any]()
	case o.Pkg().Path() == "$ssa": // go/ssa's own iterator and defer stack types
		return unsafePointerType
	}
	name := o.Name()
	if t.TypeArgs().Len() > 0 {
		name = strings.TrimPrefix(types.TypeString(t, nil), o.Pkg().Path()+".")
	}
	if v := c.w.symbol(o.Pkg(), name); v.IsValid() && v.Kind() == reflect.Pointer && v.IsNil() {
		return v.Type().Elem()
	}
	if !o.Exported() {
		return c.w.hidden(o.Pkg())[name]
	}
	return nil
}

func (c *typeTable) named(t *types.Named) reflect.Type {
	if r := c.compiled(t); r != nil {
		return r
	}
	key := c.canonicalKey(t)
	if old, ok := c.canonical[key]; ok && key != "" {
		if !c.w.imported[t.Obj().Pkg()] {
			c.rev[old.t] = t
			c.retarget(old, t)
		}
		return old.t
	}
	u := t.Underlying()
	path, name := t.Obj().Pkg().Path(), c.typeName(t)
	if it, ok := u.(*types.Interface); ok {
		r := reflectx.NewInterfaceType(path, name)
		c.set(t, r)
		c.canonical[key] = &namedType{t: r}
		if it.NumMethods() > 0 {
			if err := reflectx.SetInterfaceType(r, nil, c.interfaceMethods(it)); err != nil {
				panic(err)
			}
			equal := *(*unsafe.Pointer)(unsafe.Add(rptr(reflect.TypeFor[error]()), equalOffset))
			*(*unsafe.Pointer)(unsafe.Add(rptr(r), equalOffset)) = equal
		}
		return r
	}
	r := reflectx.NamedTypeOf(path, name, c.erased(u))
	ms := types.NewMethodSet(types.NewPointer(t))
	own := types.NewMethodSet(t)
	if ms.Len() > 0 {
		r = c.reserveMethods(r, own.Len(), ms.Len())
	}
	targets := &methodTargets{}
	c.set(t, r)
	c.rev[r] = t
	c.canonical[key] = &namedType{r, targets}
	ur := c.of(u)
	reflectx.SetUnderlying(r, ur)
	if ur.Kind() == reflect.Struct {
		*(*unsafe.Pointer)(unsafe.Add(rptr(r), structPkgPathOffset)) = *(*unsafe.Pointer)(unsafe.Add(rptr(ur), structPkgPathOffset))
	}
	if ms.Len() > 0 {
		c.pending = append(c.pending, func() { c.setMethods(r, ms, own, targets) })
	}
	return r
}

// shortageError says that the pool of method entry points is used up. Nothing in the process may
// convert a type without entry points to an interface, so such a type is never made.
type shortageError struct {
	typ  string
	need int
}

func (e shortageError) Error() string {
	return fmt.Sprintf("the session has no room left for the %d methods of type %s: every changed declaration of a type takes some; restart the session to free them", e.need, e.typ)
}

// reserveMethods makes a copy of r with room for methods. Entry points are taken later, when all
// types that the methods mention exist; until then they are counted in reserved.
func (c *typeTable) reserveMethods(r reflect.Type, own, all int) reflect.Type {
	if _, _, free := reflectx.IcallStat(); own+all > free-c.reserved {
		panic(shortageError{r.String(), own + all})
	}
	c.reserved += own + all
	return c.rctx.NewMethodSet(r, own, all)
}

// setMethods gives r the methods of ms; those of own have value receivers.
func (c *typeTable) setMethods(r reflect.Type, ms, own *types.MethodSet, targets *methodTargets) {
	targets.fn = map[string]*methodTarget{}
	var list []reflectx.Method
	for i := range ms.Len() {
		sel := ms.At(i)
		f := sel.Obj().(*types.Func)
		pointer := true
		if s := own.Lookup(f.Pkg(), f.Name()); s != nil {
			pointer, sel = false, s
		}
		pkg := ""
		if !f.Exported() {
			pkg = f.Pkg().Path()
		}
		sig := sel.Type().(*types.Signature)
		ft := c.of(types.NewSignatureType(nil, nil, nil, sig.Params(), sig.Results(), sig.Variadic()))
		mt := &methodTarget{sel: sel}
		targets.fn[f.Id()] = mt
		list = append(list, reflectx.MakeMethod(f.Name(), pkg, pointer, ft, func(a []reflect.Value) []reflect.Value {
			return callReflect(c.w.method(mt), nil, a)
		}))
	}
	c.reserved -= ms.Len() + own.Len()
	if err := c.rctx.SetMethodSet(r, list, false); err != nil {
		panic(fmt.Errorf("type %s: %w", r, err))
	}
}

// retarget lets the entry points of an unchanged type call the methods of its new declaration.
func (c *typeTable) retarget(old *namedType, t *types.Named) {
	if old.targets == nil || len(old.targets.fn) == 0 {
		return
	}
	ms, own := types.NewMethodSet(types.NewPointer(t)), types.NewMethodSet(t)
	for i := range ms.Len() {
		sel := ms.At(i)
		f := sel.Obj().(*types.Func)
		if s := own.Lookup(f.Pkg(), f.Name()); s != nil {
			sel = s
		}
		if mt := old.targets.fn[f.Id()]; mt != nil {
			mt.sel = sel
			mt.fn.Store(nil)
		}
	}
}
