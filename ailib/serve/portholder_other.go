//go:build !linux

package serve

// portHolder names the process that listens on a TCP port; other systems do not tell.
func portHolder(int) string { return "" }
