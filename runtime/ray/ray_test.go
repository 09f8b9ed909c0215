package ray_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/goray/goray/runtime/ray"
)

func square(n int) int { return n * n }

var errBoom = errors.New("boom")

func boom(n int) (int, error) { return 0, fmt.Errorf("n=%d: %w", n, errBoom) }

type Counter struct{ n int }

func NewCounter(start int) *Counter         { return &Counter{n: start} }
func (c *Counter) Inc(by int) int           { c.n += by; return c.n }
func (c *Counter) Fail() error              { return errBoom }
func (c *Counter) Echo(s []string) []string { return s }

func fib(ctx context.Context, n int) (int, error) {
	if n < 2 {
		return n, nil
	}
	f := ray.Remote[int](fib)
	a, b := f.Remote(n-1), f.Remote(n-2)
	x, err := ray.GetContext(ctx, a)
	if err != nil {
		return 0, err
	}
	y, err := ray.GetContext(ctx, b)
	return x + y, err
}

func echo(x []float64) []float64 { return x }

func total(numbers ...int) (sum int) {
	for _, n := range numbers {
		sum += n
	}
	return sum
}

func half(x float64) float64 { return x / 2 }

type pair struct{ A, B ray.ObjectRef[int] }

func sumPair(p pair) (int, error) {
	numbers, err := ray.GetAll([]ray.ObjectRef[int]{p.A, p.B})
	return total(numbers...), err
}

func makePair(n int) pair { return pair{ray.Put(n), ray.Remote[int](square).Remote(n)} }

func increase(c ray.ActorHandle[Counter], n int) (int, error) {
	return ray.Get(ray.Call[int](c, (*Counter).Inc, n))
}

func hello(name string) int { fmt.Println("hello", name); return os.Getpid() }

func itoa(n int) string { return fmt.Sprint(n) }

func apply(f ray.Func, n int) (int, error) {
	fn, err := f.Value()
	if err != nil {
		return 0, err
	}
	return fn.(func(int) int)(n), nil
}

func whoami(ctx context.Context) ray.RuntimeContext { return ray.CurrentContext(ctx) }

func pid() int { return os.Getpid() }

func TestValuesGoThereAndBack(t *testing.T) {
	both(t, func(t *testing.T) {
		sq := ray.Remote[int](square)
		var refs []ray.ObjectRef[int]
		for i := range 20 {
			refs = append(refs, sq.Remote(i))
		}
		all, err := ray.GetAll(refs)
		if err != nil || all[19] != 361 {
			t.Fatal(all, err)
		}
		check(t, sq.Remote(sq.Remote(3)), 81)
		check(t, ray.Remote[int](fib).Remote(8), 21)
		check(t, ray.Remote[string](strings.ToUpper).Remote("abc"), "ABC")
		check(t, ray.Remote[int](func(x int) int { return x + 1 }).Remote(1), 2)
		check(t, ray.Remote[int](total).Remote(1, 2, sq.Remote(2)), 7)
		check(t, ray.Remote[float64](half).Remote(3), 1.5) // as an untyped constant would
		if v, err := ray.Get(ray.Remote[any](half).Remote(3)); v != 1.5 || err != nil {
			t.Error(v, err)
		}
		if _, err := ray.Get(ray.Remote[struct{}](nothing).Remote()); err != nil {
			t.Error(err)
		}
	})
}

func TestNestedReferencesStayReferences(t *testing.T) {
	both(t, func(t *testing.T) {
		p := pair{A: ray.Put(3), B: ray.Put(4)}
		check(t, ray.Remote[int](sumPair).Remote(p), 7)
		made, err := ray.Get(ray.Remote[pair](makePair).Remote(5))
		if err != nil {
			t.Fatal(err)
		}
		runtime.GC()
		check(t, made.A, 5)
		check(t, made.B, 25)
	})
}

func TestObjectsDoNotChange(t *testing.T) {
	both(t, func(t *testing.T) {
		numbers := []int{1, 2, 3}
		ref := ray.Put(numbers)
		numbers[0] = 100
		first := ray.Must(ray.Get(ref))
		first[1] = 200
		if second := ray.Must(ray.Get(ref)); !reflect.DeepEqual(second, []int{1, 2, 3}) {
			t.Error(second)
		}
	})
}

func TestActors(t *testing.T) {
	both(t, func(t *testing.T) {
		c := ray.NewActor[Counter](NewCounter, 10)
		check(t, ray.Call[int](c, (*Counter).Inc, 3), 13)
		check(t, ray.Call[int](c, "Inc", 3), 16)
		check(t, ray.Call[int](c, func(c *Counter, n int) int { return c.n * n }, 2), 32)
		if _, err := ray.Get(ray.Call[any](c, (*Counter).Fail)); !errors.Is(err, errBoom) {
			t.Error(err)
		}
		// A handle works in a task, and from a value.
		check(t, ray.Remote[int](increase).Remote(c, 4), 20)
		named := ray.Actor[Counter](NewCounter).Options(ray.Name("nora")).Remote(1)
		check(t, ray.Call[int](named, (*Counter).Inc, 1), 2)
		found, err := ray.GetActor[Counter]("nora")
		if err != nil {
			t.Fatal(err)
		}
		check(t, ray.Call[int](found, (*Counter).Inc, 1), 3)
		runtime.KeepAlive(named) // an actor ends with its last handle
		if _, err := ray.GetActor[Counter]("nobody"); !errors.Is(err, ray.ErrActorNotFound) {
			t.Error(err)
		}
		if err := ray.Kill(c); err != nil {
			t.Error(err)
		}
		if _, err := ray.Get(ray.Call[int](c, (*Counter).Inc, 1)); !errors.Is(err, ray.ErrActorDied) {
			t.Error(err)
		}
	})
}

func TestFunctionsAsValues(t *testing.T) {
	both(t, func(t *testing.T) {
		f, err := ray.CaptureFunc(square)
		if err != nil {
			t.Fatal(err)
		}
		check(t, ray.Remote[int](apply).Remote(f, 7), 49)
		if f, err = ray.Get(ray.Put(f)); err != nil {
			t.Fatal(err)
		}
		fn, err := f.Value()
		if err != nil || fn.(func(int) int)(3) != 9 {
			t.Error(err)
		}
	})
}

func TestContextOfATask(t *testing.T) {
	both(t, func(t *testing.T) {
		c, err := ray.Get(ray.Remote[ray.RuntimeContext](whoami).Options(ray.Name("me")).Remote())
		if err != nil || c.Name != "me" || c.TaskID == "" || c.NodeID != ray.Nodes()[0].ID || c.Resources["CPU"] != 1 {
			t.Errorf("%+v, %v", c, err)
		}
	})
}

func TestDashboard(t *testing.T) {
	c := start(t, ray.Config{NumCPUs: 2})
	a := ray.Actor[Counter](NewCounter).Options(ray.Name("nora")).Remote(1)
	check(t, ray.Call[int](a, (*Counter).Inc, 1), 2)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for path, want := range map[string]string{"": "goray", "/api/v0/cluster": c.NodeID, "/api/v0/actors": "nora", "/api/v0/tasks": "Inc", "/api/v0/objects": a.ID(), strings.TrimPrefix(c.MetricsURL, c.DashboardURL): "ray_node_"} {
		res, err := client.Get(c.DashboardURL + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || res.StatusCode != 200 || !strings.Contains(string(body), want) {
			t.Errorf("%s: %v %s, want %q in %s", path, err, res.Status, want, body)
		}
	}
	runtime.KeepAlive(a)
	for _, want := range []string{c.DashboardURL, c.NodeID, c.SessionDir, "shm://" + c.NodeID, "CPU 2", ray.Version} {
		if !strings.Contains(c.String(), want) || !strings.Contains(c.MIMEBundle()["text/html"].(string), want) {
			t.Errorf("%q is not in\n%s", want, c)
		}
	}
}

func TestOwnPid(t *testing.T) {
	start(t, ray.Config{NumCPUs: 1})
	if p := ray.Must(ray.Get(ray.Remote[int](pid).Remote())); p == os.Getpid() {
		t.Error("the task ran in the driver")
	}
}

func check[T comparable](t *testing.T, ref ray.ObjectRef[T], want T) {
	t.Helper()
	if got, err := ray.Get(ref); err != nil || got != want {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
}

func collect() { runtime.GC(); runtime.GC() }

// fib blocks without a context here: its CPU is lent all the same.
func fibWithoutContext(n int) (int, error) {
	if n < 2 {
		return n, nil
	}
	f := ray.Remote[int](fibWithoutContext)
	parts, err := ray.GetAll([]ray.ObjectRef[int]{f.Remote(n - 1), f.Remote(n - 2)})
	return total(parts...), err
}

func TestRecursionOnOneCPU(t *testing.T) {
	for name, inProcess := range map[string]bool{"embedded": false, "in process": true} {
		t.Run(name, func(t *testing.T) {
			start(t, ray.Config{NumCPUs: 1, InProcess: inProcess})
			check(t, ray.Remote[int](fibWithoutContext).Remote(9), 34)
		})
	}
}

func TestShutdownDoesNotWaitForTasks(t *testing.T) {
	start(t, ray.Config{NumCPUs: 2})
	refs := []ray.ObjectRef[any]{ray.Remote[any](spin).Remote(), ray.Remote[any](untilDone).Remote(), ray.Remote[any](spin).Remote()}
	check(t, ray.Remote[int](square).Options(ray.NumCPUs(0)).Remote(2), 4)
	begun := time.Now()
	if err := ray.Shutdown(); err != nil {
		t.Error(err)
	}
	if d := time.Since(begun); d > 5*time.Second {
		t.Errorf("Shutdown took %v", d)
	}
	if err := failed(refs[0]); !errors.Is(err, ray.ErrSessionClosed) {
		t.Error(err)
	}
}
