//go:build !unix

package machine

import "os"

// OwnFolder makes a folder. Whose one is that is there already nobody knows here.
func OwnFolder(path string) error { return os.MkdirAll(path, 0o700) }

// CheckOwn takes every folder: whose it is nobody knows here.
func CheckOwn(string) error { return nil }
