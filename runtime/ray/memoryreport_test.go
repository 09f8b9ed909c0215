package ray_test

import (
	"context"
	"runtime"
	"runtime/pprof"
	"strings"
	"testing"

	"github.com/goray/goray/runtime/ray"
)

func TestMemoryReport(t *testing.T) {
	start(t, ray.Config{NumCPUs: 2, RecordCallSites: true})
	var kept []ray.ObjectRef[[]byte]
	for range 3 {
		kept = append(kept, ray.Put(make([]byte, 1<<20)))
	}
	sq := ray.Remote[int](square).Remote(2)
	check(t, sq, 4)
	m, err := ray.MemoryReport()
	if err != nil {
		t.Fatal(err)
	}
	top := m.Groups[0]
	if top.Count != 3 || top.Bytes < 3<<20 || top.Kind != "PUT" || !strings.HasPrefix(top.Site, "memoryreport_test.go:") {
		t.Errorf("the largest group is %+v", top)
	}
	if len(m.Objects[0].Nodes) != 1 || m.Objects[0].References != 1 {
		t.Errorf("the largest object is %+v", m.Objects[0])
	}
	results, err := ray.ListObjects(ray.Filter("object_id", "=", sq.ID()))
	if err != nil || results.Total != 1 || results.Items[0].Kind != "TASK_RESULT" ||
		!strings.HasPrefix(results.Items[0].Site, "memoryreport_test.go:") || !strings.Contains(results.Items[0].Maker, "square") {
		t.Errorf("%v, %v", results, err)
	}
	runtime.KeepAlive(kept)
	runtime.KeepAlive(sq)
}

func TestMemoryReportNamesTheCell(t *testing.T) {
	start(t, ray.Config{NumCPUs: 2})
	var kept ray.ObjectRef[string]
	pprof.Do(t.Context(), pprof.Labels("cell", "In[7]"), func(context.Context) { kept = ray.Put("leak") })
	outside := ray.Put("no cell")
	m, err := ray.MemoryReport()
	if err != nil || !strings.Contains(m.String(), "In[7]") || !strings.Contains(m.String(), "unknown") {
		t.Errorf("%v, %v", m, err)
	}
	runtime.KeepAlive(kept)
	runtime.KeepAlive(outside)
}

func BenchmarkPut1KBWithSites(b *testing.B) {
	start(b, ray.Config{NumCPUs: 2, RecordCallSites: true})
	data := make([]byte, 1024)
	for b.Loop() {
		ray.Put(data)
	}
}

func BenchmarkPut1KBInCell(b *testing.B) {
	start(b, ray.Config{NumCPUs: 2})
	data := make([]byte, 1024)
	pprof.Do(b.Context(), pprof.Labels("cell", "In[7]"), func(context.Context) {
		for b.Loop() {
			ray.Put(data)
		}
	})
}
