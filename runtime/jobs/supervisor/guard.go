package supervisor

import (
	"bufio"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"time"
)

// stopPatience is how long the processes of a job may take to end before they are killed, as with Ray.
const stopPatience = 3 * time.Second

// The files that a guard has from the head, besides the usual ones.
const (
	ordersFD  = 3
	reportsFD = 4
)

// GuardMain is the life of a guard: it runs args[0], a command of the shell, until that ends, and then
// ends what it has left behind. It reports how the command ended to the head, and returns the exit code.
func GuardMain(args []string) int {
	reports := os.NewFile(reportsFD, "reports")
	orders := os.NewFile(ordersFD, "orders")
	if len(args) != 1 || reports == nil || orders == nil {
		fmt.Fprintln(os.Stderr, "goray: a job's guard is started by the head; use goray job submit")
		return 2
	}
	caught := make(chan os.Signal, 8) // it ends when the job has
	signal.Notify(caught, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	syscall.CloseOnExec(ordersFD)
	syscall.CloseOnExec(reportsFD)
	runtime.LockOSThread() // the child gets a signal when the thread that started it ends
	adoptOrphans()
	pid, err := syscall.ForkExec("/bin/sh", []string{"sh", "-c", args[0]}, &syscall.ProcAttr{
		Env: os.Environ(), Files: []uintptr{openNull(), 1, 2}, Sys: sysProcAttr(),
	})
	if err != nil {
		fmt.Fprintln(reports, "error", err)
		return 1
	}
	fmt.Fprintln(reports, "group", pid)
	go func() {
		// A word, and also the end of the head.
		_, _ = bufio.NewReader(orders).ReadString('\n')
		endAll(pid, func() {}) // await takes leave of them
	}()
	code := await(pid)
	// What the entrypoint has left running holds its output open.
	endAll(pid, reap)
	fmt.Fprintln(reports, "exit", code)
	return 0
}

// openNull is what entrypoints read.
func openNull() uintptr {
	f, err := os.Open(os.DevNull)
	if err != nil {
		return 0
	}
	return f.Fd()
}

// await waits for a child, and takes leave of others on the way.
func await(child int) int {
	for {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, 0, nil)
		switch {
		case err == syscall.EINTR:
		case err != nil:
			return -int(syscall.SIGKILL)
		case pid == child && status.Signaled():
			return -int(status.Signal())
		case pid == child && status.Exited():
			return status.ExitStatus()
		}
	}
}

// endAll ends the processes of a job: the group of its entrypoint, and all that descend from this
// process.
func endAll(group int, reap func()) {
	send := func(s syscall.Signal) (any bool) {
		any = syscall.Kill(-group, s) == nil
		for _, pid := range descendants() {
			if syscall.Kill(pid, s) == nil {
				any = true
			}
		}
		return any
	}
	if !send(syscall.SIGTERM) {
		return
	}
	for begin := time.Now(); time.Since(begin) < stopPatience; time.Sleep(10 * time.Millisecond) {
		reap()
		if !alive(group) {
			return
		}
	}
	for send(syscall.SIGKILL) && alive(group) {
		reap()
		time.Sleep(time.Millisecond)
	}
}

// reap takes leave of children that have ended, which count as there until then.
func reap() {
	for {
		pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil)
		if pid <= 0 && err != syscall.EINTR {
			return
		}
	}
}

// alive reports whether a process of the job is there.
func alive(group int) bool {
	return syscall.Kill(-group, 0) == nil || len(descendants()) > 0
}
