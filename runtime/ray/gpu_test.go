package ray_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/goray/goray/runtime/ray"
)

// visibleGPUs tells which GPUs a task was given.
func visibleGPUs(ctx context.Context) string {
	return fmt.Sprint(ray.GPUIDs(ctx), " ", os.Getenv("CUDA_VISIBLE_DEVICES"))
}

func TestSimulatedGPUsAreLabelled(t *testing.T) {
	for _, test := range []struct {
		devices string // that the driver sees
		want    int    // simulated ones of 2
	}{{"", 2}, {"7", 1}, {"5,7", 0}} {
		t.Run(test.devices, func(t *testing.T) {
			t.Setenv("CUDA_VISIBLE_DEVICES", test.devices)
			both := start(t, ray.Config{NumCPUs: 2, NumGPUs: 2})
			if both.SimulatedGPUs != test.want || ray.Nodes()[0].SimulatedGPUs != test.want {
				t.Errorf("%d and %d simulated GPUs, want %d", both.SimulatedGPUs, ray.Nodes()[0].SimulatedGPUs, test.want)
			}
			if said := strings.Contains(both.String(), "GPUs simulated"); said != (test.want > 0) {
				t.Error(both)
			}
			want := map[string]string{"": "[0 1] 0,1", "7": "[0 1] 7,1", "5,7": "[0 1] 5,7"}[test.devices]
			check(t, ray.Remote[string](visibleGPUs).Options(ray.NumGPUs(2)).Remote(), want)
		})
	}
}

func TestSimulatedGPUsOfNodes(t *testing.T) {
	t.Setenv("CUDA_VISIBLE_DEVICES", "0,1,2")
	start(t, ray.Config{InProcess: true, Nodes: []ray.NodeConfig{{NumCPUs: 1, NumGPUs: 2}, {NumCPUs: 1, NumGPUs: 2}, {NumCPUs: 1}}})
	if _, err := ray.AddNode(ray.NodeConfig{NumCPUs: 1, NumGPUs: 3}); err != nil {
		t.Fatal(err)
	}
	var got []int
	for _, n := range ray.Nodes() {
		got = append(got, n.SimulatedGPUs)
	}
	if fmt.Sprint(got) != "[0 1 0 3]" {
		t.Error(got)
	}
}
