package ray_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/goray/goray/runtime/ray"
)

const pythonCase = `
import os, time
class NoLuck(ValueError): pass
def describe(x, unit="m"): return {"name": x["name"], "Sizes": [s * 2 for s in x["sizes"]], "unit": unit}
def fail(n): raise NoLuck(f"no luck with {n}")
def crash_once(marker):
    if not os.path.exists(marker):
        open(marker, "w").close()
        os._exit(7)
    return "second"
def sleep(seconds): time.sleep(seconds)
def total(xs): return float(sum(xs))
def say(x): print("python says", x)
def pid(): return os.getpid()
class Tally:
    def __init__(self, n, step=1): self.n, self.step = n, step
    def add(self): self.n += self.step; return self.n
    def chain(self): return self
    def leave(self): os._exit(3)
`

// python returns a folder with the module goray_ray_case; it skips where there is no Python.
func pythonFolder(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("python3"); err != nil && os.Getenv("GORAY_PYTHON") == "" {
		t.Skip("Python is absent: python3 is not in the PATH, GORAY_PYTHON is not set")
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "goray_ray_case.py"), []byte(pythonCase), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

func python[R any](dir, name string) ray.PythonFunc[R] {
	return ray.Python[R]("goray_ray_case", name).Env(ray.PythonEnv{Dir: dir})
}

type sizes struct {
	Name  string    `json:"name"`
	Sizes []float64 `json:"sizes"`
}

type described struct {
	Name  string
	Sizes []float64
	Unit  string `json:"unit"`
}

func doubled(xs []float64) []float64 {
	out := make([]float64, len(xs))
	for i, x := range xs {
		out[i] = 2 * x
	}
	return out
}

func TestPython(t *testing.T) {
	dir := pythonFolder(t)
	both(t, func(t *testing.T) {
		check(t, ray.Python[float64]("statistics", "mean").Remote([]any{1, 2, 6}), 3.0)
		d, err := ray.Get(python[described](dir, "describe").Remote(sizes{"box", []float64{1, 2}}, ray.Kwargs{"unit": "cm"}))
		if err != nil || !reflect.DeepEqual(d, described{"box", []float64{2, 4}, "cm"}) {
			t.Errorf("%+v, %v", d, err)
		}
		m, err := ray.Get(python[map[string]any](dir, "describe").Remote(map[string]any{"name": "x", "sizes": []any{}}))
		if err != nil || m["unit"] != "m" {
			t.Errorf("%+v, %v", m, err)
		}
		// From Go to Python and back, by references.
		large := ray.Remote[[]float64](doubled).Remote(make([]float64, 50000))
		check(t, python[float64](dir, "total").Remote(large), 0.0)
		sorted := ray.Python[[]float64]("builtins", "sorted").Remote([]float64{3, 1, 2})
		if got, err := ray.Get(ray.Remote[[]float64](doubled).Remote(sorted)); err != nil || !reflect.DeepEqual(got, []float64{2, 4, 6}) {
			t.Error(got, err)
		}
		if _, err := ray.Get(ray.Python[int]("math", "sqrt").Remote(2.0)); err == nil || !strings.Contains(err.Error(), "does not fit into int") {
			t.Error(err)
		}
	})
}

func TestPythonExceptions(t *testing.T) {
	dir := pythonFolder(t)
	start(t, ray.Config{NumCPUs: 2})
	_, err := ray.Get(python[any](dir, "fail").Remote(7))
	var task *ray.TaskError
	var e *ray.PythonError
	if !errors.As(err, &task) || !errors.As(err, &e) {
		t.Fatal(err)
	}
	if e.Type != "goray_ray_case.NoLuck" || !e.IsA("ValueError") || e.Message != "no luck with 7" || !strings.Contains(task.Stack, "Traceback") ||
		!strings.HasSuffix(task.Cell, "goray_ray_case.py") || task.Line == 0 || task.Func != "goray_ray_case.fail" {
		t.Errorf("%+v\n%+v", task, e)
	}
	if _, err := ray.Get(ray.Python[any]("goray_no_such", "f").Remote()); err == nil || !strings.Contains(err.Error(), "-m pip install goray_no_such") {
		t.Error(err)
	}
	if _, err := ray.Get(ray.Python[any]("math", "sqrt").Remote(make(chan int))); !errors.Is(err, ray.ErrInvalidCall) || !strings.Contains(err.Error(), "argument 1 is a chan int") {
		t.Error(err)
	}
	if _, err := ray.Get(ray.Python[any]("math", "sqrt").Env(ray.PythonEnv{Executable: "/no/python"}).Remote(2.0)); err == nil || !strings.Contains(err.Error(), "names /no/python") {
		t.Error(err)
	}
	if _, err := ray.Get(ray.Python[any]("", "f").Remote()); !errors.Is(err, ray.ErrInvalidCall) {
		t.Error(err)
	}
}

// TestPythonIsATask checks resources, retries of a process that ends, cancellation and names.
func TestPythonIsATask(t *testing.T) {
	dir := pythonFolder(t)
	start(t, ray.Config{NumCPUs: 2})
	check(t, python[string](dir, "crash_once").Remote(filepath.Join(dir, "marker")), "second")
	never := python[any](dir, "crash_once").Options(ray.MaxRetries(0)).Remote(filepath.Join(dir, "other"))
	if _, err := ray.Get(never); !errors.Is(err, ray.ErrWorkerCrashed) {
		t.Error(err)
	}
	long := python[any](dir, "sleep").Options(ray.NumCPUs(2)).Remote(600)
	running := func() bool {
		l := ray.Must(ray.ListTasks(ray.Filter("name", "=", "goray_ray_case.sleep"), ray.Filter("state", "=", "RUNNING")))
		return len(l.Items) == 1
	}
	for limit := time.Now().Add(20 * time.Second); !running(); {
		if time.Now().After(limit) {
			t.Fatal("it does not run")
		}
		<-time.After(10 * time.Millisecond)
	}
	if err := ray.Cancel(long); err != nil {
		t.Fatal(err)
	}
	if _, err := ray.Get(long); !errors.Is(err, ray.ErrTaskCancelled) {
		t.Error(err)
	}
	check(t, python[float64](dir, "total").Options(ray.NumCPUs(2)).Remote([]float64{1, 2}), 3.0)
}

func TestPythonActors(t *testing.T) {
	dir := pythonFolder(t)
	both(t, func(t *testing.T) {
		tally := ray.PythonClass("goray_ray_case", "Tally").Env(ray.PythonEnv{Dir: dir})
		a := tally.Remote(40, ray.Kwargs{"step": 1})
		check(t, ray.PythonCall[int](a, "add"), 41)
		check(t, ray.PythonCall[int](a, "add"), 42)
		check(t, ray.PythonCall[int](a, "n"), 42)
		if v, err := ray.Get(ray.PythonCall[any](a, "chain")); v != nil || err != nil {
			t.Error(v, err)
		}
		if _, err := ray.Get(ray.PythonCall[any](a, "absent")); err == nil || !strings.Contains(err.Error(), "AttributeError") {
			t.Error(err)
		}
		if _, err := ray.Get(ray.PythonCall[int](tally.Remote(), "add")); !errors.Is(err, ray.ErrActorDied) || !strings.Contains(err.Error(), "missing 1 required positional argument") {
			t.Error(err)
		}
		if err := a.Kill(); err != nil {
			t.Error(err)
		}
	})
}

// TestPythonActorRestarts loses the actor's Python process, and with it the actor's state.
func TestPythonActorRestarts(t *testing.T) {
	dir := pythonFolder(t)
	start(t, ray.Config{NumCPUs: 2})
	a := ray.PythonClass("goray_ray_case", "Tally").Env(ray.PythonEnv{Dir: dir}).Options(ray.MaxRestarts(1)).Remote(0)
	check(t, ray.PythonCall[int](a, "add"), 1)
	if _, err := ray.Get(ray.PythonCall[any](a, "leave")); err == nil {
		t.Error("the end of the process is no error")
	}
	for limit := time.Now().Add(20 * time.Second); ; {
		if v, err := ray.Get(ray.PythonCall[int](a, "add")); err == nil {
			if v != 1 {
				t.Error("the state outlived the process:", v)
			}
			return
		} else if time.Now().After(limit) {
			t.Fatal(err)
		}
	}
}

// TestPythonEndsWithItsWorker kills a worker, whose Python process must not stay.
func TestPythonEndsWithItsWorker(t *testing.T) {
	dir := pythonFolder(t)
	start(t, ray.Config{NumCPUs: 1})
	pid := ray.Must(ray.Get(python[int](dir, "pid").Remote()))
	if err := ray.Shutdown(); err != nil {
		t.Fatal(err)
	}
	for limit := time.Now().Add(20 * time.Second); ; {
		state, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
		if err != nil || strings.Contains(string(state), ") Z ") {
			return
		}
		if time.Now().After(limit) {
			t.Fatalf("process %d lives on: %s", pid, state)
		}
		<-time.After(10 * time.Millisecond)
	}
}

func ExamplePython() {
	if _, err := exec.LookPath("python3"); err != nil {
		fmt.Println(3)
		return
	}
	ray.Must(ray.Init(ray.Config{NumCPUs: 2}))
	defer ray.Shutdown()
	mean := ray.Python[float64]("statistics", "mean")
	fmt.Println(ray.Must(ray.Get(mean.Remote([]any{1, 2, 6}))))
	// Output: 3
}

// TestPythonEqualsPython compares scikit-learn's results here with what Python prints by itself; it
// skips by name without it.
func TestPythonEqualsPython(t *testing.T) {
	dir := pythonFolder(t)
	interpreter := os.Getenv("GORAY_PYTHON")
	if interpreter == "" {
		interpreter = "python3"
	}
	if err := exec.Command(interpreter, "-c", "import sklearn").Run(); err != nil {
		t.Skip("scikit-learn is absent from " + interpreter + ": name a Python that has it in GORAY_PYTHON")
	}
	const program = `
def fit(x, y):
    from sklearn.ensemble import RandomForestRegressor
    return RandomForestRegressor(n_estimators=5, random_state=1).fit(x, y).predict(x)
def data():
    return [[float(i % 7), float(i % 3)] for i in range(60)], [float(i % 7) ** 2 - i % 3 for i in range(60)]
`
	if err := os.WriteFile(filepath.Join(dir, "goray_forest.py"), []byte(program), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(interpreter, "-c", "import goray_forest as f, json; print(json.dumps(list(f.fit(*f.data()))))")
	cmd.Dir = dir
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var want []float64
	if err := json.Unmarshal(out, &want); err != nil {
		t.Fatal(err)
	}
	start(t, ray.Config{NumCPUs: 1})
	var x [][]float64
	var y []float64
	for i := range 60 {
		x, y = append(x, []float64{float64(i % 7), float64(i % 3)}), append(y, float64((i%7)*(i%7)-i%3))
	}
	got, err := ray.Get(ray.Python[[]float64]("goray_forest", "fit").Env(ray.PythonEnv{Dir: dir}).Remote(x, y))
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v: %v, want %v", err, got, want)
	}
	forest := ray.PythonClass("sklearn.ensemble", "RandomForestRegressor").Remote(ray.Kwargs{"n_estimators": 5, "random_state": 1})
	if v, err := ray.Get(ray.PythonCall[any](forest, "fit", x, y)); v != nil || err != nil {
		t.Fatal(v, err)
	}
	if got, err := ray.Get(ray.PythonCall[[]float64](forest, "predict", x)); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v: %v, want %v", err, got, want)
	}
}

func ExamplePythonClass() {
	if _, err := exec.LookPath("python3"); err != nil {
		fmt.Println(1, 2)
		return
	}
	ray.Must(ray.Init(ray.Config{NumCPUs: 2}))
	defer ray.Shutdown()
	half := ray.PythonClass("fractions", "Fraction").Remote(3, 6)
	fmt.Println(ray.Must(ray.Get(ray.PythonCall[int](half, "numerator"))), ray.Must(ray.Get(ray.PythonCall[int](half, "denominator"))))
	// Output: 1 2
}
