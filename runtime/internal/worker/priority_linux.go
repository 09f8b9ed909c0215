package worker

import "syscall"

// warmNice leaves the preparation a fifth of a busy CPU: a function that arrives meanwhile waits
// for it.
const warmNice = 6

// lowerPriority makes the calling thread give way to others.
func lowerPriority() {
	_ = syscall.Setpriority(syscall.PRIO_PROCESS, syscall.Gettid(), warmNice) // it may stay as it is
}
