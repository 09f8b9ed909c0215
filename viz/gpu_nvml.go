//go:build nvml && cgo && linux

package viz

import (
	"fmt"

	"github.com/NVIDIA/go-nvml/pkg/nvml"
)

// sampleGPUs asks NVIDIA's management library, which is loaded only now: a machine without the
// driver says so.
func sampleGPUs() (gpus []GPU, note string) { return gpusOf(nvml.New()) }

func gpusOf(lib nvml.Interface) (gpus []GPU, note string) {
	if r := lib.Init(); r != nvml.SUCCESS {
		if r == nvml.ERROR_LIBRARY_NOT_FOUND {
			return nil, "no GPU: no NVIDIA driver on this machine"
		}
		return nil, "no GPU: NVML says " + nvml.ErrorString(r)
	}
	defer lib.Shutdown()
	n, r := lib.DeviceGetCount()
	if r != nvml.SUCCESS {
		return nil, "no GPU: NVML says " + nvml.ErrorString(r)
	}
	for i := range n {
		device, r := lib.DeviceGetHandleByIndex(i)
		if r != nvml.SUCCESS {
			gpus = append(gpus, GPU{Index: i, Name: "(" + nvml.ErrorString(r) + ")"})
			continue
		}
		gpus = append(gpus, readGPU(i, device))
	}
	if len(gpus) == 0 {
		return nil, "no GPU: the NVIDIA driver sees no device"
	}
	return gpus, ""
}

// readGPU asks one device; what it does not tell stays zero.
func readGPU(i int, device nvml.Device) GPU {
	g := GPU{Index: i, Name: fmt.Sprintf("GPU %d", i)}
	if name, r := device.GetName(); r == nvml.SUCCESS {
		g.Name = name
	}
	if u, r := device.GetUtilizationRates(); r == nvml.SUCCESS {
		g.Utilization = float64(u.Gpu)
	}
	if m, r := device.GetMemoryInfo(); r == nvml.SUCCESS {
		g.MemoryUsed, g.MemoryTotal = m.Used, m.Total
	}
	if t, r := device.GetTemperature(nvml.TEMPERATURE_GPU); r == nvml.SUCCESS {
		g.Temperature = float64(t)
	}
	if w, r := device.GetPowerUsage(); r == nvml.SUCCESS {
		g.Power = float64(w) / 1000
	}
	return g
}
