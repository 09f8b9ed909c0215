package wire_test

import (
	"reflect"
	"testing"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/rayclient/wire"
	"github.com/goray/goray/runtime/internal/sched"
)

func TestANodesIDHasTheLabelOfItsRay(t *testing.T) {
	for label, want := range map[string]string{"ray.io/node_id": "ray.io/node_id", sched.NodeIDLabel: sched.NodeIDLabel} {
		labels := wire.Labels(map[string]string{label: "x", "zone": "a"})
		if labels[sched.NodeIDLabel] != "x" || labels["zone"] != "a" {
			t.Errorf("%s: the labels are %v", label, labels)
		}
		asked := 0
		nodes := func() []core.NodeInfo {
			asked++
			return []core.NodeInfo{{ID: "x", Labels: labels}}
		}
		s := &wire.Strategy{Kind: "labels", Hard: []wire.Match{{Key: "zone", Op: "Exists"}, {Key: sched.NodeIDLabel, Op: "In", Values: []string{"x"}}}}
		got, f := s.Possible(nodes)
		if f != nil || asked != 1 || got.Hard[1].Key != want || got.Hard[0].Key != "zone" {
			t.Errorf("%s: %+v, %v", label, got, f)
		}
	}
	never := func() []core.NodeInfo { t.Error("the nodes were asked for"); return nil }
	for _, s := range []*wire.Strategy{nil, {Kind: "SPREAD"}, {Kind: "labels", Prefer: []wire.Match{{Key: "zone", Op: "Exists"}}}} {
		if got, f := s.Possible(never); f != nil || !reflect.DeepEqual(got, s) {
			t.Errorf("%+v became %+v, %v", s, got, f)
		}
	}
	if got, f := (&wire.Strategy{Kind: "node", Node: "elsewhere", Soft: true}).Possible(never); got != nil || f != nil {
		t.Error("a soft wish for a node that cannot be is refused:", got, f)
	}
	if _, f := (&wire.Strategy{Kind: "node", Node: "elsewhere"}).Possible(never); f == nil || f.Kind != core.Infeasible {
		t.Error("a node that cannot be:", f)
	}
}
