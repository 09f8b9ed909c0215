package vet

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"strings"
)

// given is one argument: an expression, or a result of the call that is the only one.
type given struct {
	at ast.Expr
	tv types.TypeAndValue
}

// arguments compares the arguments of a call with a function's parameters, without the first skip
// of them, which are a receiver, and the context that the worker fills in. The words are Go's.
func (j *judge) arguments(call *ast.CallExpr, f *types.Signature, args []ast.Expr, skip int, name string) {
	if call.Ellipsis.IsValid() || generic(f) {
		return
	}
	var have []given
	for _, a := range args {
		tv := j.pass.TypesInfo.Types[a]
		if tuple, ok := tv.Type.(*types.Tuple); ok {
			for v := range tuple.Variables() {
				have = append(have, given{a, types.TypeAndValue{Type: v.Type()}})
			}
			continue
		}
		have = append(have, given{a, tv})
	}
	var want []types.Type
	for i := skip; i < f.Params().Len(); i++ {
		if t := f.Params().At(i).Type(); i > skip || !isContext(t) {
			want = append(want, t)
		}
	}
	least := len(want)
	if f.Variadic() {
		least--
	}
	switch {
	case len(have) < least:
		j.report(call.Rparen, call.Rparen+1, "", "not enough arguments in call to %s\n\thave %s\n\twant %s", name, j.haves(have), j.wants(want, f.Variadic()))
		return
	case len(have) > least && !f.Variadic():
		at := have[least].at
		j.report(at.Pos(), at.End(), j.contextHint(f, skip, have, len(want)), "too many arguments in call to %s\n\thave %s\n\twant %s", name, j.haves(have), j.wants(want, false))
		return
	}
	for i, g := range have {
		param := want[min(i, len(want)-1)]
		if f.Variadic() && i >= least {
			param = want[least].(*types.Slice).Elem()
		}
		j.argument(g, param, name)
	}
}

// contextHint explains a mistake that is easily made: the worker gives the context.
func (j *judge) contextHint(f *types.Signature, skip int, have []given, want int) string {
	if len(have) == want+1 && isContextual(have[0].tv.Type) && f.Params().Len() > skip && isContext(f.Params().At(skip).Type()) {
		return "leave the context out: the worker gives it"
	}
	return ""
}

func isContext(t types.Type) bool {
	n, ok := types.Unalias(t).(*types.Named)
	return ok && n.Obj().Name() == "Context" && n.Obj().Pkg() != nil && n.Obj().Pkg().Path() == "context"
}

func isContextual(t types.Type) bool { return t != nil && isContext(t) }

func (j *judge) argument(g given, param types.Type, name string) {
	t := g.tv.Type
	if t == nil || generic(t) || t == types.Typ[types.Invalid] {
		return
	}
	fix, why := "", ""
	elem, isRef := j.reference(t)
	_, wantsRef := j.reference(param)
	switch {
	case isRef && !wantsRef:
		if elem == nil || types.IsInterface(elem) || types.AssignableTo(elem, param) {
			return
		}
		fix = "give a reference to " + j.article(param)
	case g.tv.IsNil():
		switch param.Underlying().(type) {
		case *types.Interface, *types.Pointer, *types.Slice, *types.Map:
			return
		}
	case types.IsInterface(t) || types.AssignableTo(t, param):
		return
	case untypedLike(t) && isNumeric(param):
		if why = j.overflow(g.tv.Value, param); why == "" {
			return
		}
	case types.Identical(t, types.Typ[types.String]) && isKind(param, types.IsString), types.Identical(t, types.Typ[types.Bool]) && isKind(param, types.IsBoolean):
		return
	}
	if i, ok := param.Underlying().(*types.Interface); ok && why == "" {
		if m, _ := types.MissingMethod(t, i, true); m != nil {
			why = fmt.Sprintf(": %s does not implement %s (missing method %s)", j.name(t), j.name(param), m.Name())
		}
	}
	j.report(g.at.Pos(), g.at.End(), fix, "cannot use %s as %s value in argument to %s%s", j.describe(g), j.name(param), name, why)
}

// reference says whether t is a reference to an object, and of what; elem is nil where only the run
// can tell.
func (j *judge) reference(t types.Type) (elem types.Type, ok bool) {
	if p, isPointer := types.Unalias(t).(*types.Pointer); isPointer {
		return nil, isRay(p.Elem(), "Ref")
	}
	if isRay(t, "ObjectRef") {
		if args := types.Unalias(t).(*types.Named).TypeArgs(); args.Len() == 1 {
			return args.At(0), true
		}
	}
	if types.IsInterface(t) {
		return nil, false
	}
	m, _, _ := types.LookupFieldOrMethod(t, false, nil, "Ref")
	e, _, _ := types.LookupFieldOrMethod(t, false, nil, "ElemType")
	f, isMethod := m.(*types.Func)
	if _, also := e.(*types.Func); !isMethod || !also || f.Signature().Results().Len() != 1 {
		return nil, false
	}
	p, isPointer := f.Signature().Results().At(0).Type().(*types.Pointer)
	return nil, isPointer && isRay(p.Elem(), "Ref")
}

func isRay(t types.Type, name string) bool {
	n, ok := types.Unalias(t).(*types.Named)
	return ok && n.Obj().Name() == name && n.Obj().Pkg() != nil && n.Obj().Pkg().Path() == rayPath
}

// untypedLike: a number of these types may be a constant that could have been written for any
// other numeric type; the run converts it where its value fits.
func untypedLike(t types.Type) bool {
	b, ok := types.Unalias(t).(*types.Basic)
	return ok && (b.Kind() == types.Int || b.Kind() == types.Float64 || b.Kind() == types.Int32 || b.Info()&types.IsUntyped != 0 && b.Info()&types.IsNumeric != 0)
}

func isNumeric(t types.Type) bool { return isKind(t, types.IsInteger|types.IsFloat) }

func isKind(t types.Type, info types.BasicInfo) bool {
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Info()&info != 0
}

// overflow says why a constant is no value of a numeric type; "" if it may be.
func (j *judge) overflow(v constant.Value, t types.Type) string {
	b, ok := t.Underlying().(*types.Basic)
	if v == nil || !ok || b.Info()&types.IsInteger == 0 {
		return ""
	}
	i := constant.ToInt(v)
	if i.Kind() != constant.Int {
		return " (truncated)"
	}
	bits := uint(8 * j.pass.TypesSizes.Sizeof(b))
	low, high := constant.MakeInt64(0), constant.Shift(constant.MakeInt64(1), token.SHL, bits)
	if b.Info()&types.IsUnsigned == 0 {
		high = constant.Shift(constant.MakeInt64(1), token.SHL, bits-1)
		low = constant.UnaryOp(token.SUB, high, 0)
	}
	if constant.Compare(i, token.LSS, low) || constant.Compare(i, token.GEQ, high) {
		return " (overflows)"
	}
	return ""
}

// operand describes an argument.
func (j *judge) operand(e ast.Expr) string {
	return j.describe(given{e, j.pass.TypesInfo.Types[e]})
}

// describe writes an argument as the compiler's complaints do.
func (j *judge) describe(g given) string {
	x := ast.Unparen(g.at)
	text := types.ExprString(x)
	if _, ok := x.(*ast.FuncLit); ok {
		text = "func literal"
	}
	t := j.name(g.tv.Type)
	switch {
	case g.tv.IsNil():
		return "nil"
	case g.tv.Value != nil:
		if _, ok := x.(*ast.BasicLit); ok {
			return fmt.Sprintf("%s (untyped %s constant)", text, constantKind(x))
		}
		return fmt.Sprintf("%s (constant %s of type %s)", text, g.tv.Value, t)
	case g.tv.Addressable() && !isCall(x):
		return fmt.Sprintf("%s (variable of type %s)", text, t)
	}
	return fmt.Sprintf("%s (value of type %s)", text, t)
}

func isCall(x ast.Expr) bool {
	_, ok := x.(*ast.CallExpr)
	return ok
}

func constantKind(x ast.Expr) string {
	switch x.(*ast.BasicLit).Kind {
	case token.INT:
		return "int"
	case token.FLOAT:
		return "float"
	case token.IMAG:
		return "complex"
	case token.CHAR:
		return "rune"
	}
	return "string"
}

// haves and wants write what a call has and what it should have, as the compiler does.
func (j *judge) haves(have []given) string {
	var l []string
	for _, g := range have {
		switch {
		case g.tv.Type == nil:
			l = append(l, "?")
		case g.tv.Value != nil && isKind(g.tv.Type, types.IsNumeric):
			if _, ok := ast.Unparen(g.at).(*ast.BasicLit); ok {
				l = append(l, "number")
				continue
			}
			l = append(l, j.name(g.tv.Type))
		default:
			l = append(l, j.name(g.tv.Type))
		}
	}
	return "(" + strings.Join(l, ", ") + ")"
}

func (j *judge) wants(want []types.Type, variadic bool) string {
	var l []string
	for i, t := range want {
		if variadic && i == len(want)-1 {
			l = append(l, "..."+j.name(t.(*types.Slice).Elem()))
			continue
		}
		l = append(l, j.name(t))
	}
	return "(" + strings.Join(l, ", ") + ")"
}

// article names a type in a sentence: "an int".
func (j *judge) article(t types.Type) string {
	name := j.name(t)
	if name != "" && strings.ContainsRune("aeiou", rune(name[0])) {
		return "an " + name
	}
	return "a " + name
}
