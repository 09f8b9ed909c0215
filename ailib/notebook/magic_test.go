package notebook

import (
	"slices"
	"testing"
)

func TestDeclaredFunctions(t *testing.T) {
	const body = `x := func() int { return 1 }()
func a(n int) int { f := func() {}; f(); return n }
type T struct{}
func (t T) M() {}
func (T) N(f func(int)) func() { return nil }
func gen[T any](v T) T { return v }
func main() {}
func b() (func(int) int, error) { return nil, nil }; func c(); fmt.Println("func d()")`
	if got := declaredFunctions(body); !slices.Equal(got, []string{"a", "b", "c"}) {
		t.Error(got)
	}
}
