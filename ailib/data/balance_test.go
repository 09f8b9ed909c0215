package data

import (
	"strings"
	"testing"

	"github.com/goray/goray/runtime/ray"
)

func TestUneven(t *testing.T) {
	node := func(id string, cpus float64, alive bool) ray.Node {
		return ray.Node{ID: id, Alive: alive, Resources: map[string]float64{"CPU": cpus}}
	}
	two := []ray.Node{node("a", 2, true), node("b", 2, true)}
	for _, c := range []struct {
		name   string
		blocks map[string]int
		nodes  []ray.Node
		want   string
	}{
		{"even", map[string]int{"a": 8, "b": 8}, two, ""},
		{"three times as many is not yet uneven", map[string]int{"a": 12, "b": 4}, two, ""},
		{"more is", map[string]int{"a": 13, "b": 4}, two, "17 blocks lie unevenly on 2 nodes: one has 13, another 4"},
		{"a node that came too late", map[string]int{"a": 8}, two, "one has 8, another 0"},
		{"too few blocks to say", map[string]int{"a": 7}, two, ""},
		{"one node", map[string]int{"a": 100}, two[:1], ""},
		{"a node that runs nothing does not count", map[string]int{"a": 100}, []ray.Node{two[0], node("head", 0, true), node("gone", 2, false)}, ""},
	} {
		got := uneven(c.blocks, c.nodes)
		if (c.want == "") != (got == "") || !strings.Contains(got, c.want) || got != "" && !strings.Contains(got, "raise min_workers") {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
