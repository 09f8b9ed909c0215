package native

import (
	"fmt"
	"strings"
	"testing"

	"github.com/goray/goray/kernel/lang/modules/modulestest"
)

// thirdParty is a module with what compiled packages have and cells do not: several packages, an older
// language, embedded files, init functions, errors and panics of its own.
var thirdParty = map[string]string{
	"example.com/geo@v1.0.0/go.mod":      "module example.com/geo\n\ngo 1.20\n",
	"example.com/geo@v1.0.0/license.txt": "free",
	"example.com/geo@v1.0.0/geo.go": `// Package geo has points.
package geo

import (
	"embed"
	"errors"
	"fmt"

	"example.com/geo/log"
)

func init() { log.Add("geo") }

// Origin counts as a point too.
var Origin = Point{Label: log.Add("origin")}

// Names of files.
//
//go:embed *.txt
var Files embed.FS

//go:embed license.txt
var License string

// Point is a place.
type Point struct {
	X, Y  float64
	Label string
}

// ErrFar is an error of the package.
var ErrFar = errors.New("too far")

// DistanceError is one with a type.
type DistanceError struct{ D float64 }

func (e *DistanceError) Error() string { return fmt.Sprint("distance ", e.D) }

// String is (x, y).
func (p Point) String() string { return fmt.Sprintf("(%g, %g)", p.X, p.Y) }

// Norm fails for points that are far away, and panics for others.
func (p Point) Norm() (float64, error) {
	switch {
	case p.X > 1000:
		return 0, &DistanceError{p.X}
	case p.X > 100:
		return 0, fmt.Errorf("norm: %w", ErrFar)
	case p.X < 0:
		panic("negative " + p.String())
	}
	return p.X*p.X + p.Y*p.Y, nil
}

// Map applies f.
func Map[T, R any](l []T, f func(T) R) (out []R) {
	for _, x := range l {
		out = append(out, f(x))
	}
	return out
}

// Loops tells how variables of loops behave: by the language version of the module.
func Loops() (n int) {
	var fs []func() int
	for i := 0; i < 3; i++ {
		fs = append(fs, func() int { return i })
	}
	for _, f := range fs {
		n += f()
	}
	return n
}
`,
	"example.com/geo@v1.0.0/log/log.go": "package log\n\nvar Lines []string\n\nfunc Add(s string) string { Lines = append(Lines, s); return s }\n",
	"example.com/geo@v1.0.0/run/run.go": "package run\n\nfunc Later(f func()) { go f() }\n",
}

const thirdPartyCells = `import ("example.com/geo"; "example.com/geo/log"; "example.com/geo/run")
type trip struct { From, To geo.Point; Via []*geo.Point }
home := geo.Point{X: 3, Y: 4, Label: "home"}
var at geo.Point = home
func state() string { f, err := geo.Files.ReadFile("license.txt"); return fmt.Sprint(log.Lines, geo.License, string(f), err, geo.Loops(), geo.Origin.Label) }
func norm(p geo.Point) (float64, error) { return p.Norm() }
func captured(n int) (geo.Point, error) { return geo.Point{X: home.X + float64(n), Label: at.String()}, nil }
func mapped(l []float64) []geo.Point { return geo.Map(l, func(x float64) geo.Point { return geo.Point{X: x} }) }
func anyPoint(x float64) any { return geo.Point{X: x} }
func anyTrip(x float64) any { return &trip{To: geo.Point{X: x}, Via: []*geo.Point{&home}} }
func takes(v any) string { return fmt.Sprintf("%T %v", v, v) }
func nested(x float64) (float64, error) { v, err := ray.Get(ray.Remote[float64](norm).Remote(geo.Point{X: x})); return v + 1, err }
func moves() float64 { geo.Origin.X++; return geo.Origin.X }
type walker struct { Now geo.Point; Past []geo.Point }
func newWalker(p geo.Point) *walker { return &walker{Now: p} }
func (w *walker) Step(n int) geo.Point { for range n { w.Now.X++ }; w.Past = append(w.Past, w.Now); return w.Now }
func (w *walker) All() []geo.Point { return w.Past }
func (w *walker) Norm() (float64, error) { return w.Now.Norm() }
type runner struct { n int }
func newRunner() *runner { return &runner{} }
func (r *runner) Run() int { run.Later(func() { r.n++ }); return 1 }
func explain(v any, err error) string {
	text := fmt.Sprintf("%T %v %v", v, v, err)
	var t *ray.TaskError
	if errors.As(err, &t) { text += "\n" + t.Stack }
	var d *geo.DistanceError
	return text + fmt.Sprint("\n", errors.Is(err, geo.ErrFar), errors.As(err, &d))
}`

// TestThirdParty runs functions that use third-party packages in both tiers.
func TestThirdParty(t *testing.T) {
	modulestest.Proxy(t, thirdParty)
	t.Chdir(t.TempDir())
	s := open(t)
	s.run(thirdPartyCells)
	functions := []string{"state", "norm", "captured", "mapped", "anyPoint", "anyTrip", "takes", "nested", "geo.Map[int, string]"}
	var made strings.Builder
	for i, f := range functions { // all of them first: they are compiled while others run
		fmt.Fprintf(&made, "r%d := ray.Remote[any](%s)\n", i, f)
	}
	s.run(made.String())
	for _, c := range []struct {
		f    int
		args string
	}{
		{0, ""}, {1, "geo.Point{X: 3, Y: 4}"}, {1, "geo.Point{X: 300}"}, {1, "geo.Point{X: 3000}"}, {1, "geo.Point{X: -1}"},
		{2, "2"}, {3, "[]float64{1, 2}"}, {4, "2.5"}, {5, "2.5"}, {6, "geo.Point{X: 7}"}, {6, "[]any{geo.Point{X: 7}, 3}"}, {7, "3.0"}, {7, "-3.0"},
	} {
		call := func(option string) string {
			return passing.ReplaceAllString(s.run(fmt.Sprintf("explain(ray.Get(r%d.Options(ray.%s).Remote(%s)))", c.f, option, c.args)), "…")
		}
		interpreted, native := call("Interpreted"), call("Native")
		if interpreted != native {
			t.Errorf("%s(%s)\ninterpreted: %s\nnative:      %s", functions[c.f], c.args, interpreted, native)
		}
		t.Logf("%s(%s): %s", functions[c.f], c.args, native)
	}
	s.run("_ = ray.WaitNative(context.Background())")
	status := s.run("ray.NativeStatus()")
	if n := strings.Count(status, " native "); n != len(functions)-1 { // takes does not mention what it is given
		t.Errorf("%d of %d are native:\n%s", n, len(functions), status)
	}

	s.run("hSlow := ray.Actor[walker](newWalker).Options(ray.Interpreted).Remote(home)\nhQuick := ray.Actor[walker](newWalker).Options(ray.Native).Remote(home)")
	for _, call := range []string{"(*walker).Step, 3", "(*walker).Step, 400", "(*walker).All", "(*walker).Norm"} {
		of := func(actor string) string {
			return passing.ReplaceAllString(s.run("explain(ray.Get(ray.Call[any]("+actor+", "+call+")))"), "…")
		}
		slow, quick := of("hSlow"), of("hQuick")
		if slow != quick {
			t.Errorf("%s\ninterpreted: %s\nnative:      %s", call, slow, quick)
		}
	}
	s.run("_ = ray.Remote[float64](moves)\n_ = ray.Actor[runner](newRunner)\n_ = ray.WaitNative(context.Background())")
	status = s.run("ray.NativeStatus()")
	for _, why := range []string{"changes the captured variable geo.Origin", "it starts goroutines"} {
		if !strings.Contains(status, why) {
			t.Errorf("%q is missing in\n%s", why, status)
		}
	}
}
