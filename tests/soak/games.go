package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"os"
	"syscall"
	"time"

	"github.com/goray/goray/runtime/ray"
)

// game is one kind of work; a round checks its own results.
type game struct {
	name  string
	round func() error
}

// play is a game in progress.
type play struct {
	game          game
	rounds, wrong int
	first         error
}

func (p *play) run(stop <-chan struct{}) {
	for {
		select {
		case <-stop:
			return
		default:
		}
		if err := p.game.round(); err != nil {
			if p.wrong++; p.first == nil {
				p.first = err
			}
		}
		p.rounds++
	}
}

var games = []game{
	{"tasks", tasks}, {"nested tasks", nested}, {"objects", objects}, {"actors", actors},
	{"errors", failures}, {"killed workers", kills}, {"killed actors", killedActors},
	{"cancelled tasks", cancellations}, {"streams", streams},
}

func square(x int) int { return x * x }

func tasks() error {
	f := ray.Remote[int](square)
	refs := make([]ray.ObjectRef[int], 100)
	for i := range refs {
		refs[i] = f.Remote(i)
	}
	got, err := ray.GetAll(refs)
	if err != nil {
		return err
	}
	for i, v := range got {
		if v != i*i {
			return fmt.Errorf("square of %d is %d", i, v)
		}
	}
	return nil
}

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

func nested() error { return want(ray.Remote[int](fib).Remote(5), 5) }

func want[T comparable](ref ray.ObjectRef[T], want T) error {
	got, err := ray.Get(ref)
	if err == nil && got != want {
		err = fmt.Errorf("got %v, want %v", got, want)
	}
	return err
}

func sum(xs []float64) (s float64) {
	for _, x := range xs {
		s += x
	}
	return s
}

func ramp(n int) []float64 {
	xs := make([]float64, n)
	for i := range xs {
		xs[i] = float64(i)
	}
	return xs
}

// objects puts an array, reads it in a task, and lets a task make another one.
func objects() error {
	n := 1000 + rand.IntN(1_000_000)
	total := float64(n) * float64(n-1) / 2
	xs := ramp(n)
	ref := ray.Put(xs)
	if err := want(ray.Remote[float64](sum).Remote(ref), total); err != nil {
		return err
	}
	return want(ray.Remote[float64](sum).Remote(ray.Remote[[]float64](ramp).Remote(n)), total)
}

// Tally is the state of an actor.
type Tally struct{ N int }

// NewTally begins with nothing.
func NewTally() *Tally { return &Tally{} }

// Add counts.
func (t *Tally) Add(n int) int { t.N += n; return t.N }

// PID tells where it lives.
func (t *Tally) PID() int { return os.Getpid() }

func actors() error {
	a := ray.NewActor[Tally](NewTally)
	var last ray.ObjectRef[int]
	for range 50 {
		last = ray.Call[int](a, (*Tally).Add, 2)
	}
	return want(last, 100)
}

var errBoom = errors.New("boom")

func fail(how int) (int, error) {
	if how == 0 {
		return 0, fmt.Errorf("wrapped: %w", errBoom)
	}
	panic(errBoom)
}

func failures() error {
	for how := range 2 {
		if _, err := ray.Get(ray.Remote[int](square).Remote(ray.Remote[int](fail).Remote(how))); !errors.Is(err, errBoom) {
			return fmt.Errorf("the error of a failing task is %v", err)
		}
	}
	return nil
}

// die ends its process in its first attempt.
func die(ctx context.Context, x int) int {
	if ray.CurrentContext(ctx).Attempt == 0 {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
	return x
}

func kills() error {
	defer pause(time.Second)
	return want(ray.Remote[int](die).Remote(7), 7)
}

func killedActors() error {
	defer pause(time.Second)
	a := ray.Actor[Tally](NewTally).Options(ray.MaxRestarts(1), ray.MaxTaskRetries(5)).Remote()
	if err := want(ray.Call[int](a, (*Tally).Add, 1), 1); err != nil {
		return err
	}
	pid, err := ray.Get(ray.Call[int](a, (*Tally).PID))
	if err != nil {
		return err
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		return err
	}
	if err := want(ray.Call[int](a, (*Tally).Add, 1), 1); err != nil {
		return fmt.Errorf("after a restart: %w", err)
	}
	if err := ray.Kill(a); err != nil {
		return err
	}
	if _, err := ray.Get(ray.Call[int](a, (*Tally).Add, 1)); !errors.Is(err, ray.ErrActorDied) {
		return fmt.Errorf("after Kill: %v", err)
	}
	return nil
}

// pause keeps the games that end processes from doing nothing but starting others.
func pause(d time.Duration) { time.Sleep(d) }

func dawdle(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}

func cancellations() error {
	defer pause(50 * time.Millisecond)
	ref := ray.Remote[any](dawdle).Options(ray.NumCPUs(0)).Remote()
	if err := ray.Cancel(ref); err != nil {
		return err
	}
	if _, err := ray.Get(ref); !errors.Is(err, ray.ErrTaskCancelled) {
		return fmt.Errorf("a cancelled task: %v", err)
	}
	return nil
}

func count(n, size int) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for i := range n {
			b := make([]byte, size)
			b[0] = byte(i)
			if !yield(b) {
				return
			}
		}
	}
}

func streams() error {
	i := 0
	for v, err := range ray.RemoteStream[[]byte](count).Ahead(4).Remote(20, 1+rand.IntN(300_000)).Values() {
		if err != nil {
			return err
		}
		if v[0] != byte(i) {
			return fmt.Errorf("value %d of a stream is %d", i, v[0])
		}
		if i++; i == 15 && rand.IntN(2) == 0 {
			return nil // the rest is not wanted
		}
	}
	if i != 20 {
		return fmt.Errorf("a stream of 20 has %d", i)
	}
	return nil
}
