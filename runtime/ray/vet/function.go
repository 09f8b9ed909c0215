package vet

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/types"
	"strings"
)

// making is a call that makes a remote function, an actor class or an actor.
type making struct {
	name          string // as it is written: "ray.Remote"
	want          []types.Type
	actor         bool
	function      *types.Signature // nil for what is no function
	withArguments *types.Signature // of NewActor, which has the constructor's arguments too
}

// made describes such a call; nil for another one, or one whose function only the run can tell.
func (j *judge) made(call *ast.CallExpr) *making {
	name, want := j.rayFunction(call)
	if len(want) == 0 || len(call.Args) == 0 {
		return nil
	}
	r := &making{name: "ray." + name, want: want}
	switch name {
	case "Remote", "Remote2", "Remote3":
		if len(call.Args) != 1 {
			return nil
		}
	case "Actor", "NewActor":
		r.actor = true
	default:
		return nil
	}
	t := j.pass.TypesInfo.TypeOf(call.Args[0])
	if t == nil {
		return nil
	}
	f, ok := t.Underlying().(*types.Signature)
	switch {
	case ok:
		r.function = f
	case types.IsInterface(t) || generic(t) || isTuple(t):
		return nil
	}
	if name == "NewActor" {
		r.withArguments = f
	}
	return r
}

func isTuple(t types.Type) bool {
	_, ok := t.(*types.Tuple)
	return ok
}

// results are what a function returns besides an error.
func results(f *types.Signature) []types.Type {
	var l []types.Type
	for v := range f.Results().Variables() {
		l = append(l, v.Type())
	}
	if n := len(l); n > 0 && types.Identical(l[n-1], types.Universe.Lookup("error").Type()) {
		l = l[:n-1]
	}
	return l
}

// result compares the types that are written with those that the function returns.
func (j *judge) result(call *ast.CallExpr, r *making) {
	at := call.Args[0]
	if r.function == nil {
		j.report(at.Pos(), at.End(), "give it a function", "cannot use %s as function in argument to %s", j.operand(at), r.name)
		return
	}
	have := results(r.function)
	what := types.ExprString(at)
	if _, ok := ast.Unparen(at).(*ast.FuncLit); ok {
		what = "the function"
	}
	for _, t := range append(have, r.want...) {
		if generic(t) {
			return
		}
	}
	if r.actor {
		state := r.want[0]
		if len(have) != 1 || !types.Identical(have[0], state) && !types.Identical(have[0], types.NewPointer(state)) {
			if have, want := j.list(have), "*"+j.name(state); have == want { // two types of one name: a later cell has declared it again, or a method
				j.report(at.Pos(), at.End(), "run the cell of the constructor again", "%s returns a %s from before %s or its methods were declared again", what, want, j.name(state))
			} else {
				j.report(at.Pos(), at.End(), "give it a constructor of "+j.name(state), "%s returns %s, not %s", what, have, want)
			}
		}
		return
	}
	if len(r.want) == 1 && len(have) > 1 {
		fix := "return a struct"
		if len(have) <= 3 && r.name == "ray.Remote" {
			fix += fmt.Sprintf(", or write ray.Remote%d[%s]", len(have), strings.Trim(j.list(have), "()"))
		}
		j.report(at.Pos(), at.End(), fix, "%s returns %s; a remote function returns one value, and an error", what, j.list(have))
		return
	}
	name := r.name
	if name != "ray.Call" && len(have) == 1 {
		name = "ray.Remote"
	} else if name != "ray.Call" {
		name = fmt.Sprintf("ray.Remote%d", len(have))
	}
	fix := fmt.Sprintf("write %s[%s]", name, strings.Trim(j.list(have), "()"))
	if len(have) == 0 {
		if len(r.want) == 1 && (isAny(r.want[0]) || isEmptyStruct(r.want[0])) {
			return
		}
		if name != "ray.Call" {
			name = "ray.Remote"
		}
		fix = fmt.Sprintf("write %s[any]", name)
	}
	if len(r.want) != len(have) {
		j.report(at.Pos(), at.End(), fix, "%s returns %s, not %s", what, j.list(have), j.list(r.want))
		return
	}
	for i, t := range r.want {
		if !isAny(t) && !types.Identical(t, have[i]) {
			j.report(at.Pos(), at.End(), fix, "%s returns %s, not %s", what, j.list(have), j.list(r.want))
			return
		}
	}
}

func isAny(t types.Type) bool {
	i, ok := types.Unalias(t).(*types.Interface)
	return ok && i.Empty()
}

func isEmptyStruct(t types.Type) bool {
	s, ok := types.Unalias(t).(*types.Struct)
	return ok && s.NumFields() == 0
}

// list writes types as results are written.
func (j *judge) list(l []types.Type) string {
	if len(l) == 0 {
		return "nothing"
	}
	var names []string
	for _, t := range l {
		names = append(names, j.name(t))
	}
	if len(l) == 1 {
		return names[0]
	}
	return "(" + strings.Join(names, ", ") + ")"
}

// generic says whether a type is settled only when the code around it is instantiated.
func generic(t types.Type) bool {
	found := false
	seen := map[types.Type]bool{}
	var walk func(t types.Type)
	tuple := func(l *types.Tuple) {
		for v := range l.Variables() {
			walk(v.Type())
		}
	}
	walk = func(t types.Type) {
		if t == nil || found || seen[t] {
			return
		}
		seen[t] = true
		switch t := t.(type) {
		case *types.TypeParam:
			found = true
		case *types.Named:
			for a := range t.TypeArgs().Types() {
				walk(a)
			}
		case *types.Alias:
			walk(types.Unalias(t))
		case *types.Pointer:
			walk(t.Elem())
		case *types.Slice:
			walk(t.Elem())
		case *types.Array:
			walk(t.Elem())
		case *types.Chan:
			walk(t.Elem())
		case *types.Map:
			walk(t.Key())
			walk(t.Elem())
		case *types.Signature:
			tuple(t.Params())
			tuple(t.Results())
		case *types.Struct:
			for f := range t.Fields() {
				walk(f.Type())
			}
		case *types.Interface:
			for m := range t.Methods() {
				walk(m.Type())
			}
		case *types.Tuple:
			tuple(t)
		}
	}
	walk(t)
	return found
}

// method judges ray.Call[R](handle, method, args…) of an actor whose state is a T.
func (j *judge) method(call *ast.CallExpr, result, state types.Type) {
	at := call.Args[1]
	tv := j.pass.TypesInfo.Types[at]
	if generic(state) || tv.Type == nil || isTuple(tv.Type) {
		return
	}
	rest := call.Args[2:]
	if tv.Value != nil && tv.Value.Kind() == constant.String {
		j.namedMethod(call, constant.StringVal(tv.Value), result, state)
		return
	}
	if sel, ok := ast.Unparen(at).(*ast.SelectorExpr); ok {
		if s := j.pass.TypesInfo.Selections[sel]; s != nil && s.Kind() == types.MethodVal {
			j.report(at.Pos(), at.End(), fmt.Sprintf("write the method expression, (*%s).%s", j.name(state), sel.Sel.Name), "%s is bound to a value of this process", types.ExprString(at))
			return
		}
	}
	f, ok := tv.Type.Underlying().(*types.Signature)
	if !ok || generic(f) {
		if !ok && !types.IsInterface(tv.Type) {
			j.report(at.Pos(), at.End(), "give a method expression, or a name", "cannot use %s as method of %s", j.operand(at), j.name(state))
		}
		return
	}
	if f.Params().Len() == 0 || !receives(f.Params().At(0).Type(), state) {
		j.report(at.Pos(), at.End(), "give a method of "+j.name(state), "%s is a %s, not a method of %s", types.ExprString(at), j.name(f), j.name(state))
		return
	}
	j.result(&ast.CallExpr{Args: []ast.Expr{at}}, &making{name: "ray.Call", want: []types.Type{result}, function: f})
	j.arguments(call, f, rest, 1, types.ExprString(at))
}

// namedMethod judges a call of a method by its name; the run finds exported methods only.
func (j *judge) namedMethod(call *ast.CallExpr, name string, result, state types.Type) {
	at := call.Args[1]
	receiver := state
	if _, pointer := state.Underlying().(*types.Pointer); !pointer && !types.IsInterface(state) {
		receiver = types.NewPointer(state)
	}
	set := types.NewMethodSet(receiver)
	for i := range set.Len() {
		m := set.At(i).Obj().(*types.Func)
		if m.Name() == name && m.Exported() {
			f := set.At(i).Type().(*types.Signature)
			j.result(&ast.CallExpr{Args: []ast.Expr{at}}, &making{name: "ray.Call", want: []types.Type{result}, function: f})
			j.arguments(call, f, call.Args[2:], 0, name)
			return
		}
	}
	var names []string
	for i := range set.Len() {
		if m := set.At(i).Obj(); m.Exported() {
			names = append(names, m.Name())
		}
	}
	fix := "it has no exported methods"
	if len(names) > 0 {
		fix = "it has " + strings.Join(names, ", ")
	}
	j.report(at.Pos(), at.End(), fix, "%s has no exported method %q", j.name(receiver), name)
}

// receives says whether a first parameter can be an actor's state.
func receives(param, state types.Type) bool {
	pointer := types.NewPointer(state)
	if i, ok := param.Underlying().(*types.Interface); ok {
		return types.Implements(pointer, i)
	}
	return types.Identical(param, state) || types.Identical(param, pointer)
}
