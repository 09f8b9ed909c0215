//go:build !linux

package viz

import "runtime"

// sampleGPUs has nobody to ask.
func sampleGPUs() (gpus []GPU, note string) {
	return nil, "no GPU figures on " + runtime.GOOS + ": they are read on Linux only"
}
