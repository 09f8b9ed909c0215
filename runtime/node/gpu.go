package node

import "github.com/goray/goray/runtime/internal/machine"

// GPU is a device at one moment.
type GPU = machine.GPU

// SetGPUs says how this machine's GPUs are asked, for the dashboard and its metrics; nil: there are
// none to be seen.
func SetGPUs(sample func() []GPU) { machine.SetGPUs(sample) }
