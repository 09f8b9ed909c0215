package typed

import (
	"context"
	"fmt"
	"testing"

	"github.com/goray/goray/kernel/engine"
)

func newSession(t testing.TB, cfg engine.Config) *Session {
	t.Helper()
	e, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e.(*Session)
}

func do(t testing.TB, s *Session, n int, src string) string {
	t.Helper()
	res, err := s.Execute(context.Background(), engine.Cell{Number: n, Source: src})
	if err != nil {
		t.Fatalf("cell %d: %v", n, err)
	}
	out := ""
	for _, v := range res.Values {
		if v.Reflect.IsValid() {
			out += fmt.Sprintf("%v %s;", v.Reflect.Interface(), v.Type)
		} else {
			out += "nil " + v.Type + ";"
		}
	}
	return out
}

func TestFirst(t *testing.T) {
	s := newSession(t, engine.Config{})
	if got := do(t, s, 1, "x := 40\nx + 2"); got != "42 int;" {
		t.Error(got)
	}
	if got := do(t, s, 2, "type T struct{A int}\nfunc (t T) String() string { return fmt.Sprint(\"T\", t.A) }\nfmt.Sprint(T{x})"); got != "T40 string;" {
		t.Error(got)
	}
	if got := do(t, s, 3, "[]T{{1}}"); got != "[T1] []main.T;" {
		t.Error(got)
	}
}
