//go:build !nvml || !cgo || !linux

package viz

// sampleGPUs has no way to ask: NVIDIA's library is bound through cgo, with the tag nvml: see RATIONALE.md.
func sampleGPUs() (gpus []GPU, note string) {
	return nil, "no GPU figures: goray was built without them; build with CGO_ENABLED=1 and -tags nvml to see NVIDIA devices"
}
