//go:build unix

package machine

import (
	"fmt"
	"os"
	"syscall"
)

// OwnFolder makes a folder for this user alone. One that is there already must be such a folder: in a
// temporary directory that all users share, somebody else could have made it first, and would then
// read, and answer, what is meant for this user's processes.
func OwnFolder(path string) error {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return err
	}
	return CheckOwn(path)
}

// CheckOwn refuses a folder that another user owns, or may write to. One that is not there is nobody's.
func CheckOwn(path string) error {
	info, err := os.Lstat(path) // a link could be changed after the look
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return err
	}
	status, known := info.Sys().(*syscall.Stat_t)
	switch {
	case !info.IsDir():
		return fmt.Errorf("%s is not a folder; remove it", path)
	case known && int(status.Uid) != os.Getuid():
		return fmt.Errorf("%s belongs to another user (uid %d), who could read and answer what is yours; use a folder of your own (TMPDIR, GORAY_HEAD)", path, status.Uid)
	case info.Mode().Perm()&0o022 != 0:
		return fmt.Errorf("%s may be written to by other users; close it with chmod go-w, or use a folder of your own (TMPDIR, GORAY_HEAD)", path)
	}
	return nil
}
