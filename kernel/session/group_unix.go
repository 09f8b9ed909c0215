//go:build unix

package session

import (
	"os/exec"
	"syscall"
)

// ownGroup makes cmd the head of a process group, which signalGroup reaches as a whole.
func ownGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

func signalGroup(cmd *exec.Cmd, sig syscall.Signal) { syscall.Kill(-cmd.Process.Pid, sig) }

// commandRuns keeps the list of a child's commands.
func (a *attempt) commandRuns(c commandRuns) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if c.Runs {
		a.groups[c.Group] = true
	} else {
		delete(a.groups, c.Group)
	}
}

// endCommands ends what a child that died without tidying up has left running.
func (a *attempt) endCommands() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for group := range a.groups {
		syscall.Kill(-group, syscall.SIGKILL)
	}
}
