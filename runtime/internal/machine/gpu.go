package machine

import (
	"os"
	"strconv"
	"strings"
	"sync/atomic"
)

// GPU is a device at one moment.
type GPU struct {
	Index                   int
	Name                    string
	Utilization             float64 // percent busy
	MemoryUsed, MemoryTotal uint64  // bytes
	Temperature             float64 // °C; 0 when not known
	Power                   float64 // watts; 0 when not known
}

var sampler atomic.Pointer[func() []GPU]

// SetGPUs says how the GPUs are asked; nil: there are none. It takes a driver's library, which this
// package, a part of every worker, does without.
func SetGPUs(sample func() []GPU) {
	if sample == nil {
		sampler.Store(nil)
		return
	}
	sampler.Store(&sample)
}

// GPUs asks the devices.
func GPUs() []GPU {
	if f := sampler.Load(); f != nil {
		return (*f)()
	}
	return nil
}

// CountGPUs counts NVIDIA's device files, or what CUDA_VISIBLE_DEVICES leaves of them.
func CountGPUs() int {
	if visible, set := os.LookupEnv("CUDA_VISIBLE_DEVICES"); set {
		if visible == "" || visible == "-1" || visible == "NoDevFiles" {
			return 0
		}
		return len(strings.Split(visible, ","))
	}
	entries, err := os.ReadDir("/dev")
	if err != nil {
		return 0
	}
	n := 0
	for _, e := range entries {
		if digits, ok := strings.CutPrefix(e.Name(), "nvidia"); ok {
			if _, err := strconv.Atoi(digits); err == nil {
				n++
			}
		}
	}
	return n
}
