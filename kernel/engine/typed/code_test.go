package typed

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/goray/goray/kernel/engine"
)

// partsOf finds the parts of a snapshot.
func partsOf(s engine.Snapshot) func(hash string) ([]byte, error) {
	return func(hash string) ([]byte, error) {
		for _, p := range s.Parts {
			if p.Hash == hash {
				return p.Data, nil
			}
		}
		return nil, fmt.Errorf("%s has no part %s", s.Name, hash)
	}
}

// ship moves the value of the expression in the last cell to another session and returns it there.
func ship(t *testing.T, from, to *Session, expr string) (reflect.Value, engine.Snapshot) {
	t.Helper()
	res, err := from.Execute(context.Background(), engine.Cell{Number: 50, Source: expr})
	if err != nil {
		t.Fatal(err)
	}
	snap, ok, err := from.Code().Export(res.Values[0].Reflect.Interface())
	if !ok || err != nil {
		t.Fatalf("Export of %s = %v, %v", expr, ok, err)
	}
	def, err := to.Code().Import(snap.Hash, snap.Source, partsOf(snap))
	if err != nil {
		t.Fatalf("Import of %s: %v", expr, err)
	}
	var vals []reflect.Value
	for i, c := range snap.Captures {
		vals = append(vals, convert(c.Value, def.CaptureTypes()[i]))
	}
	fn, err := def.Instantiate(vals)
	if err != nil {
		t.Fatalf("Instantiate of %s: %v", expr, err)
	}
	return fn, snap
}

// convert does what a codec does: it copies a value to the same type of another process.
func convert(v reflect.Value, t reflect.Type) reflect.Value {
	if v.Type().AssignableTo(t) {
		return v
	}
	out := reflect.New(t).Elem()
	switch t.Kind() {
	case reflect.Pointer:
		out.Set(reflect.New(t.Elem()))
		out.Elem().Set(convert(v.Elem(), t.Elem()))
	case reflect.Struct:
		for i := range t.NumField() {
			out.Field(i).Set(convert(v.Field(i), t.Field(i).Type))
		}
	case reflect.Slice:
		for i := range v.Len() {
			out = reflect.Append(out, convert(v.Index(i), t.Elem()))
		}
	default:
		out.Set(v.Convert(t))
	}
	return out
}

func call(fn reflect.Value, args ...any) string {
	var in []reflect.Value
	for i, a := range args {
		in = append(in, convert(reflect.ValueOf(a), fn.Type().In(i)))
	}
	var s []string
	for _, r := range fn.Call(in) {
		s = append(s, r.String())
		if r.Kind() != reflect.String {
			s[len(s)-1] = strings.TrimSpace(strings.Trim(reflect.ValueOf(r.Interface()).String(), " "))
		}
	}
	return strings.Join(s, " ")
}

func TestShip(t *testing.T) {
	driver := newSession(t, engine.Config{})
	worker := newSession(t, engine.Config{})
	do(t, driver, 1, "import str \"strings\"\nfactor := 3\nconst unit = \"m\"\nfunc twice(n int) int { return n * 2 }\nfmt.Println(\"only here\")")
	do(t, driver, 2, `type Point struct{ X, Y int }
func (p Point) String() string { return fmt.Sprintf("<%d %d %d>", p.X, p.Y, factor) }
func (p *Point) Move(d int) string { p.X += d; return p.String() }
type Stack[T any] struct{ Items []T }
func (s *Stack[T]) Push(v T) string { s.Items = append(s.Items, v); return fmt.Sprint(s.Items) }
func Map[T, R any](l []T, f func(T) R) (out []R) { for _, v := range l { out = append(out, f(v)) }; return }
func Show[T any](v T) string { return fmt.Sprintf("%T %v", v, v) }`)
	do(t, driver, 3, "func scale(n int) string { return fmt.Sprint(twice(n)*factor, unit, str.Repeat(\"!\", 2)) }\nfunc adder(k int) func(int) string { return func(n int) string { k += n; return fmt.Sprint(k) } }")
	do(t, driver, 4, "p := Point{1, 2}\nlabel := \"L\"")
	for _, c := range []struct {
		expr string
		args []any
		want string
	}{
		{"scale", []any{5}, "30m!!"},
		{"adder(10)", []any{5}, "15"},
		{"func(n int) string { return label + scale(n) }", []any{1}, "L6m!!"},
		{"p.String", nil, "<1 2 3>"},
		{"Point.String", []any{struct{ X, Y int }{7, 8}}, "<7 8 3>"},
		{"(&p).Move", []any{4}, "<5 2 3>"},
		{"Show[Point]", []any{struct{ X, Y int }{7, 8}}, "main.Point <7 8 3>"},
		{"Show[map[string][]int]", []any{map[string][]int{"a": {1}}}, "map[string][]int map[a:[1]]"},
		{"(&Stack[Point]{}).Push", []any{struct{ X, Y int }{1, 1}}, "[<1 1 3>]"},
		{"func() string { return fmt.Sprint(Map([]int{1, 2}, func(n int) Point { return Point{n, twice(n)} })) }", nil, "[<1 2 3> <2 4 3>]"},
		{"func(n int) string { factor += n; return fmt.Sprint(factor) }", []any{1}, "4"},
		{"func() string { var e error = os.ErrNotExist; return e.Error() }", nil, "file does not exist"},
		{"func() string { f := func() string { return label }; return f() }", nil, "L"},
	} {
		fn, snap := ship(t, driver, worker, c.expr)
		if got := call(fn, c.args...); got != c.want {
			t.Errorf("%s(%v) = %s, want %s", c.expr, c.args, got, c.want)
		}
		if _, again := ship(t, driver, worker, c.expr); again.Hash != snap.Hash {
			t.Errorf("%s: another hash for the same code", c.expr)
		}
	}
	if got := do(t, driver, 5, "factor"); got != "3 int" {
		t.Errorf("the driver's factor is %s", got)
	}
}

func TestShipRedefined(t *testing.T) {
	driver, worker := newSession(t, engine.Config{}), newSession(t, engine.Config{})
	do(t, driver, 1, "func g() string { return \"old\" }\nfunc f() string { return g() }")
	fn, first := ship(t, driver, worker, "f")
	if got := call(fn); got != "old" {
		t.Errorf("f() = %s", got)
	}
	do(t, driver, 2, "func h() string { return f()[:0] }\nfunc g() string { return h2() }\nfunc h2() string { return \"new\" }")
	if got := do(t, driver, 3, "f()"); got != "new string" {
		t.Errorf("in the session, f() = %s", got)
	}
	fn, second := ship(t, driver, worker, "f")
	if got := call(fn); got != "new" {
		t.Errorf("f() = %s after g was redefined", got)
	}
	if first.Hash == second.Hash {
		t.Error("the hash is the same although g was redefined")
	}
}

func TestShipTypes(t *testing.T) {
	driver, worker := newSession(t, engine.Config{}), newSession(t, engine.Config{})
	do(t, driver, 1, "type T struct{ A int }\nfunc (t T) Get() int { return t.A }\nfunc one() T { return T{1} }\nfunc two(t T) int { return t.Get() }\ntype Pair[A, B any] struct { First A; Second B }")
	one, _ := ship(t, driver, worker, "one")
	two, _ := ship(t, driver, worker, "two")
	if one.Type().Out(0) != two.Type().In(0) {
		t.Error("T differs between two functions")
	}
	if got := two.Call(one.Call(nil))[0].Int(); got != 1 {
		t.Errorf("two(one()) = %d", got)
	}
	for expr, name := range map[string]string{"T{}": "main.T", "Pair[string, T]{}": "main.Pair[string,main.T]", "atomic.Pointer[T]{}": "atomic.Pointer[main.T]"} {
		res, err := driver.Execute(context.Background(), engine.Cell{Number: 2, Source: expr})
		if err != nil {
			t.Fatal(err)
		}
		snap, ok := driver.Code().ExportType(res.Values[0].Reflect.Type())
		if !ok {
			t.Fatalf("ExportType of %s is not ok", expr)
		}
		def, err := worker.Code().Import(snap.Hash, snap.Source, nil)
		if err != nil {
			t.Fatal(err)
		}
		got, err := def.Type(snap.Name)
		if err != nil || got.String() != name {
			t.Errorf("Type(%s) = %v, %v", snap.Name, got, err)
		}
		if expr == "T{}" && got != one.Type().Out(0) {
			t.Error("T differs between a function and the type")
		}
	}
	if _, ok := driver.Code().ExportType(reflect.TypeFor[strings.Builder]()); ok {
		t.Error("a compiled type was exported")
	}
	if _, ok, _ := driver.Code().Export(strings.ToUpper); ok {
		t.Error("a compiled function was exported")
	}
}

func TestShipPanic(t *testing.T) {
	driver, worker := newSession(t, engine.Config{}), newSession(t, engine.Config{})
	fn, snap := ship(t, driver, worker, "limit := 3\n\nfunc bad(i int) int {\n\tif i > limit {\n\t\tpanic(errors.New(\"too far\"))\n\t}\n\treturn i\n}\nbad")
	if snap.Name != "bad" || snap.Cell != "In[50]" || snap.Line != 3 {
		t.Errorf("snapshot of %s at %s:%d", snap.Name, snap.Cell, snap.Line)
	}
	defer func() {
		r := recover()
		if err, ok := r.(error); !ok || err.Error() != "too far" || errors.Unwrap(err) != nil {
			t.Errorf("recovered %v", r)
		}
		if got := frames(TraceOf(r)); got != "bad In[50]:5" {
			t.Errorf("trace %q", got)
		}
	}()
	fn.Call([]reflect.Value{reflect.ValueOf(7)})
}

func TestMethodName(t *testing.T) {
	s := newSession(t, engine.Config{})
	do(t, s, 1, "type C struct{ n int }\nfunc (c *C) Inc(d int) int { c.n += d; return c.n }\nfunc (c C) Get() int { return c.n }\nfunc plain() {}")
	for expr, want := range map[string]string{"(*C).Inc": "Inc", "C.Get": "Get", "(&C{}).Inc": "Inc", "plain": "", "strings.ToUpper": "", "(*strings.Builder).String": ""} {
		res, err := s.Execute(context.Background(), engine.Cell{Number: 2, Source: expr})
		if err != nil {
			t.Fatal(err)
		}
		got, ok := s.Code().MethodName(res.Values[0].Reflect.Interface())
		if got != want || ok != (want != "") {
			t.Errorf("MethodName(%s) = %q, %v", expr, got, ok)
		}
	}
}

// TestShipToItself: code that comes back to the session that sent it has the session's types, and
// leaves their methods alone.
func TestShipToItself(t *testing.T) {
	s := newSession(t, engine.Config{})
	do(t, s, 1, "mark := \"!\"\ntype T struct{ A int }\nfunc (t T) String() string { return fmt.Sprint(t.A, mark) }\ntype Box[V any] struct{ V V }\nfunc (b Box[V]) String() string { return fmt.Sprint(\"box \", b.V, mark) }\nfunc make1(n int) fmt.Stringer { return Box[T]{T{n}} }\nv := make1(1)")
	fn, _ := ship(t, s, s, "make1")
	do(t, s, 2, "mark = \"?\"")
	got := fn.Call([]reflect.Value{reflect.ValueOf(1)})[0]
	if v := s.variable(t, "v"); got.Elem().Type() != v.Elem().Type() {
		t.Errorf("types %v and %v differ", got.Elem().Type(), v.Elem().Type())
	}
	if got := do(t, s, 3, "fmt.Sprint(v)"); got != "box 1?? string" {
		t.Errorf("the session's value prints %s", got)
	}
}
