package backendtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"time"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/marshal"
)

// The functions that scenarios run as tasks.

var errBoom = errors.New("boom")

type codeError struct{ Code int }

func (e *codeError) Error() string { return fmt.Sprintf("code %d", e.Code) }

func add(a, b int) int                { return a + b }
func sum(numbers ...int) (total int)  { return sumOf(numbers) }
func nothing()                        {}
func boom() error                     { return fmt.Errorf("it went wrong: %w", errBoom) }
func coded() (int, error)             { return 0, &codeError{Code: 7} }
func panics() int                     { var m map[string]int; m["x"] = 1; return 0 }
func length(b []byte) int             { return len(b) }
func fill(n int) []byte               { return []byte(strings.Repeat("g", n)) }
func process() int                    { return os.Getpid() }
func attempt(ctx context.Context) int { return core.TaskFrom(ctx).Attempt }
func gpus(ctx context.Context) []int  { return core.TaskFrom(ctx).GPUIDs }
func double(numbers []float64) []float64 {
	for i := range numbers {
		numbers[i] *= 2
	}
	return numbers
}

func sumOf(numbers []int) (total int) {
	for _, n := range numbers {
		total += n
	}
	return total
}

// untilCancelled says that it runs, and waits for the end of its context.
func untilCancelled(ctx context.Context, file string) error {
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		return err
	}
	<-ctx.Done()
	return ctx.Err()
}

// deaf says that it runs, and ignores its context until a second file is there.
func deaf(file, release string) error {
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		return err
	}
	return awaitFile(context.Background(), release)
}

// awaitFile polls: files are how tasks of different processes and the test meet.
func awaitFile(ctx context.Context, file string) error {
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for {
		if _, err := os.Stat(file); err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// mark leaves a file per execution and returns how many there are.
func mark(dir string) (int, error) {
	f, err := os.CreateTemp(dir, "mark")
	if err != nil {
		return 0, err
	}
	f.Close()
	return marks(dir), nil
}

func marks(dir string) int {
	found, _ := filepath.Glob(filepath.Join(dir, "mark*"))
	return len(found)
}

// failsTwice returns an error in its first two attempts.
func failsTwice(dir string) (int, error) {
	n, err := mark(dir)
	if err == nil && n <= 2 {
		err = errBoom
	}
	return n, err
}

// dies kills its own process the first times times.
func dies(dir string, times int) (int, error) {
	n, err := mark(dir)
	if err != nil {
		return 0, err
	}
	if n <= times {
		suicide()
	}
	return n, nil
}

func suicide() {
	syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {} // the signal is on its way
}

// peak counts how many executions overlap, in files, and returns the most it saw.
func peak(ctx context.Context, dir string, together int) (int, error) {
	f, err := os.CreateTemp(dir, "running")
	if err != nil {
		return 0, err
	}
	defer os.Remove(f.Name())
	f.Close()
	running := func() int {
		found, _ := filepath.Glob(filepath.Join(dir, "running*"))
		return len(found)
	}
	most := running()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for i := 0; i < 30 && most < together; i++ {
		<-tick.C
		most = max(most, running())
	}
	return most, nil
}

// nested submits tasks of its own and waits for them; depth levels of it need one CPU only.
func nested(ctx context.Context, depth int) (int, error) {
	if depth == 0 {
		return 1, nil
	}
	b := core.TaskFrom(ctx).Backend
	f, _, err := marshal.Function(nested)
	if err != nil {
		return 0, err
	}
	arg, err := marshal.Encode(reflect.ValueOf(depth - 1))
	if err != nil {
		return 0, err
	}
	id := b.NewID()
	err = b.Submit(&core.TaskSpec{ID: id, Func: &f, Args: []core.Arg{{Value: arg}}, Options: new(core.DefaultTask())})
	if err != nil {
		return 0, err
	}
	defer b.Release(id)
	values, err := b.Get(ctx, []core.ID{id})
	if err != nil {
		return 0, err
	}
	if f := values[0].Failure; f != nil {
		return 0, errors.New(f.Text)
	}
	v, err := marshal.Decode(values[0], reflect.TypeFor[int]())
	if err != nil {
		return 0, err
	}
	return int(v.Int()) + 1, nil
}

// counter is an actor.
type counter struct {
	n    int
	seen []int
}

func newCounter(start int) *counter { return &counter{n: start} }

func newBroken() (*counter, error) { return nil, errBoom }

func (c *counter) add(n int) int {
	c.n += n
	c.seen = append(c.seen, n)
	return c.n
}

func (c *counter) order() []int { return c.seen }
func (c *counter) pid() int     { return os.Getpid() }
func (c *counter) fail() error  { c.n++; return errBoom }
func (c *counter) die() int     { suicide(); return 0 }
func (c *counter) hold(dir string) (int, error) {
	return peak(context.Background(), dir, 3)
}

// dieOnce kills the process unless the file is there.
func (c *counter) dieOnce(file string) (int, error) {
	if _, err := os.Stat(file); err == nil {
		return c.n, nil
	}
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		return 0, err
	}
	suicide()
	return 0, nil
}

func (c *counter) wait(ctx context.Context, file string) error { return untilCancelled(ctx, file) }
