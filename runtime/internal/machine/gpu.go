package machine

import "sync/atomic"

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
