//go:build unix

package session

import (
	"os/exec"
	"syscall"
)

// ownGroup makes cmd the head of a process group, which signalGroup reaches as a whole.
func ownGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

func signalGroup(cmd *exec.Cmd, sig syscall.Signal) { syscall.Kill(-cmd.Process.Pid, sig) }
