package transport_test

import (
	"os"

	"golang.org/x/sys/unix"
)

// duplicate gives a descriptor of its own, which NewConn takes over.
func duplicate(f *os.File) (int, error) { return unix.Dup(int(f.Fd())) }
