package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/goray/goray/tests/built"
)

// arm are the variables of a node that takes itself for an ARM machine.
func arm(t *testing.T) []string {
	t.Helper()
	qemu, err := exec.LookPath("qemu-aarch64")
	if err != nil {
		t.Skip("there is no qemu-aarch64 to run programs of ARM machines; install the package qemu-user")
	}
	return []string{"GORAY_TEST_MACHINE=aarch64", "GORAY_TEST_QEMU=" + qemu}
}

// farNode starts a Ray of two nodes, near and far, and returns its addresses for clients, and for drivers
// that belong to it. env are variables of the far node alone.
func farNode(t *testing.T, python string, env ...string) (client, member string) {
	t.Helper()
	for range 3 { // Ray gives a node half a minute to start, which on a busy machine can be too little
		port := ports(t, 1)[0]
		_, lines := startNodes(t, python, "platforms.py", append([]string{fmt.Sprint(port)}, env...)...)
		for lines.Scan() {
			if gcs, ok := strings.CutPrefix(lines.Text(), "ready "); ok {
				return fmt.Sprintf("ray://127.0.0.1:%d", port), "raynode://" + gcs
			}
		}
	}
	t.Fatal("the cluster has ended before it was ready")
	return "", ""
}

// build builds a program of this module.
func build(t *testing.T, name string, flags ...string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), filepath.Base(name))
	cmd := exec.Command("go", append(append([]string{"build"}, flags...), "-o", file, name)...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return file
}

// driver runs a driver and returns what it prints.
func driver(t *testing.T, dir string, env []string, program string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute) // where everything has to be built first
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir, cmd.Env, cmd.WaitDelay = dir, append(os.Environ(), env...), 10*time.Second
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	t.Logf("%s", errs.String())
	if err != nil {
		t.Fatalf("%s: %v\n%s\n%s", program, err, out, errs.String())
	}
	return string(out)
}

// A compiled program meets a node of another platform: it is built for it, and what it is made of finds
// itself there.
func TestProgramOnAnotherPlatform(t *testing.T) {
	python := withRay(t)
	client, member := farNode(t, python, arm(t)...)
	program := build(t, "./testdata/far")
	const want = `near: amd64
far: arm64
struct: 3.5
error: true
any: map[order:{ID:2 Parts:[{Name:a Price:1.5} {Name:b Price:2}] note:note on arm64}]
generic: 42
another: 2.5
variable: hey!
closure: 7
nested: arm64 asks amd64
actor: 
state: 20
home: arm64
`
	if got := driver(t, t.TempDir(), []string{"GORAY_ADDRESS=" + client}, program); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	// A driver that belongs to the cluster, on a machine without Go, to which the program was given.
	given := t.TempDir()
	t.Setenv("GOARCH", "arm64")
	if err := os.Rename(build(t, "./testdata/far"), filepath.Join(given, "far-for-arm64")); err != nil {
		t.Fatal(err)
	}
	env := []string{"GORAY_ADDRESS=" + member, "GORAY_PYTHON=" + python, "GORAY_RAY_BINARIES=" + given, "PATH="}
	if got := driver(t, t.TempDir(), env, program); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

// farCells is a file for "goray run", whose functions are interpreted where they run.
const farCells = `package main

import (
	"fmt"
	"runtime"
	"strings"

	"github.com/goray/goray/runtime/ray"
)

type point struct {
	X, Y float64
	Note string
}

func where() string { return runtime.GOARCH }

func move(p point, by float64) (any, error) {
	if by < 0 {
		return nil, fmt.Errorf("not by %v", by)
	}
	p.X += by
	p.Note = runtime.GOARCH
	return p, nil
}

type counter struct{ n int }

func newCounter(n int) *counter { return &counter{n} }

func (c *counter) Add(n int) string { c.n += n; return fmt.Sprint(runtime.GOARCH, " ", c.n) }

func nested() (string, error) {
	near, err := ray.Get(ray.Remote[string](where).Options(ray.Resource("near", 1)).Remote())
	return runtime.GOARCH + " asks " + near, err
}

func main() {
	if _, err := ray.Init(); err != nil {
		panic(err)
	}
	defer ray.Shutdown()
	far := ray.Resource("far", 1)
	k := 7
	fmt.Println(ray.Get(ray.Remote[string](where).Options(far).Remote()))
	fmt.Println(ray.Get(ray.Remote[any](move).Options(far).Remote(point{1, 2, ""}, 3.5)))
	_, err := ray.Get(ray.Remote[any](move).Options(far).Remote(point{}, -1.0))
	fmt.Println(err != nil)
	fmt.Println(ray.Get(ray.Remote[int](func(n int) int { return n * k }).Options(far).Remote(6)))
	fmt.Println(ray.Get(ray.Remote[string](nested).Options(far).Remote()))
	a := ray.Actor[counter](newCounter).Options(far).Remote(1)
	fmt.Println(ray.Get(ray.Call[string](a, (*counter).Add, 41)))
	fmt.Println(ray.Get(ray.Remote[string](strings.ToUpper).Options(far).Remote("compiled")))
}
`

// withLibrary gives emulated programs the C library: goray opens others, so it needs the loader for them.
func withLibrary(t *testing.T) {
	t.Helper()
	const library = "/usr/aarch64-linux-gnu"
	if os.Getenv("QEMU_LD_PREFIX") == "" {
		if _, err := os.Stat(library); err != nil {
			t.Skip("there is no C library of ARM machines in " + library + "; install the package libc6-arm64-cross, or name another folder in QEMU_LD_PREFIX")
		}
		t.Setenv("QEMU_LD_PREFIX", library)
	}
}

// runFar runs x.go, one of some files, on a cluster with goray.
func runFar(t *testing.T, files map[string]string, address string) string {
	t.Helper()
	source, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	return driver(t, dir, []string{"GORAY_ADDRESS=" + address, "GORAY_RAY_SOURCE=" + source}, built.Goray(t), "run", "x.go")
}

// What goray runs is interpreted on the other platform, by a goray that was built for it.
func TestCellsOnAnotherPlatform(t *testing.T) {
	python := withRay(t)
	withLibrary(t)
	client, _ := farNode(t, python, arm(t)...)
	got := runFar(t, map[string]string{"x.go": farCells}, client)
	const want = `arm64 <nil>
{4.5 2 arm64} <nil>
true
42 <nil>
arm64 asks amd64 <nil>
arm64 42 <nil>
COMPILED <nil>
`
	if got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

// farNative is a script whose functions are compiled for both platforms. A native program lies in the
// node's folder for them.
const farNative = `import "example.com/far/shapes"
quiet := false
ray.Must(ray.Init(ray.Config{LogToDriver: &quiet}))
type point struct{ X, Y float64; Name string }
var errNegative = errors.New("negative")
factor := 3.0
func where() (string, error) {
	path, err := os.Executable()
	return runtime.GOARCH + " " + filepath.Base(filepath.Dir(path)), err
}
func sum(p point, n int) (any, error) {
	if n < 0 { return nil, fmt.Errorf("%d: %w", n, errNegative) }
	for i := range n { p.X += float64(i) * factor }
	return []any{p, time.Duration(n), big.NewInt(int64(n)), &url.URL{Host: p.Name}, xml.Name{Local: p.Name}}, nil
}
func beyond(n int) int { return []int{1}[n] }
func parse(s string) (int, error) { return strconv.Atoi(s) }
far, near := ray.Resource("far", 1), ray.Resource("near", 1)
fmt.Println(ray.Get(ray.Remote[string](where).Options(ray.Native, near).Remote()))
fmt.Println(ray.Get(ray.Remote[string](where).Options(ray.Native, far).Remote()))
sums := ray.Remote[any](sum).Options(ray.Native, far)
fmt.Println(ray.Get(sums.Remote(point{1, 2, "a"}, 4)))
_, err := ray.Get(sums.Remote(point{}, -1))
fmt.Println(errors.Is(err, errNegative))
_, err = ray.Get(ray.Remote[int](beyond).Options(ray.Native, far).Remote(1))
var failed *ray.TaskError
fmt.Println(errors.As(err, &failed), failed.Message, failed.Cell != "", failed.Line)
_, err = ray.Get(ray.Remote[int](parse).Options(ray.Native, far).Remote("x"))
var number *strconv.NumError
fmt.Println(errors.As(err, &number), number.Num)
square := ray.Remote[float64](func(side float64) float64 { return shapes.Square{Side: side}.Area() }).Options(far)
fmt.Println(ray.Get(square.Options(ray.Native).Remote(3)))
fmt.Println(ray.Get(square.Options(ray.Interpreted).Remote(3)))
`

// Functions of cells are compiled for the other platform, too, once a node turns out to be of it.
func TestNativeOnAnotherPlatform(t *testing.T) {
	python := withRay(t)
	withLibrary(t)
	env := arm(t)
	t.Setenv("GOARCH", "arm64")
	probe := exec.Command(build(t, "./testdata/far"))
	if err := probe.Start(); err != nil {
		t.Skipf("a program cannot start one for ARM machines here: %v; install the package qemu-user-binfmt, or register qemu-aarch64 with binfmt_misc", err)
	}
	_ = probe.Process.Kill() // that it starts is all that was asked
	_ = probe.Wait()
	os.Unsetenv("GOARCH")
	client, _ := farNode(t, python, env...)
	const want = `amd64 native <nil>
arm64 native <nil>
[{19 2 a} 4ns 4 //a { a}] <nil>
true
true runtime error: index out of range [1] with length 1 true 16
true x
9.5 <nil>
9.5 <nil>
`
	files := map[string]string{
		"x.go": farNative, "go.mod": "module example.com/far\n\ngo 1.26\n",
		"shapes/shapes.go":       "package shapes\n\ntype Square struct{ Side float64 }\n\nfunc (s Square) Area() float64 { return s.Side * s.Side + extra }\n",
		"shapes/shapes_amd64.go": "package shapes\n\nconst extra = 0.5\n",
		"shapes/shapes_arm64.go": "package shapes\n\nconst extra = 0.25\n",
	}
	if got := runFar(t, files, client); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}
