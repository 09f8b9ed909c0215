package ray_test

import (
	"context"
	"fmt"

	"github.com/goray/goray/runtime/ray"
)

func whichNode(ctx context.Context) string { return ray.CurrentContext(ctx).NodeID }

func ExampleNewPlacementGroup() {
	// Three virtual nodes on this machine; the group wants a node for each of its bundles.
	if _, err := ray.Init(ray.Config{InProcess: true, Nodes: []ray.NodeConfig{
		{Name: "a", NumCPUs: 2}, {Name: "b", NumCPUs: 2}, {Name: "c", NumCPUs: 2},
	}}); err != nil {
		fmt.Println(err)
		return
	}
	defer ray.Shutdown()

	pg := ray.NewPlacementGroup([]ray.Bundle{{"CPU": 1}, {"CPU": 1}, {"CPU": 1}}, ray.StrictSpread)
	defer pg.Remove()
	fmt.Println(ray.Get(ray.RefOf[bool](pg.Ready())))

	node := ray.Remote[string](whichNode)
	for bundle := range 3 {
		fmt.Println(ray.Get(node.Options(ray.InPlacementGroup(pg, bundle)).Remote()))
	}

	four := ray.NewPlacementGroup([]ray.Bundle{{"CPU": 1}, {"CPU": 1}, {"CPU": 1}, {"CPU": 1}}, ray.StrictSpread)
	x, err := ray.Explain(four)
	fmt.Println(x.Summary(), err)
	// Output:
	// true <nil>
	// a <nil>
	// b <nil>
	// c <nil>
	// STRICT_SPREAD needs a node for each of 4 bundles, the cluster has 3 <nil>
}

func ExampleSchedulingStrategy() {
	if _, err := ray.Init(ray.Config{InProcess: true, Nodes: []ray.NodeConfig{
		{Name: "a", NumCPUs: 2, Labels: map[string]string{"zone": "eu"}}, {Name: "b", NumCPUs: 2, Labels: map[string]string{"zone": "us"}},
	}}); err != nil {
		fmt.Println(err)
		return
	}
	defer ray.Shutdown()

	node := ray.Remote[string](whichNode)
	fmt.Println(ray.Get(node.Options(ray.NodeAffinity("b", false)).Remote()))
	fmt.Println(ray.Get(node.Options(ray.LabelSelector(map[string]string{"zone": "!us"})).Remote()))
	spread := node.Options(ray.SchedulingStrategy(ray.Spread))
	first, second := spread.Remote(), spread.Remote()
	fmt.Println(ray.GetAll([]ray.ObjectRef[string]{first, second}))
	// Output:
	// b <nil>
	// a <nil>
	// [a b] <nil>
}

func ExampleExplain() {
	if _, err := ray.Init(ray.Config{InProcess: true, Nodes: []ray.NodeConfig{{Name: "a", NumCPUs: 2}, {Name: "b", NumCPUs: 4}}}); err != nil {
		fmt.Println(err)
		return
	}
	defer ray.Shutdown()

	greedy := ray.Remote[string](whichNode).Options(ray.NumCPUs(36))
	ref := greedy.Remote()
	x, err := ray.Explain(ref)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(x)

	_, err = ray.Get(greedy.Options(ray.FailIfInfeasible()).Remote())
	fmt.Println(err)
	// Output:
	// task ray_test.whichNode (0000000000000001): WAITING_FOR_RESOURCES
	//   asks for   CPU 36
	//   state      it waits for a node that can run it
	//   a  never  asks for CPU 36, has 2
	//   b  never  asks for CPU 36, has 4
	// ray: ray_test.whichNode: no node can ever run it: a: asks for CPU 36, has 2; b: asks for CPU 36, has 4; ask for less, or start more: ray.Config{NumCPUs: …}; ray.Explain tells what each node has
}

func gpus(ctx context.Context) string { return fmt.Sprint(ray.GPUIDs(ctx)) }

func ExampleGPUIDs() {
	// GPUs that the machine does not have are simulated: counted and numbered like others.
	if _, err := ray.Init(ray.Config{InProcess: true, NumCPUs: 4, NumGPUs: 2}); err != nil {
		fmt.Println(err)
		return
	}
	defer ray.Shutdown()
	fmt.Println(ray.Get(ray.Remote[string](gpus).Options(ray.NumGPUs(0.5)).Remote()))
	fmt.Println(ray.Get(ray.Remote[string](gpus).Options(ray.NumGPUs(2)).Remote()))
	// Output:
	// [0] <nil>
	// [0 1] <nil>
}
