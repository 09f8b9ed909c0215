package python_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/big"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/python"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// module is what the tests call in Python.
const module = `
import os, sys, time, dataclasses, datetime, decimal, array

def echo(x): return x
def kind(x): return type(x).__module__ + "." + type(x).__name__
def both(a, *, scale=1): return [a * scale, os.getcwd(), os.environ.get("COLOUR", "")]
def fail(text): raise LookupError(text)
def sleep(s): time.sleep(s); return "slept"
def spin():
    while True: pass
def stubborn():
    while True:
        try: time.sleep(60)
        except KeyboardInterrupt: pass
def end(code): os._exit(code)
def odd(): return object()
def say(text): print(text); print(text, file=sys.stderr)
@dataclasses.dataclass
class Point:
    x: int
    y: float
def results(): return {"p": Point(1, 2.0), "d": decimal.Decimal("1.50"), "a": array.array("d", [1, 2]), "s": (1, 2), 3: None}
class Tally:
    def __init__(self, n): self.n = n
    def add(self, k=1): self.n += k; return self.n
    def leave(self): sys.exit()
`

func start(t *testing.T) *python.Child {
	t.Helper()
	if _, err := python.Find(""); err != nil {
		t.Skip("Python is absent:", err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "goray_case.py"), []byte(module), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := python.Start(python.Env{Dir: dir, Vars: []string{"COLOUR=red"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func call(t *testing.T, c *python.Child, name string, args ...any) any {
	t.Helper()
	v, err := c.Do(t.Context(), python.Request{Op: "call", Module: "goray_case", Name: name, Args: args})
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return v
}

func TestValuesComeBack(t *testing.T) {
	c := start(t)
	huge, _ := new(big.Int).SetString("123456789012345678901234567890", 10)
	now := time.Date(2026, 11, 21, 20, 0, 0, 5000, time.FixedZone("", 3600))
	for _, v := range []any{
		nil, true, 7, -1 << 62, huge, 2.0, 0.1, 1e300, math.Inf(-1), "", "a\x00é😀", []byte{0, 255}, now,
		[]any{}, []any{1, "x", []any{nil}}, map[string]any{}, map[string]any{"a": 1, "$": "b"}, map[any]any{1: "x", true: 2.5},
		[]any{[]byte("x"), map[string]any{"y": []byte("z")}},
	} {
		if m, ok := v.(map[any]any); ok && m[1] != nil {
			v = map[any]any{1: "x", 2.5: nil} // True is 1 in Python
		}
		got := call(t, c, "echo", v)
		if then, ok := got.(time.Time); ok && then.Equal(now) {
			continue
		}
		if !reflect.DeepEqual(got, v) && !(reflect.TypeOf(v) == reflect.TypeFor[*big.Int]() && huge.Cmp(got.(*big.Int)) == 0) {
			t.Errorf("%#v came back as %#v", v, got)
		}
	}
	if got := call(t, c, "echo", math.NaN()).(float64); !math.IsNaN(got) {
		t.Error(got)
	}
	for _, v := range []any{[]float64{1, math.NaN()}, []float32{0.5}, []int64{1 << 60}, []int32{-1}, []uint16{7}, []int{3}} {
		kind := call(t, c, "kind", v).(string)
		if kind != "numpy.ndarray" && kind != "builtins.list" {
			t.Errorf("%T is a %s", v, kind)
		}
	}
	got := call(t, c, "results").(map[any]any)
	want := map[any]any{"p": map[string]any{"x": 1, "y": 2.0}, "d": "1.50", "a": []float64{1, 2}, "s": []any{1, 2}, 3: nil}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%#v", got)
	}
	v, err := c.Do(t.Context(), python.Request{Op: "call", Module: "goray_case", Name: "both", Args: []any{"ab"}, Kwargs: map[string]any{"scale": 2}})
	if list, ok := v.([]any); err != nil || !ok || list[0] != "abab" || list[2] != "red" {
		t.Error(v, err)
	}
}

func TestNeutral(t *testing.T) {
	type inner struct{ A int }
	type sample struct {
		inner
		B []int  `json:"b"`
		C string `json:"-"`
		D *int
		E time.Duration
	}
	got, err := python.Neutral([]any{sample{B: []int{1}, E: time.Second}, map[int]bool{1: true}, uint64(math.MaxUint64), [2]float32{1, 2}, [][]int32{{1, 2}, {3, 4}}, [][]int{{1}, {}}}, "x")
	if err != nil {
		t.Fatal(err)
	}
	want := []any{
		map[string]any{"b": []int{1}, "D": nil, "E": 1.0}, map[any]any{1: true}, new(big.Int).SetUint64(math.MaxUint64), []float32{1, 2},
		core.Array{Shape: []int{2, 2}, Data: []int32{1, 2, 3, 4}}, []any{[]int{1}, []int{}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%#v", got)
	}
	for _, bad := range []any{make(chan int), func() {}, struct{ a int }{}, map[[2]int]int{{}: 1}, map[string]any{"f": complex(1, 2)}} {
		if _, err := python.Neutral(bad, "argument 1"); err == nil || !strings.Contains(err.Error(), "argument 1") {
			t.Errorf("%T: %v", bad, err)
		}
	}
	loop := map[string]any{}
	loop["self"] = loop
	if _, err := python.Neutral(loop, "x"); err == nil {
		t.Error("a value without an end")
	}
}

func TestExceptions(t *testing.T) {
	c := start(t)
	do := func(module, name string, args ...any) *python.Error {
		t.Helper()
		_, err := c.Do(t.Context(), python.Request{Op: "call", Module: module, Name: name, Args: args})
		var e *python.Error
		if !errors.As(err, &e) {
			t.Fatal(err)
		}
		return e
	}
	e := do("goray_case", "fail", "no such thing")
	if e.Type != "LookupError" || !e.IsA("Exception") || e.IsA("ValueError") || !strings.HasSuffix(e.File, "goray_case.py") || e.Line == 0 {
		t.Errorf("%+v", e)
	}
	if !strings.Contains(e.Traceback, "goray_case.py") || strings.Contains(e.Traceback, "<goray>") {
		t.Error(e.Traceback)
	}
	if e := do("no_such_module.sub", "f"); !strings.Contains(e.Error(), "-m pip install no_such_module") {
		t.Error(e)
	}
	if e := do("goray_case", "absent"); e.Type != "AttributeError" {
		t.Error(e)
	}
	if e := do("goray_case", "odd"); !strings.Contains(e.Error(), "builtins.object, which has no form in Go") {
		t.Error(e)
	}
	if got := call(t, c, "echo", 1); got != 1 {
		t.Error("after exceptions:", got)
	}
}

func TestObjects(t *testing.T) {
	c := start(t)
	do := func(r python.Request) any {
		t.Helper()
		r.Module = "goray_case"
		v, err := c.Do(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	do(python.Request{Op: "new", Name: "Tally", Args: []any{40}})
	do(python.Request{Op: "method", Name: "add"})
	if got := do(python.Request{Op: "method", Name: "add", Kwargs: map[string]any{"k": 1}}); got != 42 {
		t.Error(got)
	}
	if got := do(python.Request{Op: "method", Name: "n"}); got != 42 {
		t.Error("an attribute:", got)
	}
}

// TestCancelled ends calls that sleep, that compute, and one that does not want to end.
func TestCancelled(t *testing.T) {
	c := start(t)
	call(t, c, "echo", 1)
	for _, name := range []string{"sleep", "spin"} {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		args := []any{60.5}
		if name == "spin" {
			args = nil
		}
		_, err := c.Do(ctx, python.Request{Op: "call", Module: "goray_case", Name: name, Args: args})
		cancel()
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: %v", name, err)
		}
		if got := call(t, c, "echo", name); got != name {
			t.Errorf("after %s: %v", name, got)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := c.Do(ctx, python.Request{Op: "call", Module: "goray_case", Name: "stubborn"}); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	if _, err := c.Do(t.Context(), python.Request{Op: "call", Module: "goray_case", Name: "echo", Args: []any{1}}); !errors.Is(err, python.ErrEnded) {
		t.Error("it lives on:", err)
	}
}

// TestCancelledWhileWriting: a process that does not read is given up, too.
func TestCancelledWhileWriting(t *testing.T) {
	c := start(t)
	v, err := c.Do(t.Context(), python.Request{Op: "call", Module: "os", Name: "getpid"})
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(fmt.Sprint(v))
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	big := make([]byte, 64<<20)
	if _, err := c.Do(ctx, python.Request{Op: "call", Module: "goray_case", Name: "echo", Args: []any{big}}); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	if _, err := c.Do(t.Context(), python.Request{Op: "call", Module: "goray_case", Name: "echo", Args: []any{1}}); !errors.Is(err, python.ErrEnded) {
		t.Error("it lives on:", err)
	}
}

func TestEnds(t *testing.T) {
	c := start(t)
	_, err := c.Do(t.Context(), python.Request{Op: "call", Module: "goray_case", Name: "end", Args: []any{3}})
	if !errors.Is(err, python.ErrEnded) || !strings.Contains(err.Error(), "exit status 3") {
		t.Error(err)
	}
	var p python.Pool
	defer p.Close()
	for range 3 {
		if v, err := p.Do(t.Context(), python.Env{}, python.Request{Op: "call", Module: "os", Name: "getpid"}); err != nil || v == 0 {
			t.Error(v, err)
		}
	}
}

func TestFind(t *testing.T) {
	t.Setenv(python.EnvPython, "/no/such/python")
	if _, err := python.Find(""); err == nil || !strings.Contains(err.Error(), "GORAY_PYTHON names /no/such/python") {
		t.Error(err)
	}
	t.Setenv(python.EnvPython, "")
	t.Setenv("VIRTUAL_ENV", t.TempDir())
	if _, err := python.Find(""); err == nil || !strings.Contains(err.Error(), "python3 -m venv") {
		t.Error(err)
	}
	t.Setenv("VIRTUAL_ENV", "")
	t.Setenv("PATH", t.TempDir())
	if _, err := python.Find(""); err == nil || !strings.Contains(err.Error(), "apt-get install python3") {
		t.Error(err)
	}
}
