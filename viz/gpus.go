package viz

// GPUs returns this machine's NVIDIA devices with their load, and why there are none where there are
// none.
func GPUs() (gpus []GPU, note string) { return sampleGPUs() }
