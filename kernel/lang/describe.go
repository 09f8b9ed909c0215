package lang

import (
	"go/types"
)

// kindOf is what engine.Completion calls an object of this kind.
func kindOf(o types.Object) string {
	switch o := o.(type) {
	case *types.PkgName:
		return "package"
	case *types.Const:
		return "constant"
	case *types.TypeName:
		return "type"
	case *types.Func:
		if o.Signature().Recv() != nil {
			return "method"
		}
		return "function"
	case *types.Builtin:
		return "function"
	case *types.Nil:
		return "constant"
	case *types.Var:
		if o.IsField() {
			return "field"
		}
	}
	return "variable"
}

// byName qualifies the objects of other packages with their name, as a cell writes them.
func byName(p *types.Package) string {
	if p.Path() == "main" {
		return ""
	}
	return p.Name()
}

// signatureOf is the short form: a type, or a constant's value.
func signatureOf(o types.Object) string {
	switch o := o.(type) {
	case *types.PkgName:
		return o.Imported().Path()
	case *types.Const:
		return o.Val().String()
	case *types.TypeName:
		if o.Pkg() == nil {
			return ""
		}
		switch u := o.Type().Underlying().(type) {
		case *types.Struct:
			return "struct"
		case *types.Interface:
			return "interface"
		default:
			return types.TypeString(u, byName)
		}
	case *types.Builtin, *types.Nil:
		return ""
	}
	return types.TypeString(o.Type(), byName)
}

// declarationOf writes an object as it would be declared.
func declarationOf(o types.Object) string {
	switch o := o.(type) {
	case *types.PkgName:
		return "package " + o.Imported().Name() + " // import \"" + o.Imported().Path() + "\""
	case *types.Builtin:
		return "func " + o.Name()
	case *types.Const:
		if o.Pkg() == nil {
			return "const " + o.Name()
		}
		return types.ObjectString(o, byName) // has the value
	case *types.Nil:
		return "nil"
	}
	return types.ObjectString(o, byName)
}
