package worker

import (
	"runtime"
	"time"
)

// warmAfter is how long a worker must have had nothing to do before it prepares for functions of
// cells: what a driver does first after Init must not share the CPUs with that.
const warmAfter = 100 * time.Millisecond

// warmUp runs warm when the worker is idle, on a thread of low priority that ends with it.
func (p *Process) warmUp(warm func()) {
	for since := -1; ; {
		time.Sleep(warmAfter)
		p.mu.Lock()
		idle, done := len(p.running) == 0 && len(p.queue) == 0, p.begun
		p.mu.Unlock()
		if idle && done == since {
			break
		}
		since = done
	}
	runtime.LockOSThread() // never unlocked: its priority cannot be raised again
	lowerPriority()
	warm()
}
