package realray_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/goray/goray/runtime/internal/rayclient/rayhead"
	"github.com/goray/goray/runtime/ray"
)

const pythonModule = `
import os
class NoLuck(ValueError): pass
def same(x): return x
def kinds(*xs, **kw): return [type(x).__name__ for x in xs] + sorted(kw)
def total(xs): return float(sum(xs))
def change(xs): xs[0] = 7.0; return xs
def grid(n): import numpy; return numpy.arange(n * 2, dtype="float32").reshape(n, 2)
def fail(n): raise NoLuck(f"no luck with {n}")
def odd(): return object()
def big(): return 1 << 70
def parent(): return open(f"/proc/{os.getppid()}/comm").read().strip()
def program(): return os.path.basename(os.readlink("/proc/self/exe"))
def table(n):
    import pyarrow
    return pyarrow.table({"n": list(range(n)), "name": [f"row {i}" for i in range(n)]})
def longer(t, by):
    import pyarrow.compute
    return t.set_column(0, "n", pyarrow.compute.add(t["n"], by))
def rows(t): return t.num_rows, t.column_names, t["n"].to_pylist()[-1]
class Tally:
    def __init__(self, n, step=1): self.n, self.step = n, step
    def add(self, by=0): self.n += self.step + by; return self.n
    def chain(self): return self
    def sum(self, xs): return float(sum(xs)) + self.n
    def fail(self): raise NoLuck("never")
`

type point struct {
	X, Y int
	Tags []string `json:"tags"`
}

func ones(n int) []float64 {
	xs := make([]float64, n)
	for i := range xs {
		xs[i] = 1
	}
	return xs
}

func makePoint(x int) point                     { return point{x, 2 * x, []string{"a", "b"}} }
func sumOf(xs []float64) (s float64)            { return slices.Max(xs) * float64(len(xs)) }
func describe(p point) string                   { return fmt.Sprintf("%d %d %v", p.X, p.Y, p.Tags) }
func rowsOf(t ray.ArrowIPC) (string, error)     { return readTable(t) }
func passTable(t ray.ArrowIPC) ray.ArrowIPC     { return t }
func addThere(a ray.PyActor) ray.ObjectRef[int] { return ray.PythonCall[int](a, "add", 100) }

// meanBelow calls Python from a Go task.
func meanBelow(ctx context.Context, xs []float64) (float64, error) {
	return ray.GetContext(ctx, ray.Python[float64]("statistics", "fmean").Remote(xs))
}

func table(n int) (ray.ArrowIPC, error) {
	schema := arrow.NewSchema([]arrow.Field{{Name: "n", Type: arrow.PrimitiveTypes.Int64}, {Name: "name", Type: arrow.BinaryTypes.String}}, nil)
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer b.Release()
	for i := range n {
		b.Field(0).(*array.Int64Builder).Append(int64(i))
		b.Field(1).(*array.StringBuilder).Append(fmt.Sprint("row ", i))
	}
	record := b.NewRecordBatch()
	defer record.Release()
	var out bytes.Buffer
	w := ipc.NewWriter(&out, ipc.WithSchema(schema))
	err := errors.Join(w.Write(record), w.Close())
	return out.Bytes(), err
}

func readTable(t ray.ArrowIPC) (string, error) {
	r, err := ipc.NewReader(bytes.NewReader(t))
	if err != nil {
		return "", err
	}
	defer r.Release()
	rows, last := int64(0), ""
	for r.Next() {
		n := r.RecordBatch().NumRows()
		rows += n
		last = fmt.Sprintf("%v %v", r.RecordBatch().Column(0).ValueStr(int(n-1)), r.RecordBatch().Column(1).ValueStr(int(n-1)))
	}
	return fmt.Sprintf("%d rows %v, the last is %s", rows, r.Schema().Fields()[0].Name, last), r.Err()
}

// outcome is what a call gave, in words that are the same wherever it ran.
func outcome[R any](ctx context.Context, ref ray.ObjectRef[R]) string {
	v, err := ray.GetContext(ctx, ref)
	var task *ray.TaskError
	var raised *ray.PythonError
	switch {
	case err == nil:
		return fmt.Sprintf("%T %v", v, v)
	case errors.As(err, &raised) && errors.As(err, &task):
		inner := strings.Contains(task.Stack, "Traceback") && !strings.Contains(task.Stack, "goray_shim")
		return fmt.Sprintf("%s raised %s: %s (%v) at %s:%d, traced %v", task.Func, raised.Type, raised.Message, raised.IsA("ValueError"), filepath.Base(task.Cell), task.Line, inner)
	case errors.Is(err, ray.ErrActorDied):
		return "the actor died: " + last(err.Error(), "its constructor failed: ")
	}
	return "error: " + err.Error()
}

func last(text, after string) string {
	_, found, _ := strings.Cut(text, after)
	found, _, _ = strings.Cut(found, ";")
	return found
}

// pythonProgram calls Python in many ways and says what came of each.
func pythonProgram(ctx context.Context, arrow bool) map[string]string {
	const m = "goray_python_case"
	out := map[string]string{}
	same := func(name string, v any) { out["same "+name] = outcome(ctx, ray.Python[any](m, "same").Remote(v)) }
	for name, v := range map[string]any{"nil": nil, "bool": true, "int": -3, "float": 2.0, "inf": math.Inf(1), "text": "näme", "bytes": []byte{1, 2, 3},
		"big": new(big.Int).Lsh(big.NewInt(1), 80), "list": []any{1, "a", nil, 2.5}, "map": map[string]any{"a": 1, "b": []any{true}},
		"numbers": map[int]string{1: "x"}, "floats": []float64{1, 2.5}, "matrix": [][]int{{1, 2}, {3, 4}}, "struct": point{1, 2, []string{"t"}},
		"time": time.Date(2026, 11, 21, 22, 30, 0, 0, time.UTC)} {
		same(name, v)
	}
	out["kinds"] = outcome(ctx, ray.Python[[]string](m, "kinds").Remote(1, 2.0, "x", []byte("y"), []any{}, map[string]any{}, []float64{1}, ray.Kwargs{"b": 1, "a": 2}))
	out["change"] = outcome(ctx, ray.Python[[]float64](m, "change").Remote([]float64{1, 2}))
	out["grid"] = outcome(ctx, ray.Python[[][]float32](m, "grid").Remote(2))
	out["big"] = outcome(ctx, ray.Python[*big.Int](m, "big").Remote())
	out["fail"] = outcome(ctx, ray.Python[any](m, "fail").Remote(7))
	out["odd"] = outcome(ctx, ray.Python[any](m, "odd").Remote())
	out["absent"] = outcome(ctx, ray.Python[any](m, "absent").Remote())
	out["module"] = outcome(ctx, ray.Python[any]("goray_no_such", "f").Remote())
	out["misfit"] = outcome(ctx, ray.Python[int]("math", "sqrt").Remote(2.0))
	out["struct result"] = outcome(ctx, ray.Python[point](m, "same").Remote(map[string]any{"X": 1, "y": 2, "tags": []any{"q"}}))

	large := ray.Remote[[]float64](ones).Remote(300_000)
	out["Go to Python"] = outcome(ctx, ray.Python[float64](m, "total").Remote(large))
	out["Python to Go"] = outcome(ctx, ray.Remote[float64](sumOf).Remote(ray.Python[[]float64](m, "same").Remote(large)))
	out["struct to Python to Go"] = outcome(ctx, ray.Remote[string](describe).Remote(ray.Python[point](m, "same").Remote(ray.Remote[point](makePoint).Remote(4))))
	out["Put"] = outcome(ctx, ray.Python[any](m, "kinds").Remote(ray.Put(point{}), ray.Put([]int{1}), ray.Put("x"), 5))
	out["below"] = outcome(ctx, ray.Remote[float64](meanBelow).Remote([]float64{1, 2, 6}))
	out["failed argument"] = outcome(ctx, ray.Python[any](m, "same").Remote(ray.Python[any](m, "fail").Remote(8)))

	a := ray.PythonClass(m, "Tally").Remote(40, ray.Kwargs{"step": 1})
	for i, ref := range []ray.ObjectRef[int]{ray.PythonCall[int](a, "add"), ray.PythonCall[int](a, "add", 5), ray.PythonCall[int](a, "n")} {
		out[fmt.Sprint("actor ", i)] = outcome(ctx, ref)
	}
	out["actor chain"] = outcome(ctx, ray.PythonCall[any](a, "chain"))
	out["actor sum"] = outcome(ctx, ray.PythonCall[float64](a, "sum", large))
	out["actor fail"] = last(outcome(ctx, ray.PythonCall[any](a, "fail")), "raised ")
	out["actor from a task"] = func() string {
		ref, err := ray.GetContext(ctx, ray.Remote[ray.ObjectRef[int]](addThere).Remote(a))
		if err != nil {
			return err.Error()
		}
		return outcome(ctx, ref)
	}()
	out["actor dies"] = outcome(ctx, ray.PythonCall[int](ray.PythonClass(m, "Tally").Remote(), "add"))
	if arrow {
		made := ray.Remote[ray.ArrowIPC](table).Remote(1000)
		out["table Go to Go"] = outcome(ctx, ray.Remote[string](rowsOf).Remote(made))
		out["table Go to Python"] = outcome(ctx, ray.Python[[]any](m, "rows").Remote(made))
		out["table Python to Go"] = outcome(ctx, ray.Remote[string](rowsOf).Remote(ray.Python[ray.ArrowIPC](m, "table").Remote(10)))
		out["table round"] = outcome(ctx, ray.Remote[string](rowsOf).Remote(ray.Python[ray.ArrowIPC](m, "longer").Remote(ray.Remote[ray.ArrowIPC](passTable).Remote(made), 5)))
		large := ray.Remote[ray.ArrowIPC](table).Remote(200_000)
		out["large table round"] = outcome(ctx, ray.Remote[string](rowsOf).Remote(ray.Python[ray.ArrowIPC](m, "longer").Remote(large, 1)))
	}
	return out
}

// TestPythonOnRay runs one program on the embedded runtime and on a real cluster: the results are equal.
func TestPythonOnRay(t *testing.T) {
	root := rayhead.Environment(t)
	interpreter := filepath.Join(root, "bin", "python")
	t.Setenv("GORAY_PYTHON", interpreter)
	hasArrow := exec.Command(interpreter, "-c", "import pyarrow").Run() == nil
	if !hasArrow {
		t.Log("pyarrow is absent from " + interpreter + ": tables are left out")
	}
	dir, quiet := t.TempDir(), false
	if err := os.WriteFile(filepath.Join(dir, "goray_python_case.py"), []byte(pythonModule), 0o600); err != nil {
		t.Fatal(err)
	}
	env := &ray.RuntimeEnv{WorkingDir: dir}
	var want map[string]string
	t.Run("embedded", func(t *testing.T) {
		ctx := connectWith(t, ray.Config{NumCPUs: 2, DashboardPort: -1, LogToDriver: &quiet, RuntimeEnv: env})
		want = pythonProgram(ctx, hasArrow)
	})
	bothWays(t, func(t *testing.T, address string) {
		ctx := connectWith(t, ray.Config{Address: address, LogToDriver: &quiet, RuntimeEnv: env})
		got := pythonProgram(ctx, hasArrow)
		for name, w := range want {
			if got[name] != w {
				t.Errorf("%s:\n  %s\nembedded:\n  %s", name, got[name], w)
			}
		}
		if n := len(want); n < 35 || !reflect.DeepEqual(want["table round"] != "", hasArrow) {
			t.Errorf("%d cases ran", n)
		}
		// It is Ray's own worker, with no process of ours in between.
		if p := get(t, ctx, ray.Python[string]("goray_python_case", "program").Remote()); !strings.HasPrefix(p, "python") {
			t.Errorf("the program is %q", p)
		}
		if p := get(t, ctx, ray.Python[string]("goray_python_case", "parent").Remote()); p != "raylet" {
			t.Errorf("the parent is %q, want raylet", p)
		}
	})
	for name, w := range want {
		t.Logf("%s: %.200s", name, w)
	}
}
