package workers

import (
	"strings"
	"testing"

	"github.com/goray/goray/ailib/data"
	"github.com/goray/goray/runtime/ray"
)

// TestUnevenIsSaid computes blocks that only one of two nodes can make.
func TestUnevenIsSaid(t *testing.T) {
	if err := ray.Shutdown(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		ray.Shutdown()
		if _, err := ray.Init(ray.Config{NumCPUs: 2, DashboardPort: -1}); err != nil {
			t.Fatal(err)
		}
	}()
	if _, err := ray.Init(ray.Config{DashboardPort: -1, Nodes: []ray.NodeConfig{{NumCPUs: 2, NumGPUs: 1}}}); err != nil {
		t.Fatal(err)
	}
	blocks, err := data.Range(100).Repartition(12).Materialize()
	if err != nil {
		t.Fatal(err)
	}
	ds := blocks.MapBatches(withPID, data.NumGPUs(1), data.NumCPUs(1))
	if n, err := ds.Count(); n != 100 || err != nil {
		t.Fatal(n, err)
	}
	if s := ds.Stats(); strings.Contains(s, "unevenly") {
		t.Errorf("on one node: %s", s)
	}
	if _, err := ray.AddNode(ray.NodeConfig{NumCPUs: 2}); err != nil {
		t.Fatal(err)
	}
	if n, err := ds.Count(); n != 100 || err != nil {
		t.Fatal(n, err)
	}
	const want = "12 blocks lie unevenly on 2 nodes: one has 12, another 0"
	if s := ds.Stats(); !strings.Contains(s, want) {
		t.Errorf("Stats: %s", s)
	}
	if s := ds.Explain(); !strings.Contains(s, want) || !strings.Contains(s, "raise min_workers") {
		t.Errorf("Explain: %s", s)
	}
}
