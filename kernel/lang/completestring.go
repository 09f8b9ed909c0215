package lang

import (
	"go/ast"
	"go/token"
	"go/types"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/goray/goray/kernel/engine"
)

// Reader lends the values of the session's variables to completion: it calls f with a function that
// finds the value of a variable. Still is false while cells run, when maps and structs may change
// under whoever reads them; only pointers are lent then.
type Reader func(f func(value func(types.Object) reflect.Value, still bool))

// maxKeys bounds how many keys of a map are looked at.
const maxKeys = 20_000

// UseValues completes strings from live values: keys of maps that read lends, and what strings says
// of other arguments. Both may be nil. Call it before the first cell.
func (s *Session) UseValues(read Reader, strings func(engine.StringArgument) []engine.Completion) {
	s.read, s.strings = read, strings
}

// stringPlace is where a string that is being typed stands.
type stringPlace struct {
	lit      *ast.BasicLit
	index    *ast.IndexExpr    // it is the index
	call     *ast.CallExpr     // it is an argument, or in one
	argument int               // of call
	literal  *ast.CompositeLit // it is the value of a field
	field    string            // of literal
	around   []*ast.CallExpr   // innermost first
}

// completeString completes the string that is open at cursor and begins at from.
func (s *Session) completeString(source string, from, cursor int) engine.Completions {
	out := engine.Completions{Start: cursor, End: cursor}
	quote := source[from-1 : from]
	if s.read == nil || quote == "'" {
		return out
	}
	var u *unit
	var at *stringPlace
	for _, text := range attempts(source, cursor, quote) {
		var ok bool
		if u, ok = s.look(text, func(u *unit) bool { at = u.findString(); return at != nil }); ok {
			break
		}
		at = nil
	}
	if at == nil {
		return out
	}
	out.Start = from
	typed := source[from:cursor]
	l := &list{prefix: typed, seen: map[string]bool{}}
	add := func(c engine.Completion) {
		text := c.Text
		if quote == `"` {
			text = strconv.Quote(text)
			text = text[1 : len(text)-1]
		} else if strings.Contains(text, "`") {
			return
		}
		l.add(text, c.Kind, c.Signature)
	}
	s.read(func(value func(types.Object) reflect.Value, still bool) {
		switch {
		case at.index != nil:
			if still {
				u.addKeys(at.index.X, value, add)
			}
		case s.strings != nil:
			if a, ok := u.stringArgument(at, typed, value); ok {
				for _, c := range s.strings(a) {
					add(c)
				}
			}
		}
	})
	out.Items = l.sorted()
	if len(out.Items) == 0 {
		out.Start = cursor
	}
	return out
}

// findString finds the string with the mark.
func (u *unit) findString() *stringPlace {
	var at *stringPlace
	var stack []ast.Node
	visit := func(n ast.Node) bool {
		if n == nil {
			stack = stack[:len(stack)-1]
			return true
		}
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING && strings.Contains(lit.Value, here) && at == nil {
			at = placeOf(lit, stack)
		}
		stack = append(stack, n)
		return true
	}
	ast.Inspect(u.file, visit)
	if u.run != nil && at == nil {
		stack = nil
		ast.Inspect(u.run, visit)
	}
	return at
}

func placeOf(lit *ast.BasicLit, stack []ast.Node) *stringPlace {
	at := &stringPlace{lit: lit}
	var child ast.Node = lit
	settled := false
	for _, parent := range slices.Backward(stack) {
		switch p := parent.(type) {
		case *ast.IndexExpr:
			if !settled && p.Index == child {
				at.index, settled = p, true
			}
		case *ast.KeyValueExpr:
			if id, ok := p.Key.(*ast.Ident); ok && !settled && p.Value == child {
				at.field = id.Name
			}
		case *ast.CompositeLit:
			if at.field != "" && !settled {
				at.literal, settled = p, true
			}
		case *ast.CallExpr:
			if i := slices.IndexFunc(p.Args, func(a ast.Expr) bool { return a == child }); i >= 0 && !settled {
				at.call, at.argument, settled = p, i, true
			}
			at.around = append(at.around, p)
		case *ast.FuncLit, ast.Stmt: // what is in it is no argument any more
			settled = true
		}
		child = parent
	}
	return at
}

// addKeys adds the keys of the map that x is now.
func (u *unit) addKeys(x ast.Expr, value func(types.Object) reflect.Value, add func(engine.Completion)) {
	m := u.live(x, value)
	if m.Kind() != reflect.Map || m.Type().Key().Kind() != reflect.String {
		return
	}
	elem := ""
	if t := u.info.TypeOf(x); t != nil {
		if mt, ok := t.Underlying().(*types.Map); ok {
			elem = types.TypeString(mt.Elem(), byName)
		}
	}
	iter := m.MapRange()
	for n := 0; n < maxKeys && iter.Next(); n++ {
		add(engine.Completion{Text: iter.Key().String(), Kind: "string", Signature: elem})
	}
}

// live is the value of an expression that only reads variables, fields and elements; invalid for
// any other.
func (u *unit) live(x ast.Expr, value func(types.Object) reflect.Value) (v reflect.Value) {
	switch x := ast.Unparen(x).(type) {
	case *ast.Ident:
		v = value(u.info.Uses[x])
	case *ast.SelectorExpr:
		if sel := u.info.Selections[x]; sel != nil && sel.Kind() == types.FieldVal {
			if v = indirect(u.live(x.X, value)); v.Kind() == reflect.Struct {
				v = v.FieldByName(x.Sel.Name)
			} else {
				v = reflect.Value{}
			}
		}
	case *ast.StarExpr:
		v = u.live(x.X, value)
	case *ast.IndexExpr:
		v = indirect(u.live(x.X, value))
		key := u.info.Types[x.Index]
		switch {
		case key.Value == nil:
			v = reflect.Value{}
		case v.Kind() == reflect.Map && v.Type().Key().Kind() == reflect.String:
			if k, err := strconv.Unquote(key.Value.ExactString()); err == nil {
				v = v.MapIndex(reflect.ValueOf(k).Convert(v.Type().Key()))
			}
		case v.Kind() == reflect.Slice || v.Kind() == reflect.Array:
			i, err := strconv.Atoi(key.Value.ExactString())
			if err != nil || i < 0 || i >= v.Len() {
				return reflect.Value{}
			}
			v = v.Index(i)
		default:
			v = reflect.Value{}
		}
	}
	return indirect(v)
}

func indirect(v reflect.Value) reflect.Value {
	for range 4 {
		if v.Kind() != reflect.Pointer && v.Kind() != reflect.Interface {
			break
		}
		v = v.Elem()
	}
	return v
}

// stringArgument describes the place to whoever knows what may stand there.
func (u *unit) stringArgument(at *stringPlace, prefix string, value func(types.Object) reflect.Value) (a engine.StringArgument, ok bool) {
	a.Prefix = prefix
	switch {
	case at.call != nil:
		f := u.callee(at.call)
		if f == nil || f.Pkg() == nil {
			return a, false
		}
		a.Package, a.Function = f.Pkg().Path(), f.Name()
		params := f.Signature().Params()
		if params.Len() == 0 {
			return a, false
		}
		a.Param = params.At(min(at.argument, params.Len()-1)).Name()
	case at.literal != nil:
		n, isNamed := types.Unalias(u.info.TypeOf(at.literal)).(*types.Named)
		if !isNamed || n.Obj().Pkg() == nil {
			return a, false
		}
		a.Package, a.Function, a.Param = n.Obj().Pkg().Path(), n.Obj().Name(), at.field
	default:
		return a, false
	}
	seen := map[types.Object]bool{nil: true}
	add := func(o types.Object) {
		if seen[o] {
			return
		}
		seen[o] = true
		if v := value(o); v.IsValid() {
			a.Values = append(a.Values, v)
		}
	}
	for _, call := range at.around {
		if id := root(call.Fun); id != nil {
			add(u.info.Uses[id])
		}
	}
	a.Around = len(a.Values)
	names := u.s.snapshot()
	for _, name := range sortedKeys(names) {
		if o := names[name].obj; o != nil {
			add(o)
		}
	}
	return a, true
}

func (u *unit) callee(call *ast.CallExpr) *types.Func {
	fun := ast.Unparen(call.Fun)
	switch x := fun.(type) {
	case *ast.IndexExpr:
		fun = x.X
	case *ast.IndexListExpr:
		fun = x.X
	}
	switch x := fun.(type) {
	case *ast.Ident:
		f, _ := u.info.Uses[x].(*types.Func)
		return f
	case *ast.SelectorExpr:
		f, _ := u.info.Uses[x.Sel].(*types.Func)
		return f
	}
	return nil
}

// root is the variable that a chain of calls and selections starts from.
func root(x ast.Expr) *ast.Ident {
	for {
		switch y := x.(type) {
		case *ast.Ident:
			return y
		case *ast.SelectorExpr:
			x = y.X
		case *ast.CallExpr:
			x = y.Fun
		case *ast.IndexExpr:
			x = y.X
		case *ast.ParenExpr:
			x = y.X
		case *ast.StarExpr:
			x = y.X
		default:
			return nil
		}
	}
}
