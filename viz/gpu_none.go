//go:build !cgo || !linux

package viz

// sampleGPUs has no way to ask: NVIDIA's library is bound through cgo.
func sampleGPUs() (gpus []GPU, note string) {
	return nil, "no GPU figures: goray was built without cgo; build with CGO_ENABLED=1 to see NVIDIA devices"
}
