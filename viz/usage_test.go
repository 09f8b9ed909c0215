package viz

import (
	"strings"
	"testing"
)

func TestUsagePanel(t *testing.T) {
	p := &UsagePanel{Title: "usage", CPU: []float64{12, 99.5, 50, 3}, MemoryUsed: 9 << 30, MemoryTotal: 24 << 30,
		GPUs: []GPU{{Name: "a device", Utilization: 73, MemoryUsed: 80 << 30, MemoryTotal: 139 << 30, Temperature: 55, Power: 412}}}
	golden(t, "usage_gpu.txt", p.Text(80))
	elements(t, p.MIMEBundle()["image/svg+xml"].(string))
	many := &UsagePanel{CPU: make([]float64, 96), GPUNote: "no GPU: no NVIDIA driver on this machine"}
	golden(t, "usage_many.txt", many.Text(80))
	(&UsagePanel{}).MIMEBundle()
}

func TestUsageHere(t *testing.T) {
	p, err := Usage()
	if err != nil {
		t.Skip(err)
	}
	if len(p.CPU) == 0 || p.MemoryTotal == 0 || p.MemoryUsed == 0 {
		t.Errorf("%+v", p)
	}
	if len(p.GPUs) == 0 && !strings.HasPrefix(p.GPUNote, "no GPU") {
		t.Errorf("no GPU, and no word about it: %q", p.GPUNote)
	}
}
