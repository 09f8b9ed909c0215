package typed

import (
	"fmt"
	"go/ast"
	"go/types"
	"slices"
	"strconv"
	"strings"
)

// typeName is the name as the compiler would write it: type arguments with full package paths, behind
// those of the generic function that declares the type.
func (c *typeTable) typeName(t *types.Named) string {
	implicit := c.names(c.enclosing(t.Obj()))
	explicit := c.names(slices.Collect(t.TypeArgs().Types()))
	arguments := strings.Join(explicit, ",")
	if len(implicit) > 0 {
		if arguments != "" {
			arguments = ";" + arguments
		}
		arguments = strings.Join(implicit, ",") + arguments
	}
	if arguments == "" {
		return t.Obj().Name()
	}
	return t.Obj().Name() + "[" + arguments + "]"
}

func (c *typeTable) names(ts []types.Type) (s []string) {
	for _, t := range ts {
		s = append(s, c.argumentName(t))
	}
	return
}

// enclosing are the type arguments of the generic function that declares a type, which go/ssa does
// not tell. They are those of the function being compiled, as nothing else meets the type first.
func (c *typeTable) enclosing(o *types.TypeName) []types.Type {
	args, known := c.implicit[o]
	if known || !isLocal(o) {
		return args
	}
	if within := c.compiling; within != nil {
		for within.Parent() != nil {
			within = within.Parent()
		}
		if d := originOf(within).Syntax(); d != nil && d.Pos() <= o.Pos() && o.Pos() < d.End() {
			args = within.TypeArgs()
		}
	}
	c.implicit[o] = args
	return args
}

// isLocal says whether a type is declared in a function.
func isLocal(o *types.TypeName) bool { return o.Pkg() != nil && o.Parent() != o.Pkg().Scope() }

// countLocals gives the types that functions of a package declare their numbers.
func (c *typeTable) countLocals(files []*ast.File) {
	n := 0
	for _, f := range files {
		ast.Inspect(f, func(node ast.Node) bool {
			st, ok := node.(*ast.DeclStmt)
			if !ok {
				return true
			}
			if d, ok := st.Decl.(*ast.GenDecl); ok {
				for _, spec := range d.Specs {
					if ts, ok := spec.(*ast.TypeSpec); ok && !ts.Assign.IsValid() {
						n++
						c.number[ts.Name.Pos()] = n
					}
				}
			}
			return true
		})
	}
}

// argumentName writes a type argument as the compiler does in the name of an instance.
func (c *typeTable) argumentName(t types.Type) string {
	switch t := types.Unalias(t).(type) {
	case *types.Named:
		if p := t.Obj().Pkg(); p != nil {
			name := p.Path() + "." + c.typeName(t)
			if n := c.number[t.Obj().Pos()]; n > 0 { // as a type argument, a local type has its number
				name += "·" + strconv.Itoa(n)
			}
			return name
		}
	case *types.Pointer:
		return "*" + c.argumentName(t.Elem())
	case *types.Slice:
		return "[]" + c.argumentName(t.Elem())
	case *types.Array:
		return fmt.Sprintf("[%d]%s", t.Len(), c.argumentName(t.Elem()))
	case *types.Map:
		return "map[" + c.argumentName(t.Key()) + "]" + c.argumentName(t.Elem())
	case *types.Basic: // not byte and rune
		if t.Info()&types.IsUntyped == 0 && t.Kind() != types.UnsafePointer {
			return types.Typ[t.Kind()].Name()
		}
	case *types.Interface:
		var methods []string
		for i := range t.NumMethods() {
			m := t.Method(i)
			methods = append(methods, m.Name()+strings.TrimPrefix(types.TypeString(m.Type(), nil), "func"))
		}
		return braces("interface", methods)
	case *types.Struct:
		var fields []string
		for i := range t.NumFields() {
			f := t.Field(i)
			text := c.argumentName(f.Type())
			if !f.Embedded() {
				text = f.Name() + " " + text
			}
			if tag := t.Tag(i); tag != "" {
				text += " " + strconv.Quote(tag)
			}
			fields = append(fields, text)
		}
		return braces("struct", fields)
	}
	return types.TypeString(t, nil)
}

func braces(kind string, parts []string) string {
	if len(parts) == 0 {
		return kind + " {}"
	}
	return kind + " { " + strings.Join(parts, "; ") + " }"
}
