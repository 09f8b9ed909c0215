package cluster

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/goray/goray/tests/built"
)

// nativeCells are functions of a script, each of which waits for its native form.
const nativeCells = `quiet := false
ray.Must(ray.Init(ray.Config{LogToDriver: &quiet}))
type point struct{ X, Y float64; Name string }
var errNegative = errors.New("negative")
factor := 3.0
func sum(p point, n int) (point, error) {
	if n < 0 { return p, errNegative }
	for i := range n { p.X += float64(i) * factor }
	return p, nil
}
func beyond(n int) int { return []int{1}[n] }
func zeros(n int) []float64 { return make([]float64, n) }
func linger(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
func named(ctx context.Context) string { return ray.CurrentContext(ctx).Name }
sums := ray.Remote[point](sum).Options(ray.Native)
fmt.Println(ray.Get(sums.Remote(point{1, 2, "a"}, 4)))
factor = 5 // what was captured stays
fmt.Println(ray.Get(sums.Remote(point{}, 2)))
_, err := ray.Get(sums.Remote(point{}, -1))
fmt.Println(errors.Is(err, errNegative))
_, err = ray.Get(ray.Remote[int](beyond).Options(ray.Native).Remote(1))
var failed *ray.TaskError
fmt.Println(errors.As(err, &failed), failed.Message)
large, err := ray.Get(ray.Remote[[]float64](zeros).Options(ray.Native).Remote(1_000_000))
fmt.Println(len(large), err)
_, err = ray.Get(ray.Remote[any](linger).Options(ray.Native, ray.TaskTimeout(time.Second)).Remote())
fmt.Println(errors.Is(err, ray.ErrTaskTimeout))
fmt.Println(ray.Get(ray.Remote[string](named).Options(ray.Native, ray.Name("by name")).Remote()))
for _, f := range ray.NativeStatus() {
	fmt.Println(f.Func, f.State, f.Reason)
}
`

// TestNativeFunctionsOnRay: functions of cells are compiled by the driver and run on the nodes of a Ray
// cluster as programs, but for those that need a session of goray's own.
func TestNativeFunctionsOnRay(t *testing.T) {
	withRay(t)
	h := up(t, "bench.yaml")
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "x.go"), []byte(nativeCells), 0o600); err != nil {
		t.Fatal(err)
	}
	got := driver(t, dir, []string{fmt.Sprintf("GORAY_ADDRESS=ray://127.0.0.1:%d", h.client)}, built.Goray(t), "run", "x.go")
	const want = `{19 2 a} <nil>
{3 0 } <nil>
true
true runtime error: index out of range [1] with length 1
1000000 <nil>
true
by name <nil>
sum native 
beyond native 
zeros native 
linger native 
named interpreted it uses the package ray or data, which in native programs are for the embedded runtime
`
	if got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}
