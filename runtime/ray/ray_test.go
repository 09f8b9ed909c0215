package ray_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"

	"github.com/goray/goray/runtime/node"
	"github.com/goray/goray/runtime/ray"
)

func TestMain(m *testing.M) {
	if os.Getenv(node.EnvWorker) != "" {
		ray.Init() // a worker: never returns
	}
	os.Exit(m.Run())
}

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

func pid() int { return os.Getpid() }

func TestSmoke(t *testing.T) {
	for name, cfg := range map[string]ray.Config{"in process": {InProcess: true, NumCPUs: 2}, "embedded": {NumCPUs: 2}} {
		t.Run(name, func(t *testing.T) { smoke(t, cfg) })
	}
}

func smoke(t *testing.T, cfg ray.Config) {
	if _, err := ray.Init(cfg); err != nil {
		t.Fatal(err)
	}
	defer ray.Shutdown()
	sq := ray.Remote[int](square)
	var refs []ray.ObjectRef[int]
	for i := range 20 {
		refs = append(refs, sq.Remote(i))
	}
	all, err := ray.GetAll(refs)
	if err != nil || all[19] != 361 {
		t.Fatal(all, err)
	}
	if n, err := ray.Get(sq.Remote(sq.Remote(3))); n != 81 || err != nil {
		t.Fatal(n, err)
	}
	_, err = ray.Get(ray.Remote[int](boom).Remote(1))
	if !errors.Is(err, errBoom) {
		t.Fatal(err)
	}
	c := ray.NewActor[Counter](NewCounter, 10)
	if n, err := ray.Get(ray.Call[int](c, (*Counter).Inc, 3)); n != 13 || err != nil {
		t.Fatal(n, err)
	}
	if n, err := ray.Get(ray.Call[int](c, "Inc", 3)); n != 16 || err != nil {
		t.Fatal(n, err)
	}
	if _, err := ray.Get(ray.Call[any](c, (*Counter).Fail)); !errors.Is(err, errBoom) {
		t.Fatal(err)
	}
	if n, err := ray.Get(ray.Remote[int](fib).Remote(10)); n != 55 || err != nil {
		t.Fatal(n, err)
	}
	if p, err := ray.Get(ray.Remote[int](pid).Remote()); err != nil || (p == os.Getpid()) != cfg.InProcess {
		t.Fatal(p, err)
	}
	big := make([]float64, 1<<20)
	big[77] = 3.5
	if v, err := ray.Get(ray.Remote[[]float64](echo).Remote(ray.Put(big))); err != nil || v[77] != 3.5 {
		t.Fatal(err)
	}
	x := ray.Put([]int{1, 2, 3})
	if v, err := ray.Get(x); err != nil || len(v) != 3 {
		t.Fatal(v, err)
	}
	if err := ray.Kill(c); err != nil {
		t.Fatal(err)
	}
	_, err = ray.Get(ray.Call[int](c, (*Counter).Inc, 3))
	if !errors.Is(err, ray.ErrActorDied) {
		t.Fatal(err)
	}
	_, err = ray.Get(sq.Remote("x"))
	t.Log(err)
	if !errors.Is(err, ray.ErrInvalidCall) {
		t.Fatal(err)
	}
}
