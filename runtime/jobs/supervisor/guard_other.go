//go:build !linux

package supervisor

import "syscall"

func adoptOrphans() {}

func sysProcAttr() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// descendants are not known here; the group of the entrypoint is.
func descendants() []int { return nil }
