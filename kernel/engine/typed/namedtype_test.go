package typed

import (
	"errors"
	"strings"
	"testing"

	"github.com/goplus/reflectx"

	"github.com/goray/goray/kernel/engine"
)

func freeEntries() int {
	_, _, n := reflectx.IcallStat()
	return n
}

const pointDecl = "type Point struct{ X int }\nfunc (p Point) String() string { return fmt.Sprint(\"<\", p.X, factor, \">\") }\nfunc (p *Point) Move(d int) { p.X += d }\n"

// TestUnchangedType: a cell that is executed again declares the same run-time type, without new
// method entry points; its methods see the newest declarations.
func TestUnchangedType(t *testing.T) {
	s := newSession(t, engine.Config{})
	do(t, s, 1, "factor := 2")
	do(t, s, 2, pointDecl+"p := Point{1}")
	before := freeEntries()
	p := s.variable(t, "p")
	for range 5 {
		do(t, s, 2, pointDecl+"q := Point{1}")
	}
	if got := freeEntries(); got != before {
		t.Errorf("%d entry points were taken by unchanged declarations", before-got)
	}
	if q := s.variable(t, "q"); q.Type() != p.Type() {
		t.Error("an unchanged declaration made another type")
	}
	do(t, s, 3, "factor := 3")
	do(t, s, 4, pointDecl)
	if got := do(t, s, 5, "fmt.Sprint(p, []Point{{5}})"); got != "<1 3> [<5 3>] string" {
		t.Errorf("after the methods were declared again: %s", got)
	}
	do(t, s, 6, strings.Replace(pointDecl, "<", "(", 1)+"r := Point{1}")
	if r := s.variable(t, "r"); r.Type() == p.Type() {
		t.Error("a changed method left the type the same")
	}
	if got := freeEntries(); got >= before {
		t.Error("a changed type took no entry points")
	}
}

// TestShortage: without entry points a cell is refused, and the session goes on. The pool belongs
// to the process, so the test only pretends that it is used up.
func TestShortage(t *testing.T) {
	s := newSession(t, engine.Config{})
	s.w.types.reserved = freeEntries()
	_, err := execute(s, 1, "x := 1\ntype T struct{}\nfunc (T) M() {}\nT{}.M()")
	var shortage shortageError
	if !errors.As(err, &shortage) || !strings.Contains(err.Error(), "restart the session") {
		t.Errorf("Execute = %v", err)
	}
	s.w.types.reserved = 0
	if got := do(t, s, 2, "type T struct{}\nfunc (T) M() int { return 3 }\nany(T{}).(interface{ M() int }).M()"); got != "3 int" {
		t.Errorf("next cell gives %s", got)
	}
}
