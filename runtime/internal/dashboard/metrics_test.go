package dashboard_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goray/goray/runtime/internal/dashboard"
	"github.com/goray/goray/runtime/internal/metrics"
)

// TestMetricsAreRead gives the page to Prometheus' own parser, where it is installed.
func TestMetricsAreRead(t *testing.T) {
	defer metrics.Reset()
	d := start(t, dashboard.Config{})
	for _, m := range []struct {
		desc   metrics.Desc
		values []string
		v      float64
	}{
		{metrics.Desc{Kind: metrics.Counter, Name: "hits", Help: "Pages\nserved \\.", Keys: []string{"route"}}, []string{"/a\"b\\c\nd"}, 2},
		{metrics.Desc{Kind: metrics.Gauge, Name: "level"}, nil, -1.5},
		{metrics.Desc{Kind: metrics.Histogram, Name: "latency", Bounds: []float64{0.1, 1}}, nil, 0.5},
		{metrics.Desc{Kind: metrics.Histogram, Name: "latency", Bounds: []float64{0.1, 1}}, nil, 5},
	} {
		if err := metrics.Record(&m.desc, m.values, m.v); err != nil {
			t.Fatal(err)
		}
	}
	res, body := get(t, d.URL+"/metrics")
	if !strings.HasPrefix(res.Header.Get("Content-Type"), "text/plain; version=0.0.4") {
		t.Error(res.Header)
	}
	for _, want := range []string{
		`ray_tasks{Name="odd\"name\\",State="RUNNING",IsRetry="0"} 2`, `ray_tasks{Name="f",State="PENDING_NODE_ASSIGNMENT",IsRetry="1"} 1`,
		`ray_actors{State="ALIVE",Source="gcs"} 1`, `ray_resources{Name="CPU",State="USED",NodeId="alpha"} 1.5`,
		`ray_object_store_memory{Location="MMAP_SHM",ObjectState="SEALED",NodeId="alpha"} 10`, "ray_node_cpu_utilization{", "ray_node_mem_total{",
		`ray_cluster_failed_nodes{node_type="worker"} 1`, `ray_hits_total{route="/a\"b\\c\nd"} 2`, "ray_level -1.5",
		`ray_latency_bucket{le="1"} 1`, `ray_latency_bucket{le="+Inf"} 2`, "ray_latency_sum 5.5", "ray_latency_count 2",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("no %s", want)
		}
	}
	if t.Failed() {
		t.Log(body)
	}
	python := filepath.Join(os.Getenv("GORAY_VENV"), "bin", "python")
	cmd := exec.Command(python, "-c", `
import sys
from prometheus_client.parser import text_string_to_metric_families as parse
found = {s.name: s.value for f in parse(sys.stdin.read()) for s in f.samples}
assert found["ray_hits_total"] == 2 and found["ray_latency_count"] == 2, found
print(len(found), "names")`)
	if err := exec.Command(python, "-c", "import prometheus_client").Run(); err != nil {
		t.Skip("prometheus_client is absent from GORAY_VENV; run make setup")
	}
	cmd.Stdin = strings.NewReader(body)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("the parser refuses it: %v\n%s\n%s", err, out, body)
	}
}
