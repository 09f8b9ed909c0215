package typed

import (
	"reflect"
	"testing"

	"github.com/goray/goray/kernel/engine"
)

// variable is the value of a session variable.
func (s *Session) variable(t testing.TB, name string) reflect.Value {
	t.Helper()
	for _, v := range s.Variables() {
		if v.Name == name {
			return v.Value
		}
	}
	t.Errorf("no variable %s", name)
	return reflect.Value{}
}

func TestFirst(t *testing.T) {
	s := newSession(t, engine.Config{})
	if got := do(t, s, 1, "x := 40\nx + 2"); got != "42 int" {
		t.Error(got)
	}
	if got := do(t, s, 2, "type T struct{A int}\nfunc (t T) String() string { return fmt.Sprint(\"T\", t.A) }\nfmt.Sprint(T{x})"); got != "T40 string" {
		t.Error(got)
	}
	if got := do(t, s, 3, "[]T{{1}}"); got != "[T1] []main.T" {
		t.Error(got)
	}
}
