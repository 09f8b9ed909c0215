//go:build linux || darwin

package machine

import "syscall" // and not golang.org/x/sys, which native programs, parts of which this is, do without

// Disk returns how full the disk of a folder is, in bytes: what is used, and what this user may
// still write. Both are 0 when nobody knows.
func Disk(path string) (used, free int64) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(path, &s); err != nil {
		return 0, 0
	}
	size := int64(s.Bsize)
	return (int64(s.Blocks) - int64(s.Bfree)) * size, int64(s.Bavail) * size
}
