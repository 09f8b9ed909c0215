package ray_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/goray/goray/runtime/ray"
)

// ExampleAddNode loses a node and what it had.
func ExampleAddNode() {
	ray.Must(ray.Init(ray.Config{Nodes: []ray.NodeConfig{{Name: "head"}, {Name: "spot-1", Resources: map[string]float64{"spot": 1}}}}))
	defer ray.Shutdown()

	numbers := ray.Remote[[]float64](upTo).Options(ray.Resource("spot", 1))
	table := numbers.Remote(100_000) // lies in the store of spot-1
	fmt.Println(ray.Get(ray.Remote[float64](mean).Remote(table)))

	ray.Must(0, ray.RemoveNode("spot-1")) // as if its machine had failed
	ray.Must(ray.AddNode(ray.NodeConfig{Name: "spot-2", Resources: map[string]float64{"spot": 1}}))
	v, err := ray.Get(table) // is computed again
	fmt.Println(len(v), err)
	// Output:
	// 49999.5 <nil>
	// 100000 <nil>
}

func upTo(n int) []float64 {
	list := make([]float64, n)
	for i := range list {
		list[i] = float64(i)
	}
	return list
}

func nodeOfTask(ctx context.Context) string { return ray.CurrentContext(ctx).NodeID }

func TestNodes(t *testing.T) {
	start(t, ray.Config{Nodes: []ray.NodeConfig{
		{Name: "a", NumCPUs: 2}, {Name: "b", NumCPUs: 3, NumGPUs: 2, Labels: map[string]string{"zone": "west"}, ObjectStoreMemory: 64 << 20},
	}})
	total := ray.ClusterResources()
	if total["CPU"] != 5 || total["GPU"] != 2 {
		t.Errorf("%v", total)
	}
	f := ray.Remote[string](nodeOfTask)
	check(t, f.Options(ray.NumGPUs(1)).Remote(), "b")
	check(t, f.Options(ray.NodeAffinity("a", false)).Remote(), "a")
	check(t, f.Options(ray.LabelSelector(map[string]string{"zone": "west"})).Remote(), "b")
	if id, err := ray.AddNode(ray.NodeConfig{Name: "c", NumCPUs: 1, Resources: map[string]float64{"x": 1}}); err != nil || id != "c" {
		t.Fatal(id, err)
	}
	check(t, f.Options(ray.Resource("x", 1)).Remote(), "c")
	if err := ray.DrainNode("c"); err != nil {
		t.Fatal(err)
	}
	for deadline := time.After(10 * time.Second); ray.Nodes()[2].Alive; {
		select {
		case <-deadline:
			t.Fatal("the drained node does not end")
		default:
			check(t, f.Remote(), "a")
		}
	}
	for what, err := range map[string]error{
		"Shutdown":  ray.RemoveNode("a"),
		"ray.Nodes": ray.RemoveNode("c"),
		"choose":    errOf(ray.AddNode(ray.NodeConfig{Name: "b"})),
		"NumGPUs":   errOf(ray.AddNode(ray.NodeConfig{NumGPUs: -1})),
		"NumCPUs":   errOf(ray.AddNode(ray.NodeConfig{Resources: map[string]float64{"CPU": 1}})),
	} {
		if err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func errOf(_ string, err error) error { return err }

func TestNodesConfig(t *testing.T) {
	for want, cfg := range map[string]ray.Config{
		"excludes NumCPUs":     {NumCPUs: 1, Nodes: []ray.NodeConfig{{}}},
		"Config.Nodes[1]":      {Nodes: []ray.NodeConfig{{}, {ObjectStoreMemory: -1}}},
		"exclude each other":   {Address: "ray://x", Nodes: []ray.NodeConfig{{}}},
		"MemoryUsageThreshold": {MemoryUsageThreshold: 2},
		"MemoryLimit":          {MemoryLimit: -1},
		`a node is called "a"`: {Nodes: []ray.NodeConfig{{Name: "a"}, {Name: "a"}}},
	} {
		if _, err := ray.Init(cfg); err == nil || !strings.Contains(err.Error(), want) {
			ray.Shutdown()
			t.Errorf("%s: %v", want, err)
		}
	}
	if _, err := ray.AddNode(ray.NodeConfig{}); !errors.Is(err, ray.ErrNotInitialized) {
		t.Error(err)
	}
}

// TestGroupMoves loses a node with a bundle of a placement group.
func TestGroupMoves(t *testing.T) {
	start(t, ray.Config{Nodes: []ray.NodeConfig{{Name: "a"}, {Name: "b"}, {Name: "c"}}})
	pg := ray.NewPlacementGroup([]ray.Bundle{{"CPU": 1}, {"CPU": 1}, {"CPU": 1}}, ray.StrictSpread)
	if err := pg.Wait(10 * time.Second); err != nil {
		t.Fatal(err)
	}
	at := func(bundle int) string {
		return ray.Must(ray.Get(ray.Remote[string](nodeOfTask).Options(ray.InPlacementGroup(pg, bundle)).Remote()))
	}
	nodes := map[string]bool{at(0): true, at(1): true, at(2): true}
	if len(nodes) != 3 {
		t.Fatal(nodes)
	}
	if err := ray.RemoveNode("b"); err != nil {
		t.Fatal(err)
	}
	if table := ray.Must(ray.PlacementGroups()); table[0].State != "RESCHEDULING" {
		t.Errorf("%+v", table[0])
	}
	if _, err := ray.AddNode(ray.NodeConfig{Name: "d"}); err != nil {
		t.Fatal(err)
	}
	nodes = map[string]bool{at(0): true, at(1): true, at(2): true}
	if len(nodes) != 3 || !nodes["d"] {
		t.Error(nodes)
	}
}

func TestSpilling(t *testing.T) {
	start(t, ray.Config{NumCPUs: 2, ObjectStoreMemory: 16 << 20})
	var refs []ray.ObjectRef[[]byte]
	for i := range 8 {
		refs = append(refs, ray.Put(bytes.Repeat([]byte{byte(i)}, 5<<20)))
	}
	for i, r := range refs {
		if v, err := ray.Get(r); err != nil || len(v) != 5<<20 || v[0] != byte(i) {
			t.Fatal(i, len(v), err)
		}
	}
	t.Setenv("RAY_local_fs_capacity_threshold", "0")
	var err error
	for range 8 {
		r := ray.Put(make([]byte, 6<<20))
		refs = append(refs, r)
		if err = failed(r); err != nil {
			break
		}
	}
	if !errors.Is(err, ray.ErrOutOfDisk) {
		t.Error(err)
	}
}

// bigAndDone returns much, and says where it ran.
func bigAndDone(dir string) ([]byte, error) {
	f, err := os.CreateTemp(dir, "mark")
	if err != nil {
		return nil, err
	}
	return make([]byte, 2<<20), f.Close()
}

func TestReconstruction(t *testing.T) {
	spot := map[string]float64{"spot": 1}
	start(t, ray.Config{Nodes: []ray.NodeConfig{{Name: "a"}, {Name: "b", Resources: spot}}})
	dir := t.TempDir()
	f := ray.Remote[[]byte](bigAndDone).Options(ray.Resource("spot", 1))
	ref := f.Remote(dir)
	if _, _, err := ray.Wait([]ray.ObjectRef[[]byte]{ref}); err != nil {
		t.Fatal(err)
	}
	if err := ray.RemoveNode("b"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := ray.GetContext(ctx, ref); !errors.Is(err, ray.ErrGetTimeout) {
		t.Errorf("before there is a node for it: %v", err)
	}
	if _, err := ray.AddNode(ray.NodeConfig{Name: "c", Resources: spot}); err != nil {
		t.Fatal(err)
	}
	if v, err := ray.Get(ref); err != nil || len(v) != 2<<20 {
		t.Fatal(len(v), err)
	}
	if found, _ := filepath.Glob(filepath.Join(dir, "mark*")); len(found) != 2 {
		t.Errorf("%d executions, want 2", len(found))
	}
	once := f.Options(ray.MaxRetries(0)).Remote(dir)
	if _, _, err := ray.Wait([]ray.ObjectRef[[]byte]{once}); err != nil {
		t.Fatal(err)
	}
	if err := ray.RemoveNode("c"); err != nil {
		t.Fatal(err)
	}
	if err := failed(once); !errors.Is(err, ray.ErrObjectLost) || !strings.Contains(err.Error(), "MaxRetries 0") {
		t.Error(err)
	}
}
