package microbenchmark

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"github.com/goray/goray/runtime/ray"
)

// row is one line of the table. prepare makes the operation; each run of it counts as many.
type row struct {
	name    string
	many    float64
	prepare func() (run func() error, err error)
}

// async is how many calls of an actor that stands for Ray's asyncio actors run at once.
const async = 1000

const elements = 100 << 20 // of the array that is put: 0.8 GB

// plain is a row without preparation.
func plain(run func() error) func() (func() error, error) {
	return func() (func() error, error) { return run, nil }
}

func task() ray.RemoteFunc[[]byte] { return ray.Remote[[]byte](smallValue) }

func calls(a ray.ActorHandle[server], n int, args ...any) error {
	refs := make([]ray.ObjectRef[[]byte], n)
	for i := range refs {
		if len(args) > 0 {
			refs[i] = ray.Call[[]byte](a, (*server).SmallValueArg, args...)
		} else {
			refs[i] = ray.Call[[]byte](a, (*server).SmallValue)
		}
	}
	_, err := ray.GetAll(refs)
	return err
}

func servers(n int, opts ...ray.Option) []ray.ActorHandle[server] {
	list := make([]ray.ActorHandle[server], n)
	for i := range list {
		list[i] = ray.Actor[server](newServer).Options(opts...).Remote()
	}
	return list
}

// counts waits for numbers, which do not matter.
func counts(refs []ray.ObjectRef[int]) error {
	_, err := ray.GetAll(refs)
	return err
}

// callAll is a task that calls actors in turn.
func callAll(list []ray.ActorHandle[server], n int) (int, error) {
	refs := make([]ray.ObjectRef[[]byte], n)
	for i := range refs {
		refs[i] = ray.Call[[]byte](list[i%len(list)], (*server).SmallValue)
	}
	got, err := ray.GetAll(refs)
	return len(got), err
}

func many(n int, submit func() ray.ObjectRef[int]) error {
	refs := make([]ray.ObjectRef[int], n)
	for i := range refs {
		refs[i] = submit()
	}
	return counts(refs)
}

// rows are Ray's, in its order and with its figures.
func rows() []row {
	half := max(1, runtime.GOMAXPROCS(0)/2)
	one := func(opts ...ray.Option) ray.ActorHandle[server] { return servers(1, opts...)[0] }
	sync := func(opts ...ray.Option) func() (func() error, error) {
		return func() (func() error, error) {
			a := one(opts...)
			return func() error {
				_, err := ray.Get(ray.Call[[]byte](a, (*server).SmallValue))
				return err
			}, nil
		}
	}
	burst := func(args []any, opts ...ray.Option) func() (func() error, error) {
		return func() (func() error, error) {
			a := one(opts...)
			return func() error { return calls(a, 1000, args...) }, nil
		}
	}
	fan := func(n int, opts ...ray.Option) func() (func() error, error) {
		return func() (func() error, error) {
			c := ray.NewActor[client](newClient, servers(half, opts...))
			return func() error {
				_, err := ray.Get(ray.Call[int](c, (*client).Batch, n))
				return err
			}, nil
		}
	}
	mesh := func(n int, opts ...ray.Option) func() (func() error, error) {
		return func() (func() error, error) {
			list := servers(half, opts...)
			f := ray.Remote[int](callAll)
			return func() error { return many(4, func() ray.ObjectRef[int] { return f.Remote(list, n) }) }, nil
		}
	}
	return []row{
		{"single client get calls (Plasma Store)", 1, func() (func() error, error) {
			ref := ray.Put(0)
			return func() error { _, err := ray.Get(ref); return err }, nil
		}},
		{"single client put calls (Plasma Store)", 1, plain(func() error { ray.Put(0); return nil })},
		{"multi client put calls (Plasma Store)", 1000, plain(func() error {
			f := ray.Remote[int](putMany)
			return many(10, func() ray.ObjectRef[int] { return f.Remote(100) })
		})},
		{"single client put gigabytes", 8 * elements / 1e9, func() (func() error, error) {
			array := make([]int64, elements)
			return func() error { return ray.Put(array).Ref().Err() }, nil
		}},
		{"single client tasks and get batch", 1, plain(func() error { _, err := smallValueBatch(1000); return err })},
		{"multi client put gigabytes", 10 * elements * 8 / 1e9, plain(func() error {
			f := ray.Remote[int](putLarge)
			return many(10, func() ray.ObjectRef[int] { return f.Remote(10, elements/10) })
		})},
		{"single client get object containing 10k refs", 1, func() (func() error, error) {
			inner := make([]ray.ObjectRef[int], 10000)
			for i := range inner {
				inner[i] = ray.Put(i)
			}
			ref := ray.Put(inner)
			return func() error { _, err := ray.Get(ref); return err }, nil
		}},
		{"single client wait 1k refs", 1, plain(func() error {
			refs := make([]ray.ObjectRef[[]byte], 1000)
			for i := range refs {
				refs[i] = task().Remote()
			}
			for len(refs) > 0 {
				_, pending, err := ray.Wait(refs)
				if err != nil {
					return err
				}
				refs = pending
			}
			return nil
		})},
		{"single client tasks sync", 1, plain(func() error { _, err := ray.Get(task().Remote()); return err })},
		{"single client tasks async", 1000, plain(func() error { _, err := smallValueBatch(1000); return err })},
		{"multi client tasks async", 4 * 10000, func() (func() error, error) {
			list, i := servers(4), 0
			return func() error {
				return many(4, func() ray.ObjectRef[int] {
					i++
					return ray.Call[int](list[i%4], (*server).SmallValueBatch, 10000)
				})
			}, nil
		}},
		{"1:1 actor calls sync", 1, sync()},
		{"1:1 actor calls async", 1000, burst(nil)},
		{"1:1 actor calls concurrent", 1000, burst(nil, ray.MaxConcurrency(16))},
		{"1:n actor calls async", 5000 * float64(half), fan(5000)},
		{"n:n actor calls async", 4 * 5000, mesh(5000)},
		{"n:n actor calls with arg async", 1000 * float64(half), func() (func() error, error) {
			clients := make([]ray.ActorHandle[client], half)
			for i := range clients {
				clients[i] = ray.NewActor[client](newClient, servers(1))
			}
			return func() error {
				refs := make([]ray.ObjectRef[int], half)
				for i, c := range clients {
					refs[i] = ray.Call[int](c, (*client).BatchArg, 1000)
				}
				return counts(refs)
			}, nil
		}},
		{"1:1 async-actor calls sync", 1, sync(ray.MaxConcurrency(async))},
		{"1:1 async-actor calls async", 1000, burst(nil, ray.MaxConcurrency(async))},
		{"1:1 async-actor calls with args async", 1000, burst([]any{7}, ray.MaxConcurrency(async))},
		{"1:n async-actor calls async", 5000 * float64(half), fan(5000, ray.MaxConcurrency(async))},
		{"n:n async-actor calls async", 4 * 5000, mesh(5000, ray.MaxConcurrency(async))},
		{"placement group create/removal", 100, plain(placementGroups)},
	}
}

func placementGroups() error {
	groups := make([]*ray.PlacementGroup, 100)
	for i := range groups {
		groups[i] = ray.NewPlacementGroup([]ray.Bundle{{"custom": 0.001}}, ray.Pack)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	for _, g := range groups {
		if err := g.WaitContext(ctx); err != nil {
			return fmt.Errorf("a placement group was not reserved: %w", err)
		}
	}
	for _, g := range groups {
		if err := g.Remove(); err != nil {
			return err
		}
	}
	return nil
}
