package machine

import "golang.org/x/sys/unix"

// Disk returns how full the disk of a folder is, in bytes: what is used, and what this user may
// still write. Both are 0 when nobody knows.
func Disk(path string) (used, free int64) {
	var s unix.Statfs_t
	if err := unix.Statfs(path, &s); err != nil {
		return 0, 0
	}
	size := int64(s.Bsize)
	return (int64(s.Blocks) - int64(s.Bfree)) * size, int64(s.Bavail) * size
}
