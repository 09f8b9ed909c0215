package typed

import (
	"fmt"
	"go/types"
	"sort"
	"strings"
)

// canonicalKey names a package-level type of a cell by its text: the declaration, the method
// declarations, and those of all types of cells that it mentions. Types with equal keys are one
// run-time type, whichever cell or snapshot declared them. Local types have no key.
func (c *typeTable) canonicalKey(t *types.Named) string {
	o := t.Obj()
	if o.Pkg() == nil || o.Parent() != o.Pkg().Scope() {
		return ""
	}
	k := &canonicalWriter{c: c, seen: map[*types.TypeName]int{}}
	k.typ(t)
	for len(k.todo) > 0 {
		n := k.todo[0]
		k.todo = k.todo[1:]
		k.decl(n)
	}
	return k.b.String()
}

type canonicalWriter struct {
	c    *typeTable
	b    strings.Builder
	seen map[*types.TypeName]int
	todo []*types.Named
}

// decl writes the declaration of a generic or plain named type.
func (k *canonicalWriter) decl(n *types.Named) {
	fmt.Fprintf(&k.b, ";%d %s.%s=", k.seen[n.Obj()], n.Obj().Pkg().Path(), n.Obj().Name())
	if k.local(n.Obj()) {
		fmt.Fprintf(&k.b, "@%p", n.Obj())
		return
	}
	k.typ(n.Underlying())
	for i := range n.NumMethods() {
		m := n.Method(i)
		fmt.Fprintf(&k.b, ".%s", m.Name())
		k.typ(m.Type())
		k.b.WriteString(k.c.w.methodText(m))
	}
}

func (k *canonicalWriter) local(o *types.TypeName) bool {
	return o.Pkg() == nil || o.Parent() != o.Pkg().Scope()
}

func (k *canonicalWriter) typ(t types.Type) {
	switch t := types.Unalias(t).(type) {
	case *types.Named:
		o := t.Origin().Obj()
		if o.Pkg() == nil || k.c.compiled(t) != nil {
			k.b.WriteString(types.TypeString(t, nil))
			return
		}
		i, ok := k.seen[o]
		if !ok {
			i = len(k.seen)
			k.seen[o] = i
			k.todo = append(k.todo, t.Origin())
		}
		fmt.Fprintf(&k.b, "#%d", i)
		for a := range t.TypeArgs().Types() {
			k.b.WriteByte(',')
			k.typ(a)
		}
	case *types.Pointer:
		k.b.WriteByte('*')
		k.typ(t.Elem())
	case *types.Slice:
		k.b.WriteString("[]")
		k.typ(t.Elem())
	case *types.Array:
		fmt.Fprintf(&k.b, "[%d]", t.Len())
		k.typ(t.Elem())
	case *types.Chan:
		fmt.Fprintf(&k.b, "chan%d ", t.Dir())
		k.typ(t.Elem())
	case *types.Map:
		k.b.WriteString("map[")
		k.typ(t.Key())
		k.b.WriteByte(']')
		k.typ(t.Elem())
	case *types.Struct:
		k.b.WriteString("struct{")
		for i := range t.NumFields() {
			fmt.Fprintf(&k.b, "%s %v ", t.Field(i).Name(), t.Field(i).Embedded())
			k.typ(t.Field(i).Type())
			fmt.Fprintf(&k.b, "%q;", t.Tag(i))
		}
		k.b.WriteByte('}')
	case *types.Signature:
		k.b.WriteString("func")
		k.typ(t.Params())
		k.typ(t.Results())
		fmt.Fprintf(&k.b, "%v", t.Variadic())
	case *types.Tuple:
		k.b.WriteByte('(')
		for i := range t.Len() {
			k.typ(t.At(i).Type())
			k.b.WriteByte(',')
		}
		k.b.WriteByte(')')
	case *types.Interface:
		k.iface(t)
	case *types.TypeParam:
		fmt.Fprintf(&k.b, "$%d", t.Index())
	default:
		k.b.WriteString(types.TypeString(t, nil))
	}
}

func (k *canonicalWriter) iface(t *types.Interface) {
	k.b.WriteString("interface{")
	ms := make([]*types.Func, 0, t.NumMethods())
	for i := range t.NumMethods() {
		ms = append(ms, t.Method(i))
	}
	sort.Slice(ms, func(i, j int) bool { return ms[i].Id() < ms[j].Id() })
	for _, m := range ms {
		k.b.WriteString(m.Name())
		k.typ(m.Type())
	}
	for e := range t.EmbeddedTypes() {
		if _, ok := e.Underlying().(*types.Interface); !ok {
			k.b.WriteString(types.TypeString(e, nil))
		}
	}
	k.b.WriteByte('}')
}
