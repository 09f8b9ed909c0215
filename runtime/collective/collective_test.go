package collective_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/goray/goray/runtime/collective"
	"github.com/goray/goray/runtime/node"
	"github.com/goray/goray/runtime/ray"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if node.IsWorker() {
		node.Main(node.Options{})
	}
	code := m.Run()
	if err := goleak.Find(); code == 0 && err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func start(t testing.TB, cfg ray.Config) {
	t.Helper()
	if _, err := ray.Init(cfg); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := ray.Shutdown(); err != nil {
			t.Error(err)
		}
	})
}

// members runs f once for each rank, as tasks, and returns the results by rank.
func members[R any](t testing.TB, size int, f any, args ...any) ([]R, error) {
	t.Helper()
	task := ray.Remote[R](f).Options(ray.NumCPUs(0.01), ray.MaxRetries(0))
	var refs []ray.ObjectRef[R]
	for rank := range size {
		refs = append(refs, task.Remote(append([]any{size, rank}, args...)...))
	}
	return ray.GetAll(refs)
}

func sumRanks(ctx context.Context, size, rank int) ([]float64, error) {
	g, err := collective.Join(ctx, "example", size, rank)
	if err != nil {
		return nil, err
	}
	defer g.Close()
	x := []float64{float64(rank), 1}
	err = collective.AllReduce(g, x, collective.Sum)
	return x, err
}

func Example() {
	ray.Must(ray.Init(ray.Config{NumCPUs: 4}))
	defer ray.Shutdown()

	task := ray.Remote[[]float64](sumRanks)
	var refs []ray.ObjectRef[[]float64]
	for rank := range 4 {
		refs = append(refs, task.Remote(4, rank))
	}
	fmt.Println(ray.GetAll(refs))
	// Output: [[6 4] [6 4] [6 4] [6 4]] <nil>
}

// everything makes each call once, and compares with what one process computes.
func everything(ctx context.Context, size, rank int, name string, length int) error {
	g, err := collective.Join(ctx, name, size, rank)
	if err != nil {
		return err
	}
	defer g.Close()
	of := func(rank, i int) float64 { return float64((rank+2)*(i+1)%7) + 1 }
	mine := func() []float64 {
		x := make([]float64, length)
		for i := range x {
			x[i] = of(rank, i)
		}
		return x
	}
	reduced := func(op collective.ReduceOp) []float64 {
		x := make([]float64, length)
		for i := range x {
			x[i] = of(0, i)
			for r := 1; r < size; r++ {
				y := of(r, i)
				switch op {
				case collective.Sum, collective.Mean:
					x[i] += y
				case collective.Product:
					x[i] *= y
				case collective.Min:
					x[i] = min(x[i], y)
				case collective.Max:
					x[i] = max(x[i], y)
				}
			}
			if op == collective.Mean {
				x[i] /= float64(size)
			}
		}
		return x
	}
	for op := collective.Sum; op <= collective.Mean; op++ {
		want := reduced(op)
		x := mine()
		if err := collective.AllReduce(g, x, op); err != nil || !slices.Equal(x, want) {
			return fmt.Errorf("AllReduce by %v: %v, want %v (%w)", op, x, want, err)
		}
		x = mine()
		part, err := collective.ReduceScatter(g, x, op)
		if from, to := rank*length/size, (rank+1)*length/size; err != nil || !slices.Equal(part, want[from:to]) || !slices.Equal(x, mine()) {
			return fmt.Errorf("ReduceScatter by %v: %v, want %v (%w)", op, part, want[from:to], err)
		}
		root := int(op) % size
		if rank != root {
			want = mine()
		}
		if err := collective.Reduce(g, x, op, root); err != nil || !slices.Equal(x, want) {
			return fmt.Errorf("Reduce by %v to %d: %v, want %v (%w)", op, root, x, want, err)
		}
	}
	for root := range size {
		x := mine()
		err := collective.Broadcast(g, x, root)
		for i := range x {
			if err != nil || x[i] != of(root, i) {
				return fmt.Errorf("Broadcast from %d: %v (%w)", root, x, err)
			}
		}
	}
	parts, err := collective.AllGather(g, mine())
	if err != nil || len(parts) != size {
		return fmt.Errorf("AllGather: %d parts (%w)", len(parts), err)
	}
	for r, part := range parts {
		for i := range part {
			if part[i] != of(r, i) {
				return fmt.Errorf("AllGather: part %d is %v", r, part)
			}
		}
	}
	if err := g.Barrier(); err != nil {
		return err
	}
	// A round of messages, each to the neighbour after the next.
	token := []int32{int32(rank)}
	to, from := (rank+2)%size, (rank+size-2)%size
	if to == rank {
		return nil
	}
	got := []int32{-1}
	send := func() error { return collective.Send(g, token, to) }
	recv := func() error { return collective.Recv(g, got, from) }
	first, second := send, recv
	if rank > to {
		first, second = recv, send
	}
	if err := errors.Join(first(), second()); err != nil || int(got[0]) != from {
		return fmt.Errorf("Recv from %d: %v (%w)", from, got, err)
	}
	return nil
}

func TestEverything(t *testing.T) {
	start(t, ray.Config{NumCPUs: 2})
	for _, size := range []int{1, 2, 3, 4} {
		for _, length := range []int{0, 1, 3, 1000} {
			if _, err := members[any](t, size, everything, fmt.Sprintf("all %d %d", size, length), length); err != nil {
				t.Errorf("size %d, length %d: %v", size, length, err)
			}
		}
	}
}

// TestInProcess has all members in one process.
func TestInProcess(t *testing.T) {
	start(t, ray.Config{NumCPUs: 2, InProcess: true})
	if _, err := members[any](t, 3, everything, "in process", 100); err != nil {
		t.Error(err)
	}
}

func bits(ctx context.Context, size, rank, length int) (uint64, error) {
	g, err := collective.Join(ctx, "bits", size, rank)
	if err != nil {
		return 0, err
	}
	defer g.Close()
	r := rand.New(rand.NewPCG(1, uint64(rank)))
	x := make([]float64, length)
	for i := range x {
		x[i] = r.NormFloat64()
	}
	if err := collective.AllReduce(g, x, collective.Sum); err != nil {
		return 0, err
	}
	sum := uint64(14695981039346656037) // FNV-1a over the bits
	for _, v := range x {
		sum = (sum ^ math.Float64bits(v)) * 1099511628211
	}
	return sum, nil
}

// TestSameBits: floating-point sums depend on their order, and all members must have the same.
func TestSameBits(t *testing.T) {
	start(t, ray.Config{NumCPUs: 2})
	sums, err := members[uint64](t, 4, bits, 10_000_000)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sums {
		if s != sums[0] || s == 0 {
			t.Errorf("different bits: %x", sums)
		}
	}
}

func dieAlone(ctx context.Context, size, rank int) (string, error) {
	g, err := collective.Join(ctx, "death", size, rank)
	if errors.Is(err, collective.ErrBroken) {
		return err.Error(), nil // the other one was faster
	}
	if err != nil {
		return "", err
	}
	if rank == 1 {
		os.Exit(3)
	}
	x := make([]float32, 1000)
	for {
		if err := collective.AllReduce(g, x, collective.Sum); err != nil {
			again := g.Barrier()
			if !errors.Is(err, collective.ErrBroken) || !errors.Is(again, collective.ErrBroken) {
				return "", fmt.Errorf("got %v, then %v", err, again)
			}
			return err.Error(), nil
		}
	}
}

// TestDeathOfAMember: all others are told, wherever they sit in the ring.
func TestDeathOfAMember(t *testing.T) {
	start(t, ray.Config{NumCPUs: 2})
	task := ray.Remote[string](dieAlone).Options(ray.NumCPUs(0.01), ray.MaxRetries(0))
	for rank, ref := range []ray.ObjectRef[string]{task.Remote(4, 0), task.Remote(4, 1), task.Remote(4, 2), task.Remote(4, 3)} {
		text, err := ray.Get(ref)
		switch {
		case rank == 1 && !errors.Is(err, ray.ErrWorkerCrashed):
			t.Errorf("rank 1: %q, %v", text, err)
		case rank != 1 && (err != nil || !strings.Contains(text, "died")):
			t.Errorf("rank %d: %q, %v", rank, text, err)
		}
	}
}

func disagree(ctx context.Context, size, rank int) error {
	g, err := collective.Join(ctx, "quarrel", size, rank)
	if err != nil {
		return err
	}
	if rank == 0 {
		return collective.Broadcast(g, make([]float64, 3), 0)
	}
	return collective.AllReduce(g, make([]float64, 4), collective.Max)
}

func lateFor(ctx context.Context, size, rank int) error {
	if rank == 0 {
		return nil
	}
	_, err := collective.Join(ctx, "late", size, rank, collective.Timeout(50*time.Millisecond))
	return err
}

func silent(ctx context.Context, size, rank int) error {
	g, err := collective.Join(ctx, "silent", size, rank, collective.Timeout(100*time.Millisecond))
	if err != nil {
		return err
	}
	if rank == 0 {
		<-ctx.Done()
		return nil
	}
	return g.Barrier()
}

func twice(ctx context.Context, _, _ int) error {
	_, err := collective.Join(ctx, "twice", 2, 0, collective.Timeout(time.Second))
	return err
}

func TestBadUse(t *testing.T) {
	start(t, ray.Config{NumCPUs: 4})
	for _, test := range []struct {
		name string
		err  func() error
		want string
	}{
		{"different calls", func() error {
			task := ray.Remote[any](disagree).Options(ray.NumCPUs(0.01))
			a, b := task.Remote(2, 0), task.Remote(2, 1)
			return errors.Join(second(ray.Get(a)), second(ray.Get(b)))
		},
			"this member calls AllReduce of 4 float64s by Max, rank 0 calls Broadcast of 3 float64s from rank 0; all members make the same calls in the same order"},
		{"a member does not come", func() error { _, err := members[any](t, 2, lateFor); return err },
			`group "late": not all of its 2 members have joined within 50ms`},
		{"one rank twice", func() error {
			task := ray.Remote[any](twice).Options(ray.NumCPUs(0.01))
			a, b := task.Remote(2, 0), task.Remote(2, 0)
			return errors.Join(second(ray.Get(a)), second(ray.Get(b)))
		},
			"rank 0 has joined already; give each member a rank of its own"},
	} {
		if err := test.err(); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s:\n got %v\nwant %s", test.name, err, test.want)
		}
	}
	task := ray.Remote[any](silent).Options(ray.NumCPUs(0.01))
	idle, waits := task.Remote(2, 0), task.Remote(2, 1)
	if _, err := ray.Get(waits); err == nil || !strings.Contains(err.Error(), "rank 0 has sent nothing for 100ms") {
		t.Error(err)
	}
	if err := ray.Cancel(idle); err != nil {
		t.Error(err)
	}
	ctx := context.Background()
	for want, err := range map[string]error{
		"rank 3 of a group of 2":  second(collective.Join(ctx, "x", 2, 3)),
		"the group has no name":   second(collective.Join(ctx, "", 2, 0)),
		"the timeout is 0s":       second(collective.Join(ctx, "x", 2, 0, collective.Timeout(0))),
		"is not a slice of numb":  alone(t).AllReduce([]string{"a"}, collective.Sum),
		"the mean of ints is not": alone(t).AllReduce([]int{1}, collective.Mean),
		"there is no rank 7":      alone(t).Broadcast([]int{1}, 7),
		"sends to itself":         alone(t).Send([]int{1}, 0),
		"is no reduction":         alone(t).Reduce([]int{1}, 9, 0),
		"needs room for 2":        alone(t).AllGather([]int{1, 2}, []int{1}),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func second[T any](_ T, err error) error { return err }

var groups atomic.Int32

// alone is a group of one, whose calls need nobody.
func alone(t *testing.T) *collective.Group {
	g, err := collective.Join(context.Background(), fmt.Sprint("alone ", groups.Add(1)), 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { g.Close() })
	return g
}

func cancelled(ctx context.Context, size, rank int, ready ray.Queue[int]) error {
	g, err := collective.Join(ctx, "cancel", size, rank)
	if err != nil {
		return err
	}
	if err := ready.Put(rank); err != nil {
		return err
	}
	if rank == 0 {
		<-ctx.Done()
		return ctx.Err()
	}
	return g.Barrier()
}

// TestCancel: a member whose task is cancelled leaves, and the others do not wait for the timeout.
func TestCancel(t *testing.T) {
	start(t, ray.Config{NumCPUs: 4})
	ready := ray.NewQueue[int](0)
	task := ray.Remote[any](cancelled).Options(ray.NumCPUs(0.01))
	idle, waits := task.Remote(2, 0, ready), task.Remote(2, 1, ready)
	for range 2 {
		ray.Must(ready.Get())
	}
	if err := ray.Cancel(idle); err != nil {
		t.Fatal(err)
	}
	limit, stop := context.WithTimeout(context.Background(), 20*time.Second)
	defer stop()
	_, err := ray.GetContext(limit, waits)
	if err == nil || !strings.Contains(err.Error(), collective.ErrBroken.Error()) || !errors.Is(err, collective.ErrBroken) {
		t.Error(err)
	}
}
