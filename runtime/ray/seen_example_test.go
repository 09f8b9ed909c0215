package ray_test

import (
	"fmt"
	"time"

	"github.com/goray/goray/runtime/ray"
)

func ExampleListActors() {
	ray.Must(ray.Init(ray.Config{NumCPUs: 2, Namespace: "bank"}))
	defer ray.Shutdown()

	a := ray.Actor[Account](NewAccount).Options(ray.Name("savings")).Remote(1)
	ray.Must(ray.Get(ray.Call[int](a, (*Account).Deposit, 1)))
	for _, actor := range ray.Must(ray.ListActors(ray.Filter("state", "=", "alive"))).Items {
		fmt.Println(actor.Name, actor.State)
	}
	ray.Kill(a)
	dead := ray.Must(ray.GetActorInfo(a))
	fmt.Println(dead.Name, dead.State)
	// Output:
	// savings ALIVE
	// savings DEAD
}

func ExampleGetTask() {
	ray.Must(ray.Init(ray.Config{NumCPUs: 2}))
	defer ray.Shutdown()

	ref := ray.Remote[int](square).Remote(3)
	ray.Must(ray.Get(ref))
	task := ray.Must(ray.GetTask(ref))
	fmt.Println(task.Name, task.State, task.Attempt)
	// Output: ray_test.square FINISHED 0
}

func ExampleListNodes() {
	ray.Must(ray.Init(ray.Config{InProcess: true, Nodes: []ray.NodeConfig{{Name: "a", NumCPUs: 2}, {Name: "b", NumCPUs: 4}}}))
	defer ray.Shutdown()

	for _, node := range ray.Must(ray.ListNodes(ray.Filter("state", "=", "ALIVE"))).Items {
		fmt.Println(node.ID, node.Resources["CPU"])
	}
	// Output:
	// a 2
	// b 4
}

func ExampleListObjects() {
	ray.Must(ray.Init(ray.Config{NumCPUs: 2}))
	defer ray.Shutdown()

	ref := ray.Put(make([]byte, 2<<20))
	list := ray.Must(ray.ListObjects())
	fmt.Println(list.Total, list.Items[0].ID == ref.ID(), list.Items[0].Size >= 2<<20)
	// Output: 1 true true
}

func ExampleNewGauge() {
	off := false
	ray.Must(ray.Init(ray.Config{NumCPUs: 1, LogToDriver: &off}))
	defer ray.Shutdown()

	depth := ray.Must(ray.NewGauge("queue_depth", "Items that wait.", "queue"))
	_ = depth.Set(7, ray.Tags{"queue": "input"})
	_ = depth.WithDefaultTags(ray.Tags{"queue": "output"}).Set(2)
	_ = depth.Set(5, ray.Tags{"queue": "input"})
	for _, m := range ray.Must(ray.ListMetrics()).Items {
		fmt.Println(m.Name, m.Tags["queue"], m.Value)
	}
	// Output:
	// queue_depth input 5
	// queue_depth output 2
}

func ExampleNewHistogram() {
	off := false
	ray.Must(ray.Init(ray.Config{NumCPUs: 1, LogToDriver: &off}))
	defer ray.Shutdown()

	latency := ray.Must(ray.NewHistogram("latency_seconds", "How long a request took.", []float64{0.1, 1}))
	for _, seconds := range []float64{0.05, 0.5, 0.7, 3} {
		_ = latency.Observe(seconds)
	}
	for _, m := range ray.Must(ray.ListMetrics()).Items {
		fmt.Println(m.Name, m.Count, "in buckets", m.Counts, "up to", m.Boundaries, "and more, sum", m.Value)
	}
	// Output: latency_seconds 4 in buckets [1 2 1] up to [0.1 1] and more, sum 4.25
}

func ExampleGetPlacementGroup() {
	ray.Must(ray.Init(ray.Config{InProcess: true, NumCPUs: 4}))
	defer ray.Shutdown()

	pg := ray.NewPlacementGroup([]ray.Bundle{{"CPU": 1}, {"CPU": 2}}, ray.Pack, ray.Name("training"))
	fmt.Println(pg.Wait(time.Minute))
	same, err := ray.GetPlacementGroup("training") // in another task or program
	fmt.Println(same.ID() == pg.ID(), same.Bundles(), err)
	fmt.Println(ray.AvailableResources()["CPU"])
	for _, g := range ray.Must(ray.PlacementGroups()) {
		fmt.Println(g.Name, g.State)
	}
	pg.Remove()
	// Output:
	// <nil>
	// true [map[CPU:1] map[CPU:2]] <nil>
	// 1
	// training CREATED
}
