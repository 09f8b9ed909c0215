//go:build linux && !(nvml && cgo)

package viz

import (
	"bytes"
	"fmt"
	"runtime"
	"sync"
	"unsafe"

	"github.com/ebitengine/purego"
)

// nvmlLibrary is the name under which NVIDIA's driver installs its management library.
const nvmlLibrary = "libnvidia-ml.so.1"

// nvmlCalls are the functions of the library that we use. They return 0 for success.
type nvmlCalls struct {
	init        func() int32
	shutdown    func() int32
	count       func(n *uint32) int32
	handle      func(index uint32, device *uintptr) int32
	name        func(device uintptr, text *byte, size uint32) int32
	utilization func(device uintptr, u *[2]uint32) int32 // of the processor and of the memory bus
	memory      func(device uintptr, m *[3]uint64) int32 // total, free, used
	temperature func(device uintptr, sensor uint32, celsius *uint32) int32
	power       func(device uintptr, milliwatts *uint32) int32
}

var loadNVML = sync.OnceValues(func() (*nvmlCalls, error) { return openNVML(nvmlLibrary) })

// sampleGPUs asks NVIDIA's management library, which is loaded only now, and without cgo: a machine
// without the driver says so.
func sampleGPUs() (gpus []GPU, note string) {
	lib, err := loadNVML()
	if err != nil {
		return nil, "no GPU: no NVIDIA driver on this machine"
	}
	return lib.sample()
}

func openNVML(name string) (*nvmlCalls, error) {
	lib, err := purego.Dlopen(name, purego.RTLD_LAZY|purego.RTLD_LOCAL)
	if err != nil {
		return nil, err
	}
	calls := &nvmlCalls{}
	for symbol, fn := range map[string]any{
		"nvmlInit_v2": &calls.init, "nvmlShutdown": &calls.shutdown,
		"nvmlDeviceGetCount_v2": &calls.count, "nvmlDeviceGetHandleByIndex_v2": &calls.handle,
		"nvmlDeviceGetName": &calls.name, "nvmlDeviceGetUtilizationRates": &calls.utilization,
		"nvmlDeviceGetMemoryInfo": &calls.memory, "nvmlDeviceGetTemperature": &calls.temperature,
		"nvmlDeviceGetPowerUsage": &calls.power,
	} {
		address, err := purego.Dlsym(lib, symbol)
		if err != nil {
			return nil, fmt.Errorf("%s has no %s: %w", name, symbol, err)
		}
		purego.RegisterFunc(fn, address)
	}
	return calls, nil
}

func (c *nvmlCalls) sample() (gpus []GPU, note string) {
	if code := c.init(); code != 0 {
		return nil, fmt.Sprintf("no GPU: the NVIDIA driver does not start (NVML error %d)", code)
	}
	defer c.shutdown()
	var n uint32
	if code := c.count(&n); code != 0 {
		return nil, fmt.Sprintf("no GPU: the NVIDIA driver does not list its devices (NVML error %d)", code)
	}
	for i := range n {
		var device uintptr
		if code := c.handle(i, &device); code != 0 {
			gpus = append(gpus, GPU{Index: int(i), Name: fmt.Sprintf("(NVML error %d)", code)})
			continue
		}
		gpus = append(gpus, c.read(int(i), device))
	}
	if len(gpus) == 0 {
		return nil, "no GPU: the NVIDIA driver sees no device"
	}
	return gpus, ""
}

// read asks one device; what it does not tell stays zero.
func (c *nvmlCalls) read(index int, device uintptr) GPU {
	g := GPU{Index: index, Name: fmt.Sprintf("GPU %d", index)}
	name := make([]byte, 96)
	if c.name(device, unsafe.SliceData(name), uint32(len(name))) == 0 {
		name, _, _ = bytes.Cut(name, []byte{0})
		g.Name = string(name)
	}
	var utilization [2]uint32
	if c.utilization(device, &utilization) == 0 {
		g.Utilization = float64(utilization[0])
	}
	var memory [3]uint64
	if c.memory(device, &memory) == 0 {
		g.MemoryTotal, g.MemoryUsed = memory[0], memory[2]
	}
	var value uint32
	if c.temperature(device, 0, &value) == 0 {
		g.Temperature = float64(value)
	}
	if c.power(device, &value) == 0 {
		g.Power = float64(value) / 1000
	}
	runtime.KeepAlive(name)
	return g
}
