package collective_test

import (
	"context"
	"fmt"

	"github.com/goray/goray/runtime/collective"
	"github.com/goray/goray/runtime/ray"
)

// rounds has two members exchange their numbers in every way that there is.
func rounds(ctx context.Context, rank int) ([]string, error) {
	g, err := collective.Join(ctx, "rounds", 2, rank)
	if err != nil {
		return nil, err
	}
	defer g.Close()
	own := []int{10*rank + 1, 10*rank + 2} // [1 2] and [11 12]
	var seen []string
	see := func(what string, x any) { seen = append(seen, fmt.Sprint(what, " ", x)) }

	all, err := collective.AllGather(g, own)
	if err != nil {
		return nil, err
	}
	see("gathered", all)
	part, err := collective.ReduceScatter(g, own, collective.Sum)
	if err != nil {
		return nil, err
	}
	see("own part of the sum", part)
	x := []int{own[0], own[1]}
	if err := collective.Broadcast(g, x, 1); err != nil {
		return nil, err
	}
	see("from member 1", x)
	if err := g.Barrier(); err != nil { // nobody goes on before all are here
		return nil, err
	}
	if g.Rank() == 0 {
		return seen, collective.Send(g, []int{7}, 1)
	}
	received := []int{0}
	err = collective.Recv(g, received, 0)
	see("received", received)
	return seen, err
}

func ExampleJoin() {
	ray.Must(ray.Init(ray.Config{NumCPUs: 2}))
	defer ray.Shutdown()

	task := ray.Remote[[]string](rounds)
	for rank, seen := range ray.Must(ray.GetAll([]ray.ObjectRef[[]string]{task.Remote(0), task.Remote(1)})) {
		for _, line := range seen {
			fmt.Println(rank, line)
		}
	}
	// Output:
	// 0 gathered [[1 2] [11 12]]
	// 0 own part of the sum [12]
	// 0 from member 1 [11 12]
	// 1 gathered [[1 2] [11 12]]
	// 1 own part of the sum [14]
	// 1 from member 1 [11 12]
	// 1 received [7]
}
