package cli

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/goray/goray/runtime/internal/core"
)

// StopMain is "goray stop": it ends this user's head, with all that runs on it. It returns the
// exit code.
func StopMain(args []string, stdout, stderr io.Writer) int {
	c := newCommand("stop", "[--force]", "End your head, with the jobs, tasks and nodes on it. Heads of other users, and of other GORAY_HEAD folders, stay.", stdout, stderr)
	force := c.Bool("force", false, "kill it at once (SIGKILL)")
	grace := c.Duration("grace-period", headPatience, "how long it may take to end")
	if code, done := c.Read(args); done {
		return code
	}
	if len(c.Rest) > 0 {
		return c.Refuse("%q is no flag; see goray stop --help", c.Rest[0])
	}
	if err := core.CheckHead(); err != nil { // whose pid would it be?
		return c.Fail(err)
	}
	text, err := os.ReadFile(pidFile())
	pid, _ := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil || pid <= 0 || !answers() {
		fmt.Fprintln(stdout, "No head of yours runs on this machine.")
		return 0
	}
	how := syscall.SIGTERM
	if *force {
		how = syscall.SIGKILL
	}
	if err := syscall.Kill(pid, how); err != nil {
		return c.Fail(err)
	}
	for begin := time.Now(); time.Since(begin) < *grace; time.Sleep(10 * time.Millisecond) {
		if syscall.Kill(pid, 0) != nil || zombie(pid) {
			fmt.Fprintln(stdout, "The head has ended.")
			return 0
		}
	}
	fmt.Fprintf(stderr, "goray stop: the head, pid %d, does not end within %v; end it with goray stop --force\n", pid, *grace)
	return 1
}

// zombie reports whether a process has ended, and nobody has taken notice.
func zombie(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	_, state, _ := strings.Cut(string(stat[strings.LastIndexByte(string(stat), ')')+1:]), " ")
	return strings.HasPrefix(state, "Z")
}
