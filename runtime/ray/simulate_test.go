package ray_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/goray/goray/runtime/ray"
)

func TestSimulate(t *testing.T) {
	options := []ray.SimulateOption{ray.SimulatedNodes(30), ray.SimulatedTasks(300), ray.SimulatedFailures(3), ray.SimulatedDelay(time.Second), ray.SimulatedPlacementGroups(3)}
	first, err := ray.Simulate(11, options...)
	if err != nil {
		t.Fatal(err)
	}
	if first.Tasks < 300 || first.PlacementGroups != 3 || first.Finished+first.Failed+first.Rejected+first.Cancelled > first.Tasks {
		t.Errorf("%+v", first)
	}
	for range 99 {
		if again, err := ray.Simulate(11, options...); err != nil || again.Hash != first.Hash {
			t.Fatalf("%v, %v; first %v", again, err, first)
		}
	}
	if _, err := ray.Simulate(1, ray.SimulatedTasks(-1)); !errors.Is(err, ray.ErrInvalidCall) {
		t.Error(err)
	}
}

func ExampleSimulate() {
	kind := []ray.SimulateOption{ray.SimulatedNodes(3), ray.SimulatedPlacementGroups(-1), ray.SimulatedFailures(-1)}
	s, err := ray.Simulate(42, kind...)
	if err != nil {
		fmt.Println(err)
		return
	}
	again, _ := ray.Simulate(42, kind...)
	fmt.Println(s.Failed, "failed,", s.NodesLost, "nodes lost; the same history again:", s.Hash == again.Hash)
	// Output: 0 failed, 0 nodes lost; the same history again: true
}
