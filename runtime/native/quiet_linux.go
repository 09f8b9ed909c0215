package native

import (
	"os/exec"
	"syscall"
)

// quiet makes a tool end with this process, and not with an interrupt that is meant for a cell.
func quiet(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
}
