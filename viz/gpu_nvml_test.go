//go:build nvml && cgo && linux

package viz

import (
	"testing"

	"github.com/NVIDIA/go-nvml/pkg/nvml"
	"github.com/NVIDIA/go-nvml/pkg/nvml/mock"
)

func TestGPUs(t *testing.T) {
	lost := &mock.Interface{InitFunc: func() nvml.Return { return nvml.ERROR_LIBRARY_NOT_FOUND }}
	if gpus, note := gpusOf(lost); gpus != nil || note != "no GPU: no NVIDIA driver on this machine" {
		t.Error(gpus, note)
	}
	device := &mock.Device{
		GetNameFunc:             func() (string, nvml.Return) { return "a device", nvml.SUCCESS },
		GetUtilizationRatesFunc: func() (nvml.Utilization, nvml.Return) { return nvml.Utilization{Gpu: 73}, nvml.SUCCESS },
		GetMemoryInfoFunc:       func() (nvml.Memory, nvml.Return) { return nvml.Memory{Used: 5, Total: 10}, nvml.SUCCESS },
		GetTemperatureFunc: func(nvml.TemperatureSensors) (uint32, nvml.Return) {
			return 55, nvml.SUCCESS
		},
		GetPowerUsageFunc: func() (uint32, nvml.Return) { return 0, nvml.ERROR_NOT_SUPPORTED },
	}
	lib := &mock.Interface{
		InitFunc:           func() nvml.Return { return nvml.SUCCESS },
		ShutdownFunc:       func() nvml.Return { return nvml.SUCCESS },
		DeviceGetCountFunc: func() (int, nvml.Return) { return 1, nvml.SUCCESS },
		DeviceGetHandleByIndexFunc: func(int) (nvml.Device, nvml.Return) {
			return device, nvml.SUCCESS
		},
	}
	want := GPU{Name: "a device", Utilization: 73, MemoryUsed: 5, MemoryTotal: 10, Temperature: 55}
	if gpus, note := gpusOf(lib); len(gpus) != 1 || gpus[0] != want || note != "" {
		t.Errorf("%+v %q", gpus, note)
	}
}
