package native

import (
	"os/exec"
	"syscall"
)

// quiet makes a tool end with this process, and not with an interrupt that is meant for a cell.
func quiet(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
}

// lowerPriority does so for a process and those that it starts.
func lowerPriority(pid int) {
	_ = syscall.Setpriority(syscall.PRIO_PROCESS, pid, 10) // without it, it only takes more from others
}
